"""Claims with keys of an earlier release are keyed anew, and until then nothing is approved that could break them."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec import defstruct, structs
from msgspec.structs import replace

from libs.privacy.keys import Keys
from libs.store.port import Document, Kind, create
from services.deals import jobs
from services.deals.documents import KINDS, REGISTRATIONS, SLOTS
from services.deals.domain.matching import CLAIMS_PER_KEY, KEY_RULES, Claim, CustomerProtected, KeySlot
from services.deals.domain.registration import Registration
from services.deals.domain.states import CLAIMING, Review
from services.deals.usecases import decisions, drafts
from services.deals.usecases.keys import KeysBeingRenewed
from services.deals.usecases.matching import keys_of
from tests.builders import a_call
from tests.component.deals.desk import ACME, RIVAL, Desk
from tests.component.replica import opened
from tests.unit.deals.registrations import a_registration

NEW_FIELDS = {"keys_version", "override_reason"}
_field: Any = msgspec.field  # with whichever of both defaults there is
OLD: Any = defstruct(  # a claim as an earlier release stored it
    "Registration",
    [
        (one.name, one.type, _field(default=one.default, default_factory=one.default_factory))
        for one in structs.fields(Registration)
        if one.name not in NEW_FIELDS | set(Document.__struct_fields__)
    ],
    bases=(Document,),
    frozen=True,
    kw_only=True,
)
OLD_KEYS = ("DOMAIN:of-an-earlier-release", "NAME:of-an-earlier-release")


async def _as_before(desk: Desk, reg: Registration) -> None:
    """As an earlier release left it: in other slots, without a word of the rules."""
    held = await desk.env.store.get(REGISTRATIONS, reg.id)
    assert held is not None
    moved = [
        one.put(replace(one.value, claims=tuple(c for c in one.value.claims if c.registration_id != reg.id)))
        for one in [await desk.env.store.get(SLOTS, key) for key in reg.keys]
        if one is not None
    ]
    made = [create(SLOTS, KeySlot(id=key, claims=(Claim(reg.id, reg.partner_id),))) for key in OLD_KEYS]
    await desk.env.store.commit([held.put(replace(held.value, keys=OLD_KEYS, keys_version=0)), *moved, *made])


async def _submitted(desk: Desk) -> Registration:
    return await desk.submit(await desk.draft())


async def _sent_back(desk: Desk) -> Registration:
    reg = await desk.claimed()
    command: Any = decisions.RequestChanges
    await desk.run(decisions.request_changes, command, id=reg.id, requested_fields=("lines",))
    return await drafts.get_registration(desk.env, drafts.GetRegistration(call=a_call(), id=reg.id))


OPEN: dict[Review, Callable[[Desk], Awaitable[Registration]]] = {
    Review.SUBMITTED: _submitted,
    Review.UNDER_REVIEW: Desk.claimed,
    Review.ACTION_REQUIRED: _sent_back,
    Review.APPROVED: Desk.approved,
}


async def test_a_claim_of_before_is_found_once_it_is_keyed_anew(desk: Desk) -> None:
    theirs, mine = await desk.approved(RIVAL), await desk.claimed()
    await _as_before(desk, theirs)
    assert await desk.conflicts(mine) == ()
    assert await jobs.renew_keys(desk.env) == 1
    renewed = await desk.reg(theirs)
    assert (renewed.keys, renewed.keys_version) == (keys_of(ACME), KEY_RULES)
    assert [one.registration_id for one in await desk.conflicts(mine)] == [theirs.id]
    assert [(await desk.value(SLOTS, key)).claims for key in OLD_KEYS] == [(), ()]
    with pytest.raises(CustomerProtected):
        await desk.approve(mine)
    assert await jobs.renew_keys(desk.env) == 0
    assert (await desk.reg(theirs)).version == renewed.version


async def test_a_claim_stored_before_there_were_rules_of_keys_is_one_of_the_first(tmp_path: Path, keys: Keys) -> None:
    """A document without the field, in a file without the index."""
    reg = replace(a_registration(Review.APPROVED), keys=OLD_KEYS)
    kept = {name: value for name, value in structs.asdict(reg).items() if name in OLD.__struct_fields__}
    slots = [create(SLOTS, KeySlot(id=key, claims=(Claim(reg.id, reg.partner_id),))) for key in OLD_KEYS]
    indexes = tuple(index for index in REGISTRATIONS.indexes if NEW_FIELDS.isdisjoint(index.fields))
    kind = Kind("registration", OLD, indexes, owner="partner_id")
    async with opened(tmp_path, [kind, SLOTS]) as store:
        await store.commit([create(kind, OLD(**kept)), *slots])
    async with opened(tmp_path, KINDS) as store:
        desk = Desk(store, keys)
        assert await jobs.renew_keys(desk.env) == 1
        assert (await desk.reg(reg)).keys == keys_of(reg.customer)


async def test_nothing_is_approved_while_a_protected_claim_waits_for_its_keys(desk: Desk) -> None:
    theirs, mine = await desk.approved(RIVAL), await desk.claimed()
    await _as_before(desk, theirs)
    with pytest.raises(KeysBeingRenewed) as refused:
        await desk.approve(mine)
    assert refused.value.retry_after_seconds
    assert (await desk.reg(mine)).review is Review.UNDER_REVIEW


def test_every_state_of_an_open_claim_is_tried() -> None:
    assert set(OPEN) == CLAIMING


@pytest.mark.parametrize("review", OPEN)
async def test_every_open_claim_is_keyed_anew_and_leaves_its_keys_when_it_ends(desk: Desk, review: Review) -> None:
    reg = await OPEN[review](desk)
    await _as_before(desk, reg)
    assert await jobs.renew_keys(desk.env) == 1
    assert [len((await desk.value(SLOTS, key)).claims) for key in keys_of(ACME)] == [1, 1]
    await desk.withdraw(reg)
    assert [(await desk.value(SLOTS, key)).claims for key in keys_of(ACME)] == [(), ()]


async def test_a_claim_of_before_that_is_submitted_again_takes_its_new_keys_with_it(desk: Desk) -> None:
    reg = await _sent_back(desk)
    await _as_before(desk, reg)
    again = await desk.submit(reg)
    assert (again.keys, again.keys_version) == (keys_of(ACME), KEY_RULES)
    assert [(await desk.value(SLOTS, key)).claims for key in OLD_KEYS] == [(), ()]


async def test_a_key_that_thousands_share_keeps_no_claim_from_the_others(desk: Desk) -> None:
    reg = await desk.approved()
    await _as_before(desk, reg)
    domain, name = keys_of(ACME)
    slot = await desk.env.store.get(SLOTS, domain)
    assert slot is not None
    full = tuple(Claim(f"reg_{number}", RIVAL) for number in range(CLAIMS_PER_KEY))
    await desk.env.store.commit([slot.put(replace(slot.value, claims=full))])
    assert await jobs.renew_keys(desk.env) == 1
    assert (await desk.reg(reg)).keys == (name,)


async def test_a_draft_and_a_claim_that_has_ended_keep_what_they_have(desk: Desk) -> None:
    await desk.draft()
    await desk.withdraw(await desk.claimed())
    assert await jobs.renew_keys(desk.env) == 0
