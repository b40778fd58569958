"""A request is searched after its identity is proved: by a code, by an officer, by an agent with a mandate."""

import asyncio
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from libs.errors import Contended, EtagMismatch, InvalidInput, NotFound, WrongState
from libs.person import Person
from libs.store.port import Query
from services.compliance.clocks.documents import CLOCKS
from services.compliance.clocks.domain.clock import clock_id
from services.compliance.clocks.domain.states import ClockState
from services.compliance.handling.usecases import PauseRequest, WithdrawRequest, pause_request, withdraw_request
from services.compliance.package.usecases.possible import GetPossibleAliases, get_possible_aliases
from services.compliance.requests.domain.request import AliasField, SubjectAlias, SubjectRequest
from services.compliance.requests.domain.states import HoldReason, IdentityProof, RequestState, RequestType
from services.compliance.service import COMPOSITION
from services.compliance.verification.domain import (
    CheckResult,
    CheckState,
    IdentityCheck,
    IdentityEvidence,
    Mandate,
    MandateType,
    NoValidCode,
    TooManyCodes,
)
from services.compliance.verification.jobs import expire_requests
from services.compliance.verification.usecases import (
    ConfirmCode,
    GetIdentityCheck,
    IssueCode,
    RecordIdentityCheck,
    confirm_code,
    get_identity_check,
    handed_out,
    issue_code,
    record_identity_check,
)
from tests.builders import NOW, a_call, an_id
from tests.component.compliance.harness import Card, Harness

DAY = timedelta(days=1)
EMAIL, PHONE = "ngozi@example.org", "+49 30 901820"
ME, MY_PHONE = ("EMAIL", EMAIL), ("PHONE", PHONE)
CODE, WRONG = "01234567", "76543210"
PASSPORT = (IdentityEvidence.PASSPORT,)


async def _waiting(harness: Harness, *aliases: tuple[str, str], **fields: Any) -> SubjectRequest:
    return await harness.ask(*aliases, identity_proof=None, **fields)


async def _issue(
    harness: Harness, request: SubjectRequest, alias: tuple[str, str] = ME, **fields: Any
) -> IdentityCheck:
    named = SubjectAlias(field=AliasField(alias[0]), value=alias[1])
    return await harness.run(issue_code, IssueCode, case_id=request.id, alias=named, **{"code": CODE, **fields})


async def _try(harness: Harness, request: SubjectRequest, code: str = CODE) -> IdentityCheck:
    return await harness.run(confirm_code, ConfirmCode, case_id=request.id, code=code)


async def _record(harness: Harness, request: SubjectRequest, **fields: Any) -> IdentityCheck:
    content = {"result": CheckResult.CONFIRMED, "seen": PASSPORT, **fields}
    return await harness.run(record_identity_check, RecordIdentityCheck, case_id=request.id, **content)


async def test_a_code_that_comes_back_starts_the_search(harness: Harness) -> None:
    request = await _waiting(harness, ME)
    harness.told.clear()
    issued = await _issue(harness, request)
    assert (issued.state, issued.attempts_left, issued.expire_time) == (
        CheckState.PENDING,
        5,
        NOW + timedelta(minutes=15),
    )
    assert (await harness.request(request)).state is RequestState.VERIFYING_IDENTITY
    assert harness.names() == ["IdentityCodeIssued"]
    wrong = await _try(harness, request, WRONG)
    assert (wrong.state, wrong.attempts_left) == (CheckState.PENDING, 4)
    assert harness.names() == ["IdentityCodeRefused"]
    passed = await _try(harness, request)
    assert (passed.state, passed.proof) == (CheckState.PASSED, IdentityProof.CODE)
    begun = await harness.request(request)
    assert (begun.state, begun.round, begun.identity_proof) == (RequestState.IN_PROGRESS, 1, IdentityProof.CODE)
    told = {one.type.rpartition(".")[2]: (one.about, one.version) for one in harness.told}
    assert told == {
        "IdentityVerified": (passed.id, passed.version),
        "SubjectRequestOpened": (begun.id, begun.version),
    }
    assert (await harness.search(begun)).state is RequestState.READY_FOR_REVIEW


async def test_the_code_is_in_no_document_no_event_and_no_repr_and_is_handed_out_once(harness: Harness) -> None:
    request = await _waiting(harness, ME)
    alias = SubjectAlias(field=AliasField.EMAIL, value=EMAIL)
    first, again = (
        IssueCode(call=a_call("once"), case_id=request.id, alias=alias, code=code) for code in (CODE, WRONG)
    )
    issued = await harness.env.run(issue_code, first)
    assert handed_out(harness.env, first, issued) == CODE
    assert handed_out(harness.env, again, await harness.env.run(issue_code, again)) == ""
    kept = [row.value for kind in COMPOSITION.kinds for row in (await harness.env.store.find(Query(kind=kind))).rows]
    assert issued in kept
    assert CODE not in msgspec.json.encode(kept).decode() + repr(kept) + repr(first) + repr(harness.told)


