"""Officers pause, resume, complete, deny and withdraw requests; each act writes the clock with it."""

from datetime import timedelta
from typing import Any

import pytest

from libs.call import Call
from libs.decisions.decision import Decision, DecisionState
from libs.decisions.four_eyes import ConfirmDecision
from libs.errors import Duplicate, EtagMismatch, WrongState
from libs.person import PersonalText
from services.compliance.clocks.domain.acts import PauseNotAllowed
from services.compliance.clocks.domain.clock import StatutoryClock
from services.compliance.clocks.domain.states import ClockState, DeadlineType
from services.compliance.clocks.usecases import GetClock, get_clock
from services.compliance.handling.domain import CompletedByCertificate, CompletedByExport
from services.compliance.handling.usecases import (
    FOUR_EYES,
    CompleteRequest,
    DenyRequest,
    PauseRequest,
    ResumeRequest,
    WithdrawRequest,
    complete_request,
    pause_request,
    resume_request,
    withdraw_request,
)
from services.compliance.package.usecases.objects import delete_objects
from services.compliance.requests.domain.request import SubjectRequest
from services.compliance.requests.domain.states import (
    ANSWERED_BY_PACKAGE,
    DenialReason,
    HoldReason,
    RequestState,
    RequestType,
    WithholdingGround,
)
from tests.builders import NOW, asked_by
from tests.component.compliance.harness import Harness

DAY = timedelta(days=1)
ME = ("EMAIL", "ngozi@example.org")
NEITHER = (RequestType.ERASURE, RequestType.RECTIFICATION, RequestType.RESTRICTION, RequestType.OBJECTION)
STATED = [one for one in RequestType if one not in ANSWERED_BY_PACKAGE and one not in NEITHER]
DONE = PersonalText(text="The address was corrected in partners and orders.")
AWAITED, LEGAL = HoldReason.INFORMATION_AWAITED, HoldReason.LEGAL_HOLD
PERMISSIONS = ("compliance.subject_request.deny", "compliance.decision.decide")


async def _clock(harness: Harness, request: SubjectRequest) -> StatutoryClock:
    return await harness.look(get_clock, GetClock, case_id=request.id)


async def test_a_british_request_waits_for_information_with_its_clock(harness: Harness) -> None:
    request = await harness.ask(ME, country="GB")
    harness.clock.advance(DAY)
    harness.told.clear()
    paused = await harness.run(pause_request, PauseRequest, id=request.id, reason=AWAITED)
    assert (paused.state, paused.hold_reason) == (RequestState.ON_HOLD, AWAITED)
    assert (await _clock(harness, request)).state is ClockState.PAUSED
    assert harness.names() == ["SubjectRequestPaused", "ClockPaused"]
    harness.clock.advance(10 * DAY)
    resumed = await harness.run(resume_request, ResumeRequest, id=request.id)
    assert (resumed.state, resumed.hold_reason) == (RequestState.IN_PROGRESS, None)
    assert harness.names() == ["SubjectRequestResumed", "ClockResumed"]
    clock = await _clock(harness, request)
    assert clock.due_time is not None
    assert str(clock.due_time.date()) == "2026-04-13"  # 2 April and ten days are a Sunday: the end of Monday, 23:00 UTC


async def test_elsewhere_a_request_does_not_wait_for_information(harness: Harness) -> None:
    request = await harness.ask(ME)
    with pytest.raises(PauseNotAllowed):
        await harness.run(pause_request, PauseRequest, id=request.id, reason=AWAITED)
    assert (await harness.request(request)).state is RequestState.IN_PROGRESS


async def test_a_legal_hold_stops_the_request_and_not_its_clock_and_the_search_goes_on(harness: Harness) -> None:
    request = await harness.ask(ME, type=RequestType.ERASURE)
    await harness.run(pause_request, PauseRequest, id=request.id, reason=LEGAL)
    assert (await _clock(harness, request)).state is ClockState.RUNNING
    searched = await harness.search(request)
    assert searched.state is RequestState.ON_HOLD
    with pytest.raises(WrongState):
        await harness.run(complete_request, CompleteRequest, id=request.id, done=DONE)
    resumed = await harness.run(resume_request, ResumeRequest, id=request.id)
    assert resumed.state is RequestState.READY_FOR_REVIEW


