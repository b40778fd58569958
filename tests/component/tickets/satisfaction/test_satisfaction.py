"""What requesters think, by partner and period: exactly, on the days of the cell, and to each caller its own."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from google.type.date_pb2 import Date

from libs.errors import InvalidInput, NotFound
from libs.pb.prm.tickets import v1 as pb
from services.tickets.satisfaction.domain import SurveyExpired
from tests.builders import NOW, an_id
from tests.component.tickets.harness import OTHER_PARTNER, PARTNER, Harness, stamp
from tests.component.tickets.migration.test_imports import LONG_AGO, a_row

SOLVED, DUPLICATE = pb.CLOSE_CODE_SOLVED, pb.CLOSE_CODE_DUPLICATE
SPEED = pb.COMPLAINT_TYPE_SPEED
CAPACITY = pb.COMPLAINT_CAUSE_CAPACITY
TODAY = NOW.date()


def _day(day: date) -> Date:
    return Date(year=day.year, month=day.month, day=day.day)


def _period(start: date = TODAY, *, days: int = 1) -> dict[str, Any]:
    return {"start_date": _day(start), "end_date": _day(start + timedelta(days=days))}


async def _closed(harness: Harness, partner: str = PARTNER, code: Any = SOLVED, **answer: Any) -> str:
    """A ticket that was solved and closed, and answered if a score is given."""
    id = (await harness.file(partner_id=partner, country="DE")).id
    await harness.call(pb.AssignTicketRequest(id=id, assignment_group="desk"))
    await harness.call(pb.ResolveTicketRequest(id=id, resolution_code="DONE"))
    await harness.call(pb.CloseTicketRequest(id=id, close_code=code))
    if answer:
        await harness.call(pb.RecordSatisfactionRequest(id=id, **answer))
    return id


async def _report(harness: Harness, partner: str = "", *, by: str = "", **period: Any) -> pb.SatisfactionReport:
    request = pb.GetSatisfactionReportRequest(partner_id=partner, **(period or _period()))
    found: pb.SatisfactionReport = (await harness.call(request, partner=by)).report
    return found


async def _reports(harness: Harness, *, page_size: int = 0, by: str = "") -> list[pb.SatisfactionReport]:
    """All of today, page by page."""
    found: list[pb.SatisfactionReport] = []
    token = ""
    while True:
        request = pb.ListSatisfactionReportsRequest(page_size=page_size, page_token=token, **_period())
        page = await harness.call(request, partner=by)
        found += page.reports
        if not (token := page.next_page_token):
            return found


@pytest.fixture
async def two(served: Harness) -> Harness:
    """A desk that knows two partners."""
    await served.know_partner(OTHER_PARTNER)
    return served


async def test_closing_tells_that_somebody_is_to_be_asked_and_until_when(served: Harness) -> None:
    id = await _closed(served)
    name, version, event = served.events()[-1]
    expires = stamp(NOW + timedelta(days=14))
    assert (name, version) == ("SurveyOpened", 4)
    assert event == pb.SurveyOpened(ticket_id=id, partner_id=PARTNER, expire_time=expires)
    assert (await served.get(id)).ticket.survey_expire_time == expires
    served.later(days=14)
    with pytest.raises(SurveyExpired):
        await served.call(pb.RecordSatisfactionRequest(id=id, score=1))


async def test_a_report_counts_the_tickets_closed_in_its_period(two: Harness) -> None:
    await _closed(two, score=5)
    await _closed(two, score=4)
    await _closed(two, score=1, complaint_type=SPEED, complaint_cause=CAPACITY)
    await _closed(two)
    await _closed(two, code=DUPLICATE)
    await _closed(two, OTHER_PARTNER, score=2)
    canceled = (await two.file()).id
    await two.call(pb.CloseTicketRequest(id=canceled, close_code=DUPLICATE))
    await two.file()
    own = await _report(two, PARTNER)
    assert own == pb.SatisfactionReport(
        partner_id=PARTNER,
        closed_count=5,
        survey_count=4,
        answer_count=3,
        score_counts=[1, 0, 0, 1, 1],
        satisfied_count=2,
        csat_basis_points=6667,
        complaint_count=1,
        complaint_basis_points=2000,
        complaints=[pb.ComplaintCount(complaint_type=SPEED, complaint_cause=CAPACITY, count=1)],
    )
    whole = await _report(two)
    assert (whole.partner_id, whole.closed_count, whole.answer_count, whole.csat_basis_points) == ("", 6, 4, 5000)


async def test_a_reopened_ticket_counts_when_it_is_closed_again_with_the_answer_it_has(served: Harness) -> None:
    id = await _closed(served, score=1)
    served.later(days=1)
    await served.call(pb.ReopenTicketRequest(id=id))
    assert (await _report(served)).closed_count == 0
    await served.call(pb.ResolveTicketRequest(id=id, resolution_code="DONE"))
    await served.call(pb.CloseTicketRequest(id=id, close_code=SOLVED))
    assert (await _report(served)).closed_count == 0
    again = await _report(served, **_period(TODAY + timedelta(days=1)))
    assert (again.closed_count, again.survey_count, again.answer_count) == (1, 1, 1)


async def test_a_ticket_imported_as_closed_counts_and_was_not_asked_about(served: Harness) -> None:
    [result] = await served.take(a_row())
    long_ago = _period(LONG_AGO.date())
    found = await _report(served, PARTNER, **long_ago)
    assert (found.closed_count, found.survey_count, found.answer_count) == (1, 0, 0)
    await served.call(pb.RecordSatisfactionRequest(id=result.id, score=3))
    found = await _report(served, PARTNER, **long_ago)
    assert (found.closed_count, found.survey_count, found.answer_count) == (1, 1, 1)


@pytest.mark.parametrize(
    ("closed_at", "day"),
    [
        (datetime(2026, 3, 28, 22, 59, 59, 999_999, UTC), date(2026, 3, 28)),
        (datetime(2026, 3, 28, 23, 0, tzinfo=UTC), date(2026, 3, 29)),  # the day on which summer begins
        (datetime(2026, 3, 29, 21, 59, 59, 999_999, UTC), date(2026, 3, 29)),
        (datetime(2026, 3, 29, 22, 0, tzinfo=UTC), date(2026, 3, 30)),
    ],
)
async def test_days_are_those_of_the_cell(served: Harness, closed_at: datetime, day: date) -> None:
    served.clock.advance(closed_at - served.clock.now())
    await _closed(served)
    around = [day + timedelta(days=by) for by in (-1, 0, 1)]
    assert [(await _report(served, PARTNER, **_period(one))).closed_count for one in around] == [0, 1, 0]
    assert [(await _report(served, **_period(one))).closed_count for one in around] == [0, 1, 0]
    assert (await _report(served, **_period(around[0], days=3))).closed_count == 1


async def test_more_tickets_than_one_batch_holds_are_all_counted(served: Harness) -> None:
    await served.take(*(a_row(f"INC{number}") for number in range(1_100)))
    long_ago = _period(LONG_AGO.date())
    assert (await _report(served, **long_ago)).closed_count == 1_100
    assert (await _report(served, PARTNER, **long_ago)).closed_count == 1_100


@pytest.mark.parametrize("page_size", [0, 1, 2])
async def test_reports_come_partner_by_partner_without_those_who_have_none(two: Harness, page_size: int) -> None:
    for number in (3, 4):
        await two.know_partner(an_id("ptn", number))
    last = an_id("ptn", 4)
    await _closed(two, last, score=5)
    await _closed(two, PARTNER, score=3)
    await _closed(two, OTHER_PARTNER)
    found = await _reports(two, page_size=page_size)
    assert [one.partner_id for one in found] == [PARTNER, OTHER_PARTNER, last]
    assert found == [await _report(two, one.partner_id) for one in found]


async def test_no_page_of_reports_is_empty_and_a_token_goes_with_its_days(two: Harness) -> None:
    for number in range(3, 12):
        await two.know_partner(an_id("ptn", number))
    reported = [PARTNER, an_id("ptn", 7)]
    for partner in reported:
        await _closed(two, partner)
    pages: list[list[str]] = []
    first = token = ""
    while not pages or token:
        page = await two.call(pb.ListSatisfactionReportsRequest(page_size=1, page_token=token, **_period()))
        pages.append([one.partner_id for one in page.reports])
        token = page.next_page_token
        first = first or token
    assert pages == [[one] for one in reported]
    with pytest.raises(InvalidInput) as refused:
        await two.call(pb.ListSatisfactionReportsRequest(page_token=first, **_period(days=2)))
    assert [one.field for one in refused.value.violations] == ["page_token"]


async def test_a_partners_people_see_their_own(two: Harness) -> None:
    await _closed(two, PARTNER, score=3)
    await _closed(two, OTHER_PARTNER, score=1)
    own = await _report(two, PARTNER)
    assert await _report(two, by=PARTNER) == await _report(two, PARTNER, by=PARTNER) == own
    assert await _reports(two, by=PARTNER) == [own]
    with pytest.raises(NotFound):
        await _report(two, OTHER_PARTNER, by=PARTNER)


async def test_a_partner_nobody_knows_is_not_found(served: Harness) -> None:
    with pytest.raises(NotFound):
        await _report(served, an_id("ptn", 9))


@pytest.mark.parametrize("ask", [pb.GetSatisfactionReportRequest, pb.ListSatisfactionReportsRequest])
@pytest.mark.parametrize(
    ("days", "reason"), [(0, "DATES_OUT_OF_ORDER"), (-1, "DATES_OUT_OF_ORDER"), (367, "PERIOD_TOO_LONG")]
)
async def test_a_period_has_between_one_and_366_days(served: Harness, ask: Any, days: int, reason: str) -> None:
    await served.call(ask(**_period(days=366)))
    with pytest.raises(InvalidInput) as refused:
        await served.call(ask(**_period(days=days)))
    assert [(v.field, v.reason) for v in refused.value.violations] == [("end_date", reason)]


@pytest.mark.parametrize(("edge", "known"), [(date(1970, 1, 1), True), (date(2099, 12, 30), True), (date.min, False)])
async def test_only_days_that_a_cell_can_have_seen_are_asked_for(served: Harness, edge: date, known: bool) -> None:
    if known:
        assert (await _report(served, **_period(edge))).closed_count == 0
        return
    with pytest.raises(InvalidInput) as refused:
        await _report(served, **_period(edge))
    assert {v.field for v in refused.value.violations} == {"start_date", "end_date"}


async def test_nothing_of_a_clock_is_touched_by_asking(served: Harness) -> None:
    id = await _closed(served)
    before = (await served.get(id)).ticket
    await _report(served)
    assert (await served.get(id)).ticket == before
    assert before.sla_outcome == pb.SLA_OUTCOME_MET