async def test_an_alias_is_proved_and_not_what_was_named_beside_it(harness: Harness) -> None:
    """A stranger names the own address and somebody else's number, as aliases or as one subject."""
    victim = Card(id="v1", owner=Person(name="Victim", phone=PHONE), country="DE")
    own = Card(id="s1", owner=Person(name="Stranger", email=EMAIL))
    await harness.holders["deals"].keep(victim)
    await harness.holders["deals"].keep(own)
    subject = Person(name="Victim", email=EMAIL, phone=PHONE)
    earlier = await _waiting(harness, subject=subject)
    for request in (earlier, await _waiting(harness, ME, MY_PHONE)):
        await _issue(harness, request)
        await _try(harness, request)
        done = await harness.search(request)
        [deals] = [one for one in done.present_answers if one.service == "deals"]
        assert [one.rows for one in deals.counts] == [1]
        package = await harness.package(done)
        assert not [one for one in package.files if one.path.startswith("data/deals") and b"Victim" in one.data]
        shown = await harness.look(get_possible_aliases, GetPossibleAliases, id=request.id)
        assert ("deals", PHONE) in [(one.service, one.alias.value) for one in shown]


async def test_an_officer_who_has_checked_the_person_lets_every_alias_be_searched(harness: Harness) -> None:
    await harness.holders["deals"].keep(Card(id="v1", owner=Person(phone=PHONE), country="DE"))
    request = await _waiting(harness, subject=Person(email=EMAIL, phone=PHONE))
    passed = await _record(harness, request, seen=(IdentityEvidence.IDENTITY_CARD, IdentityEvidence.CALL_BACK))
    assert (passed.state, passed.proof) == (CheckState.PASSED, IdentityProof.DOCUMENT)
    done = await harness.search(request)
    [deals] = [one for one in done.present_answers if one.service == "deals"]
    assert [one.rows for one in deals.counts] == [1]


async def test_an_agent_with_a_mandate_asks_for_the_person_and_is_not_searched_for(harness: Harness) -> None:
    request = await _waiting(harness, ME)
    agent = Person(name="Agent", email="agent@example.org")
    mandate = Mandate(agent=agent, type=MandateType.WRITTEN_AUTHORISATION, expire_date=date(2026, 3, 1))
    with pytest.raises(InvalidInput) as refused:
        await _record(harness, request, mandate=mandate)
    assert [(one.field, one.reason) for one in refused.value.violations] == [("mandate.expire_date", "IN_THE_PAST")]
    valid = msgspec.structs.replace(mandate, expire_date=date(2026, 3, 2))
    passed = await _record(harness, request, mandate=valid)
    assert passed.proof is IdentityProof.MANDATE
    assert passed.mandate is not None
    assert passed.mandate.agent.person_id
    begun = await harness.request(request)
    assert begun.alias_hashes == request.alias_hashes
    theirs = await harness.search(await harness.ask(("EMAIL", "agent@example.org")))
    [own] = [one for one in theirs.present_answers if one.service == "compliance"]
    assert ("identity_check", 1) in [(one.kind, one.rows) for one in own.counts]


async def test_a_check_that_fails_leaves_the_request_waiting(harness: Harness) -> None:
    request = await _waiting(harness, ME)
    failed = await _record(harness, request, result=CheckResult.NOT_CONFIRMED)
    assert failed.state is CheckState.FAILED
    assert (await harness.request(request)).state is RequestState.VERIFYING_IDENTITY
    with pytest.raises(EtagMismatch):
        await _record(harness, request, etag="9")
    assert (await _record(harness, request, etag=str(failed.version))).state is CheckState.PASSED
    assert (await harness.look(get_identity_check, GetIdentityCheck, case_id=request.id)).version == 2


async def test_codes_go_to_an_alias_of_the_request_only_and_are_few(harness: Harness) -> None:
    request = await _waiting(harness, ME, ("PERSON_ID", an_id("psn")))
    for alias, reason in ((("EMAIL", "other@example.org"), "NOT_AN_ALIAS"), (("PERSON_ID", "x"), "NOT_DELIVERABLE")):
        with pytest.raises(InvalidInput) as refused:
            await _issue(harness, request, alias)
        assert [one.reason for one in refused.value.violations] == [reason]
    with pytest.raises(NotFound):
        await _try(harness, request)
    for _ in range(5):
        await _issue(harness, request, ("EMAIL", " NGOZI@Example.org"))
    with pytest.raises(TooManyCodes):
        await _issue(harness, request)