@pytest.mark.parametrize("type", STATED)
@pytest.mark.parametrize("ground", [None, WithholdingGround.LEGALLY_EXEMPTED])
async def test_an_officer_completes_what_no_package_answers_by_stating_what_was_done(
    harness: Harness, type: RequestType, ground: WithholdingGround | None
) -> None:
    request = await harness.search(await harness.ask(ME, type=type))
    harness.told.clear()
    done = await harness.run(complete_request, CompleteRequest, id=request.id, done=DONE, withholding_ground=ground)
    state = RequestState.COMPLETED if ground is None else RequestState.PARTIALLY_COMPLETED
    assert (done.state, done.done, done.withholding_ground, done.complete_time) == (state, DONE, ground, NOW)
    assert harness.names() == ["SubjectRequestFulfilled"]
    clock = await _clock(harness, request)
    assert (clock.state, clock.end_time) == (ClockState.ENDED, NOW)


@pytest.mark.parametrize("type", sorted(ANSWERED_BY_PACKAGE, key=str))
async def test_nobody_states_that_a_package_was_exported(harness: Harness, type: RequestType) -> None:
    request = await harness.search(await harness.ask(ME, type=type))
    with pytest.raises(CompletedByExport):
        await harness.run(complete_request, CompleteRequest, id=request.id, done=DONE)


@pytest.mark.parametrize("ground", [None, WithholdingGround.LEGALLY_EXEMPTED])
async def test_nobody_states_that_a_person_was_erased(harness: Harness, ground: WithholdingGround | None) -> None:
    request = await harness.search(await harness.ask(ME, type=RequestType.ERASURE))
    with pytest.raises(CompletedByCertificate):
        await harness.run(complete_request, CompleteRequest, id=request.id, done=DONE, withholding_ground=ground)
    assert (await harness.request(request)).state is RequestState.READY_FOR_REVIEW


@pytest.mark.parametrize("type", [RequestType.ERASURE, RequestType.RECTIFICATION])
async def test_what_is_still_searched_is_not_completed(harness: Harness, type: RequestType) -> None:
    request = await harness.ask(ME, type=type)
    with pytest.raises(WrongState):
        await harness.run(complete_request, CompleteRequest, id=request.id, done=DONE)


async def test_a_denial_takes_two_persons(harness: Harness) -> None:
    request = await harness.search(await harness.ask(ME))
    harness.told.clear()
    note = PersonalText(text="We have no data about you.")
    fields: dict[str, Any] = {"id": request.id, "reason": DenialReason.NO_MATCH, "note": note}
    outcome = await _deny(harness, "dev:first", **fields)
    assert outcome.decision is not None
    assert (await harness.request(request)).state is RequestState.READY_FOR_REVIEW
    with pytest.raises(Duplicate):
        await _deny(harness, "dev:other", **fields)
    decision = await _confirm(harness, "dev:second", outcome.decision)
    assert decision.state is DecisionState.CONFIRMED
    denied = await harness.request(request)
    assert (denied.state, denied.denial_reason, denied.denial_note) == (
        RequestState.DENIED,
        DenialReason.NO_MATCH,
        note,
    )
    assert harness.names() == ["DecisionProposed", "DecisionConfirmed", "SubjectRequestDenied"]
    assert "We have" not in outcome.decision.summary
    clock = await _clock(harness, request)
    answer = clock.milestone(DeadlineType.ANSWER)
    assert answer is not None
    assert (clock.state, answer.meet_time) == (ClockState.ENDED, NOW)


async def test_a_withdrawal_ends_the_request_its_clock_and_what_the_services_delivered(harness: Harness) -> None:
    request = await harness.search(await harness.ask(ME))
    assert harness.shelf.objects
    with pytest.raises(EtagMismatch):
        await harness.run(withdraw_request, WithdrawRequest, id=request.id, etag="1")
    etag = str(request.version)
    withdrawn = await harness.run(withdraw_request, WithdrawRequest, id=request.id, etag=etag)
    assert withdrawn.state is RequestState.WITHDRAWN
    clock = await _clock(harness, request)
    answer = clock.milestone(DeadlineType.ANSWER)
    assert answer is not None
    assert (clock.state, answer.meet_time) == (ClockState.ENDED, None)
    while await delete_objects(harness.env):
        pass
    assert harness.shelf.objects == {}
    with pytest.raises(WrongState):
        await harness.run(withdraw_request, WithdrawRequest, id=request.id)


async def _deny(harness: Harness, who: str, **fields: Any) -> Any:
    return await FOUR_EYES.run(harness.env, DenyRequest(call=_by(who), **fields))


async def _confirm(harness: Harness, who: str, decision: Decision) -> Decision:
    command = ConfirmDecision(call=_by(who), id=decision.id)
    return await FOUR_EYES.confirm(harness.env, command)


def _by(who: str) -> Call:
    return asked_by(who, *PERMISSIONS)
