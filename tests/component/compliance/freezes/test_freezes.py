"""A person is frozen from the receipt of a request to its end, and while a hold is active; services are told once."""

from libs.messaging.events import EventCodec
from libs.person import Person
from libs.privacy.aliases import sought
from libs.purging import FREEZE_CONSUMER, frozen_hashes
from libs.sought_hashes import unseal_sought
from services.compliance.freezes.consumers import on_case_changed
from services.compliance.freezes.events import PersonFreezeStated
from services.compliance.freezes.jobs import state_freezes
from services.compliance.handling.usecases import WithdrawRequest, withdraw_request
from services.compliance.holds.domain import hold_id
from services.compliance.holds.usecases import PlaceLegalHold, ReleaseLegalHold, place_legal_hold, release_legal_hold
from tests.builders import a_call
from tests.component.compliance.erasure.acts import erase, searched
from tests.component.compliance.harness import Card, Harness

ME = ("EMAIL", "anna@example.org")
ANNA = Person(person_id="psn_1", name="Anna", email="anna@example.org", phone="+49301234567")
STARTS = ("SubjectRequest", "LegalHold", "Erasure")


async def hear(harness: Harness) -> list[PersonFreezeStated]:
    """Compliance hears its own events since the last time, and every service what is stated; the statements."""
    stated, waiting = [], list(harness.told)
    harness.told.clear()
    while waiting:
        one = waiting.pop(0)
        name = one.type.rpartition(".")[2]
        if name.startswith(STARTS):
            await on_case_changed(harness.env, one, a_call())
            waiting += harness.told
            harness.told.clear()
        elif name == "PersonFreezeStated":
            stated.append(EventCodec.decode(one, PersonFreezeStated))
            for holder in harness.holders.values():
                await FREEZE_CONSUMER.handle(holder.env, one, a_call())
    return stated


async def frozen(harness: Harness, service: str = "deals") -> frozenset[str]:
    env = harness.holders[service].env
    return await frozen_hashes(env.store, env.keys)


async def test_a_person_is_frozen_from_the_receipt_of_a_request_to_its_end(harness: Harness) -> None:
    request = await harness.ask(ME, identity_proof=None)
    [stated] = await hear(harness)
    assert (stated.active, stated.case_id) == (True, request.id)
    found = unseal_sought(harness.env.keys, stated.object_name, harness.shelf.objects[stated.object_name])
    assert found.alias_hashes == request.alias_hashes
    assert await frozen(harness) == set(request.alias_hashes)
    await harness.run(withdraw_request, WithdrawRequest, id=request.id)
    [ended] = await hear(harness)
    assert (ended.active, ended.object_name) == (False, "")
    assert stated.object_name not in harness.shelf.objects
    assert await frozen(harness) == frozenset()


async def test_what_the_search_finds_is_frozen_too(harness: Harness) -> None:
    await harness.holders["tickets"].keep(Card(id="one", owner=ANNA))
    request = await harness.ask(ME)
    await hear(harness)
    harness.told.clear()
    # the questions are events, so the search is made before they are heard
    other = await harness.search(await harness.ask(ME))
    await hear(harness)
    assert sought(harness.env.keys, ANNA, "DE") <= await frozen(harness)
    assert request.id != other.id


async def test_a_hold_keeps_a_person_frozen_after_the_request_until_its_release(harness: Harness) -> None:
    request = await harness.search(await harness.ask(ME))
    await harness.run(place_legal_hold, PlaceLegalHold, case_id=request.id, matter="2-O-17/26")
    await harness.run(withdraw_request, WithdrawRequest, id=request.id)
    statements = await hear(harness)
    assert [one.active for one in statements] == [True]  # the same hashes: told once
    assert await frozen(harness) == set(request.alias_hashes)
    await harness.run(release_legal_hold, ReleaseLegalHold, id=hold_id(request.id))
    assert [one.active for one in await hear(harness)] == [False]
    assert await frozen(harness) == frozenset()


async def test_an_erasure_that_is_certified_ends_the_freeze(harness: Harness) -> None:
    request = await searched(harness, ME)
    told = list(harness.told)
    await erase(harness, request)
    harness.told[:0] = [one for one in told if one not in harness.told]
    await hear(harness)
    assert await frozen(harness) == frozenset()


async def test_the_job_states_what_a_release_before_has_left(harness: Harness) -> None:
    request = await harness.ask(ME)
    harness.told.clear()
    assert await state_freezes(harness.env) == 1
    await hear(harness)
    assert await frozen(harness) == set(request.alias_hashes)
    assert await state_freezes(harness.env) == 0