async def test_an_earlier_code_is_void_and_a_late_or_worn_one_too(harness: Harness) -> None:
    request = await _waiting(harness, ME)
    await _issue(harness, request, code=WRONG)
    await _issue(harness, request)
    assert (await _try(harness, request, WRONG)).attempts_left == 4
    for _ in range(4):
        await _try(harness, request, WRONG)
    with pytest.raises(NoValidCode):
        await _try(harness, request)
    await _issue(harness, request)
    harness.clock.advance(timedelta(minutes=15))
    with pytest.raises(NoValidCode):
        await _try(harness, request)


@pytest.mark.parametrize("step", [_issue, _try, _record])
async def test_what_does_not_wait_for_a_proof_is_not_checked(harness: Harness, step: Any) -> None:
    begun, ended = await harness.ask(ME), await _waiting(harness, ME)
    unsearched = await harness.ask(ME, type=RequestType.COMPLAINT)
    await harness.run(withdraw_request, WithdrawRequest, id=ended.id)
    held = await _waiting(harness, ME)
    await harness.run(pause_request, PauseRequest, id=held.id, reason=HoldReason.LEGAL_HOLD)
    for request in (begun, ended, unsearched, held):
        with pytest.raises(WrongState):
            await step(harness, request)


async def test_the_clock_of_a_british_request_that_waits_for_the_proof_runs_again_with_it(harness: Harness) -> None:
    request = await _waiting(harness, ME, country="GB")
    await harness.run(pause_request, PauseRequest, id=request.id, reason=HoldReason.INFORMATION_AWAITED)
    await _issue(harness, request)
    waiting = await harness.request(request)
    assert (waiting.state, waiting.held_state) == (RequestState.ON_HOLD, RequestState.VERIFYING_IDENTITY)
    harness.told.clear()
    await _try(harness, request)
    begun = await harness.request(request)
    assert (begun.state, begun.held_state, begun.hold_reason) == (RequestState.IN_PROGRESS, None, None)
    assert (await harness.value(CLOCKS, clock_id(request.id))).state is ClockState.RUNNING
    assert sorted(harness.names()) == [
        *("ClockResumed", "IdentityVerified", "SubjectRequestOpened", "SubjectRequestResumed"),
    ]


async def test_who_never_proves_the_identity_is_not_waited_for_for_ever(harness: Harness) -> None:
    received, verifying = await _waiting(harness, ME), await _waiting(harness, MY_PHONE)
    await _issue(harness, verifying, MY_PHONE)
    begun = await harness.ask(ME)
    harness.clock.advance(30 * DAY)
    assert await expire_requests(harness.env) == 0
    harness.clock.advance(timedelta(seconds=1))
    harness.told.clear()
    assert await expire_requests(harness.env) == 2
    assert [(await harness.request(one)).state for one in (received, verifying)] == [RequestState.EXPIRED] * 2
    assert (await harness.request(begun)).state is RequestState.IN_PROGRESS
    assert harness.names().count("SubjectRequestExpired") == 2
    assert (await harness.value(CLOCKS, clock_id(received.id))).state is ClockState.ENDED
    assert await expire_requests(harness.env) == 0


async def test_guesses_at_once_are_not_more_than_one_after_the_other(harness: Harness) -> None:
    request = await _waiting(harness, ME)
    await _issue(harness, request)
    harness.told.clear()
    guesses = (_try(harness, request, f"{number:08}") for number in range(12))
    ended = await asyncio.gather(*guesses, return_exceptions=True)
    tried = [one for one in ended if isinstance(one, IdentityCheck)]
    assert {type(one) for one in ended if not isinstance(one, IdentityCheck)} <= {NoValidCode, Contended}
    assert len(tried) <= 5
    assert harness.names() == ["IdentityCodeRefused"] * len(tried)
    check = await harness.look(get_identity_check, GetIdentityCheck, case_id=request.id)
    assert check.attempts_left == 5 - len(tried)


@pytest.mark.parametrize("spelling", ["+49 30 901820", "030 901820", "0049 (30) 90-18-20", "+4930901820"])
async def test_an_alias_may_be_spelled_in_another_way(harness: Harness, spelling: str) -> None:
    for fields in ({"subject": Person(name="Ngozi", phone=PHONE)}, {}):
        request = await _waiting(harness, *(() if fields else (MY_PHONE,)), **fields)
        assert (await _issue(harness, request, ("PHONE", spelling))).alias_number == 0
        assert (await _try(harness, request)).state is CheckState.PASSED
