"""A legal hold takes two persons and stops the erasure of its person under every alias; its release begins it again."""

import pytest

from libs.decisions.decision import Decision, SecondPersonRequired
from libs.decisions.four_eyes import ConfirmDecision
from libs.errors import WrongState
from libs.person import Person
from services.compliance.erasure.domain import ErasureState
from services.compliance.erasure.jobs import begin_held_erasures
from services.compliance.handling.usecases import WithdrawRequest, withdraw_request
from services.compliance.holds.domain import hold_id
from services.compliance.holds.usecases import FOUR_EYES, PlaceLegalHold, ReleaseLegalHold
from services.compliance.requests.domain.request import RequestErased, SubjectRequest
from services.compliance.requests.domain.states import RequestState
from tests.builders import asked_by
from tests.component.compliance.erasure.acts import begin, card, erase, erasure, searched
from tests.component.compliance.harness import Card, Harness

ME = ("EMAIL", "anna@example.org")
MY_PHONE = ("PHONE", "+49301234567")
ANNA = Person(person_id="psn_1", name="Anna", email="anna@example.org", phone="+49301234567")
PERMISSIONS = ("compliance.legal_hold.place", "compliance.legal_hold.release", "compliance.decision.decide")


async def _decided(harness: Harness, command: PlaceLegalHold | ReleaseLegalHold) -> Decision:
    done = await FOUR_EYES.run(harness.env, command)
    assert done.decision is not None
    confirm = ConfirmDecision(call=asked_by("dev:bob", *PERMISSIONS), id=done.decision.id)
    return await FOUR_EYES.confirm(harness.env, confirm)


async def _place(harness: Harness, request: SubjectRequest) -> None:
    call = asked_by("dev:ada", *PERMISSIONS)
    await _decided(harness, PlaceLegalHold(call=call, case_id=request.id, matter="2-O-17/26"))


async def _release(harness: Harness, request: SubjectRequest) -> None:
    await _decided(harness, ReleaseLegalHold(call=asked_by("dev:ada", *PERMISSIONS), id=hold_id(request.id)))


async def test_an_erasure_is_held_under_another_alias_and_begun_after_the_release(harness: Harness) -> None:
    await harness.holders["deals"].keep(Card(id="one", owner=ANNA))
    held = await harness.search(await harness.ask(ME))
    await _place(harness, held)
    request = await searched(harness, MY_PHONE)
    stopped = await begin(harness, request)
    assert (stopped.state, stopped.hold_id, stopped.round) == (ErasureState.HELD, hold_id(held.id), 0)
    assert (await card(harness, "deals", "one")).owner == ANNA
    assert await begin_held_erasures(harness.env) == 0
    assert (await harness.request(request)).state is RequestState.READY_FOR_REVIEW
    await _release(harness, held)
    assert await begin_held_erasures(harness.env) == 1
    asked = await erasure(harness, request)
    assert (asked.state, asked.hold_id, asked.round) == (ErasureState.ASKED, "", 1)
    assert (await erase(harness, request)).state is ErasureState.CERTIFIED
    assert (await card(harness, "deals", "one")).owner == Person()


async def test_a_second_hold_goes_on_stopping_it(harness: Harness) -> None:
    first, second = [await harness.search(await harness.ask(ME)) for _ in range(2)]
    for one in (first, second):
        await _place(harness, one)
    request = await searched(harness, ME)
    assert (await begin(harness, request)).hold_id == hold_id(first.id)
    await _release(harness, first)
    await begin_held_erasures(harness.env)
    stopped = await erasure(harness, request)
    assert (stopped.state, stopped.hold_id) == (ErasureState.HELD, hold_id(second.id))


async def test_no_hold_is_placed_on_a_request_of_somebody_who_was_erased(harness: Harness) -> None:
    withdrawn = await harness.search(await harness.ask(ME))
    withdrawn = await harness.run(withdraw_request, WithdrawRequest, id=withdrawn.id)
    await erase(harness, await searched(harness, ME))
    with pytest.raises(RequestErased):
        await _place(harness, withdrawn)


async def test_nobody_places_or_releases_a_hold_alone(harness: Harness) -> None:
    request = await harness.search(await harness.ask(ME))
    call = asked_by("dev:ada", *PERMISSIONS)
    placed = await FOUR_EYES.run(harness.env, PlaceLegalHold(call=call, case_id=request.id, matter="M-1"))
    assert placed.decision is not None
    with pytest.raises(SecondPersonRequired):
        await FOUR_EYES.confirm(harness.env, ConfirmDecision(call=call, id=placed.decision.id))
    await erase(harness, await searched(harness, ME))  # a hold that waits stops nothing


async def test_a_hold_needs_a_search_that_has_ended(harness: Harness) -> None:
    request = await harness.ask(ME)
    with pytest.raises(WrongState):
        await _place(harness, request)
