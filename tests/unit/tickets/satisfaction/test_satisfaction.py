"""Who is asked, until when, and what the answers come to."""

from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.tickets.handling.domain import transitions
from services.tickets.handling.events import SurveyOpened
from services.tickets.record.domain.states import CloseCode, ComplaintCause, ComplaintType, TicketState
from services.tickets.record.domain.ticket import Satisfaction
from services.tickets.satisfaction.domain import (
    ComplaintCount,
    Outcome,
    SatisfactionReport,
    SurveyExpired,
    outcome_of,
    record_satisfaction,
    report_of,
)
from tests.builders import NOW
from tests.unit.tickets.filed import a_ticket, an_opinion

EXPIRES = NOW + timedelta(days=14)
UNASKED = {CloseCode.DUPLICATE, CloseCode.CANCELED}


@pytest.mark.parametrize("code", CloseCode)
def test_closing_a_solved_ticket_opens_a_survey_for_fourteen_days(code: CloseCode) -> None:
    after, events = transitions.close(a_ticket(TicketState.RESOLVED), code, now=NOW)
    asked = [event for event in events if isinstance(event, SurveyOpened)]
    if code in UNASKED:
        assert (asked, after.survey_expire_time) == ([], None)
    else:
        opened = SurveyOpened(ticket_id=after.id, partner_id=after.partner_id, expire_time=EXPIRES)
        assert (asked, after.survey_expire_time) == ([opened], EXPIRES)


def test_who_was_given_no_solution_is_not_asked_for_an_opinion() -> None:
    assert a_ticket(TicketState.CANCELED).survey_expire_time is None


def test_nobody_is_asked_who_has_answered_already() -> None:
    rated, _ = record_satisfaction(a_ticket(TicketState.RESOLVED), an_opinion(), now=NOW)
    after, events = transitions.close(rated, CloseCode.SOLVED, now=NOW)
    assert after.survey_expire_time is None
    assert not any(isinstance(event, SurveyOpened) for event in events)


def test_an_answer_is_taken_until_the_survey_expires() -> None:
    closed = a_ticket(TicketState.CLOSED)
    just, late = EXPIRES - timedelta(microseconds=1), EXPIRES
    assert record_satisfaction(closed, an_opinion(just), now=just)[0].satisfaction == an_opinion(just)
    with pytest.raises(SurveyExpired):
        record_satisfaction(closed, an_opinion(late), now=late)


def test_a_reopened_ticket_is_surveyed_anew_when_it_is_closed_again() -> None:
    reopened, _ = transitions.reopen(a_ticket(TicketState.CLOSED), now=NOW)
    assert reopened.survey_expire_time is None
    later = NOW + timedelta(days=20)
    resolved, _ = transitions.resolve(reopened, "REPLACED", None, now=later)
    assert record_satisfaction(resolved, an_opinion(later), now=later)[0].satisfaction is not None
    closed, _ = transitions.close(resolved, CloseCode.SOLVED, now=later)
    assert closed.survey_expire_time == later + timedelta(days=14)


@pytest.mark.parametrize(
    ("code", "given_", "outcome"),
    [
        (CloseCode.SOLVED, None, Outcome(asked=True)),
        (CloseCode.DUPLICATE, None, Outcome(asked=False)),
        (CloseCode.DUPLICATE, an_opinion(), Outcome(asked=True, score=5)),
        (
            CloseCode.SOLVED,
            Satisfaction(score=1, complaint_type=ComplaintType.SPEED, record_time=NOW),
            Outcome(asked=True, score=1, complaint_type=ComplaintType.SPEED),
        ),
    ],
)
def test_who_answered_counts_as_asked(code: CloseCode, given_: Satisfaction | None, outcome: Outcome) -> None:
    ticket, _ = transitions.close(a_ticket(TicketState.RESOLVED), code, now=NOW)
    if given_ is not None:
        ticket, _ = record_satisfaction(ticket, given_, now=NOW)
    assert outcome_of(ticket) == outcome


def test_a_report_counts_exactly_and_rounds_half_up() -> None:
    late = Outcome(asked=True, score=2, complaint_type=ComplaintType.SPEED, complaint_cause=ComplaintCause.CAPACITY)
    rude = Outcome(asked=True, score=4, complaint_type=ComplaintType.CONDUCT)
    counts = Counter({Outcome(asked=False): 3, Outcome(asked=True): 1, late: 2, rude: 1, Outcome(True, 5): 1})
    assert report_of("ptn", counts) == SatisfactionReport(
        partner_id="ptn",
        closed_count=8,
        survey_count=5,
        answer_count=4,
        score_counts=(0, 2, 0, 1, 1),
        satisfied_count=2,
        csat_basis_points=5000,
        complaint_count=3,
        complaint_basis_points=3750,
        complaints=(
            ComplaintCount(complaint_type=ComplaintType.SPEED, complaint_cause=ComplaintCause.CAPACITY, count=2),
            ComplaintCount(complaint_type=ComplaintType.CONDUCT, complaint_cause=None, count=1),
        ),
    )


def test_two_thirds_are_rounded_up_and_one_third_down() -> None:
    thirds = Counter({Outcome(True, 4): 2, Outcome(True, 3, ComplaintType.PRICE): 1})
    found = report_of("", thirds)
    assert (found.csat_basis_points, found.complaint_basis_points) == (6667, 3333)


def test_nothing_closed_is_a_report_of_zeros() -> None:
    assert report_of("", Counter()) == SatisfactionReport(partner_id="")


COMPLAINTS = st.tuples(st.sampled_from(ComplaintType), st.none() | st.sampled_from(ComplaintCause))
ANSWERS = st.builds(
    lambda score, complaint: Outcome(True, score, *complaint), st.integers(1, 5), st.just((None, None)) | COMPLAINTS
)


@given(st.lists(st.booleans().map(Outcome) | ANSWERS))
def test_every_ticket_is_counted_once_in_each_way_of_looking_at_it(outcomes: list[Outcome]) -> None:
    found = report_of("", Counter(outcomes))
    assert found.closed_count == len(outcomes)
    assert found.closed_count >= found.survey_count >= found.answer_count == sum(found.score_counts)
    assert found.satisfied_count == sum(found.score_counts[3:])
    assert found.complaint_count == sum(one.count for one in found.complaints) <= found.answer_count
    assert len({(one.complaint_type, one.complaint_cause) for one in found.complaints}) == len(found.complaints)
    assert [one.count for one in found.complaints] == sorted((one.count for one in found.complaints), reverse=True)
    assert 0 <= found.csat_basis_points <= 10_000
    assert 0 <= found.complaint_basis_points <= 10_000
