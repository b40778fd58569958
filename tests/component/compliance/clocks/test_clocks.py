"""A request has a clock from its receipt to its end: read, explained, listed, acknowledged, extended, published."""

from datetime import timedelta

import pytest

from libs.errors import EtagMismatch, NotFound, WrongState
from services.compliance.clocks.domain.clock import StatutoryClock
from services.compliance.clocks.domain.regimes import Regime
from services.compliance.clocks.domain.states import ClockState, DeadlineType, ExtensionReason
from services.compliance.clocks.jobs import publish_deadlines
from services.compliance.clocks.usecases import (
    AcknowledgeReceipt,
    ExplainDeadline,
    ExtendDeadline,
    GetClock,
    ListDeadlines,
    acknowledge_receipt,
    explain_deadline,
    extend_deadline,
    get_clock,
    list_deadlines,
)
from services.compliance.package.usecases.export import RecordExport, make_package, record_export
from services.compliance.requests.domain.request import SubjectRequest
from tests.builders import NOW, an_id
from tests.component.compliance.harness import Harness

DAY = timedelta(days=1)
ME = ("EMAIL", "ngozi@example.org")
COMPLEX = ExtensionReason.COMPLEXITY_OF_PROCESS


async def _clock(harness: Harness, request: SubjectRequest) -> StatutoryClock:
    return await harness.look(get_clock, GetClock, case_id=request.id)


async def test_a_request_has_a_clock_that_counts_from_its_receipt(harness: Harness) -> None:
    request = await harness.ask(ME, receive_time=NOW - 10 * DAY)
    assert [name for name in harness.names() if "Clock" in name] == ["ClockStarted"]
    clock = await _clock(harness, request)
    assert (clock.case_id, clock.regime, clock.start_time) == (request.id, Regime.GDPR, NOW - 10 * DAY)
    _, deadline = await harness.look(
        explain_deadline, ExplainDeadline, case_id=request.id, deadline_type=DeadlineType.ANSWER
    )
    assert deadline.due == clock.due_time
    assert str(deadline.last_day) == "2026-03-20"
    with pytest.raises(NotFound):
        await harness.look(
            explain_deadline, ExplainDeadline, case_id=request.id, deadline_type=DeadlineType.ACKNOWLEDGEMENT
        )
    with pytest.raises(NotFound):
        await harness.look(get_clock, GetClock, case_id=an_id("dsr", 9))


async def test_the_package_ends_the_clock(harness: Harness) -> None:
    request = await harness.search(await harness.ask(ME))
    await _exported(harness, request)
    clock = await _clock(harness, request)
    assert (clock.state, clock.due_time) == (ClockState.ENDED, None)
    await _exported(harness, request)
    assert (await _clock(harness, request)).version == clock.version


async def test_open_deadlines_are_listed_the_earliest_first_up_to_an_instant(harness: Harness) -> None:
    later = await harness.ask(ME)
    soon = await harness.ask(ME, country="ID")
    late = await harness.ask(ME, receive_time=NOW - 60 * DAY)

    async def listed(**fields: object) -> list[str]:
        page = await harness.look(list_deadlines, ListDeadlines, **fields)
        return [one.value.case_id for one in page.rows]

    assert await listed() == [late.id, soon.id, later.id]
    assert await listed(due_before=NOW) == [late.id]
    assert await listed(due_before=NOW + 7 * DAY) == [late.id, soon.id]
    assert await listed(regime=Regime.ID_PDP) == [soon.id]
    first = await harness.look(list_deadlines, ListDeadlines, page_size=2)
    assert await listed(page_size=2, page_token=first.next_cursor) == [later.id]
    done = await harness.search(late)
    await _exported(harness, done)
    assert await listed() == [soon.id, later.id]


async def test_an_acknowledgement_and_an_extension_are_recorded_with_their_events(harness: Harness) -> None:
    request = await harness.ask(ME)
    harness.told.clear()
    for _ in range(2):
        clock = await harness.run(acknowledge_receipt, AcknowledgeReceipt, case_id=request.id)
    assert harness.names() == ["ReceiptAcknowledged"]
    with pytest.raises(EtagMismatch):
        await harness.run(extend_deadline, ExtendDeadline, case_id=request.id, etag="1", reason=COMPLEX)
    etag = str(clock.version)
    clock = await harness.run(extend_deadline, ExtendDeadline, case_id=request.id, etag=etag, reason=COMPLEX)
    assert clock.extension is not None
    assert clock.extension.told_time == NOW
    assert harness.names() == ["DeadlineExtended"]


async def test_the_job_publishes_each_warning_and_the_miss_once(harness: Harness) -> None:
    await harness.ask(ME)
    harness.told.clear()
    told = []
    for _ in range(40):
        while await publish_deadlines(harness.env):
            pass
        told += harness.names()
        harness.clock.advance(DAY)
    assert told == [*(["DeadlineWarned"] * 4), "DeadlineMissed"]


async def test_what_has_ended_is_not_extended(harness: Harness) -> None:
    request = await harness.search(await harness.ask(ME))
    await _exported(harness, request)
    with pytest.raises(WrongState):
        await harness.run(extend_deadline, ExtendDeadline, case_id=request.id, reason=COMPLEX)


async def _exported(harness: Harness, request: SubjectRequest) -> None:
    made = await make_package(harness.env, request)
    await harness.run(record_export, RecordExport, id=request.id, manifest=made.manifest, sha256=made.sha256)
