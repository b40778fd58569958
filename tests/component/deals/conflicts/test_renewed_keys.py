"""Claims with keys of an earlier release are keyed anew, and until then nothing is approved that could break them."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec import defstruct, structs
from msgspec.structs import replace

from libs.privacy.keys import Keys
from libs.store.port import Document, Kind, create, get
from services.deals.claims.documents import REGISTRATIONS
from services.deals.claims.domain.registration import Registration
from services.deals.claims.domain.states import CLAIMING, Review
from services.deals.conflicts.documents import SLOTS
from services.deals.conflicts.domain.keys import KEY_RULES, KeysBeingRenewed, keys_of
from services.deals.conflicts.domain.matching import (
    CLAIMS_PER_KEY,
    Claim,
    KeySlot,
)
from services.deals.conflicts.domain.overriding import CustomerProtected
from services.deals.conflicts.jobs import renew_keys
from services.deals.matching.reads.filing import leaving_writes
from services.deals.review import usecases as decisions
from services.deals.service import COMPOSITION
from tests.component.deals.harness import ACME, RIVAL, Harness
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


async def _as_before(harness: Harness, reg: Registration) -> None:
    """As an earlier release left it: in other slots, without a word of the rules."""
    loaded = await get(harness.env.store, REGISTRATIONS, reg.id)
    assert loaded is not None
    moved = [
        one.put(replace(one.value, claims=tuple(c for c in one.value.claims if c.registration_id != reg.id)))
        for one in [await get(harness.env.store, SLOTS, key) for key in reg.keys]
        if one is not None
    ]
    made = [create(SLOTS, KeySlot(id=key, claims=(Claim(reg.id, reg.partner_id),))) for key in OLD_KEYS]
    entry = await leaving_writes(harness.env, reg)  # there was no index of near matches
    old = loaded.put(replace(loaded.value, keys=OLD_KEYS, keys_version=0))
    await harness.env.store.commit([old, *moved, *made, *entry])


async def _submitted(harness: Harness) -> Registration:
    return await harness.submit(await harness.draft())


async def _sent_back(harness: Harness) -> Registration:
    reg = await harness.claimed()
    command: Any = decisions.RequestChanges
    await harness.run(decisions.request_changes, command, id=reg.id, requested_fields=("lines",))
    return await harness.reg(reg)


OPEN: dict[Review, Callable[[Harness], Awaitable[Registration]]] = {
    Review.SUBMITTED: _submitted,
    Review.UNDER_REVIEW: Harness.claimed,
    Review.ACTION_REQUIRED: _sent_back,
    Review.APPROVED: Harness.approved,
}


async def test_a_claim_of_before_is_found_once_it_is_keyed_anew(harness: Harness) -> None:
    theirs, mine = await harness.approved(RIVAL), await harness.claimed()
    await _as_before(harness, theirs)
    assert await harness.conflicts(mine) == ()
    assert await renew_keys(harness.env) == 1
    renewed = await harness.reg(theirs)
    assert (renewed.keys, renewed.keys_version) == (keys_of(ACME, harness.env.keys.keyed), KEY_RULES)
    assert [one.registration_id for one in await harness.conflicts(mine)] == [theirs.id]
    assert [(await harness.value(SLOTS, key)).claims for key in OLD_KEYS] == [(), ()]
    with pytest.raises(CustomerProtected):
        await harness.approve(mine)
    assert await renew_keys(harness.env) == 0
    assert (await harness.reg(theirs)).version == renewed.version


async def test_a_claim_stored_before_there_were_rules_of_keys_is_one_of_the_first(tmp_path: Path, keys: Keys) -> None:
    """A document without the field, in a file without the index."""
    reg = replace(a_registration(Review.APPROVED), keys=OLD_KEYS)
    kept = {name: value for name, value in structs.asdict(reg).items() if name in OLD.__struct_fields__}
    slots = [create(SLOTS, KeySlot(id=key, claims=(Claim(reg.id, reg.partner_id),))) for key in OLD_KEYS]
    indexes = tuple(index for index in REGISTRATIONS.indexes if NEW_FIELDS.isdisjoint(index.fields))
    kind = Kind("registration", OLD, indexes, owner="partner_id")
    async with opened(tmp_path, [kind, SLOTS]) as store:
        await store.commit([create(kind, OLD(**kept)), *slots])
    async with opened(tmp_path, COMPOSITION.kinds) as store:
        harness = Harness(store, keys)
        assert await renew_keys(harness.env) == 1
        assert (await harness.reg(reg)).keys == keys_of(reg.customer, keys.keyed)


async def test_nothing_is_approved_while_a_protected_claim_waits_for_its_keys(harness: Harness) -> None:
    theirs, mine = await harness.approved(RIVAL), await harness.claimed()
    await _as_before(harness, theirs)
    with pytest.raises(KeysBeingRenewed) as refused:
        await harness.approve(mine)
    assert refused.value.retry_after_seconds
    assert (await harness.reg(mine)).review is Review.UNDER_REVIEW


def test_every_state_of_an_open_claim_is_tried() -> None:
    assert set(OPEN) == CLAIMING


@pytest.mark.parametrize("review", OPEN)
async def test_every_open_claim_is_keyed_anew_and_leaves_its_keys_when_it_ends(
    harness: Harness, review: Review
) -> None:
    reg = await OPEN[review](harness)
    await _as_before(harness, reg)
    assert await renew_keys(harness.env) == 1
    assert [len((await harness.value(SLOTS, key)).claims) for key in keys_of(ACME, harness.env.keys.keyed)] == [1, 1]
    await harness.withdraw(reg)
    assert [(await harness.value(SLOTS, key)).claims for key in keys_of(ACME, harness.env.keys.keyed)] == [(), ()]


async def test_a_claim_of_before_that_is_submitted_again_takes_its_new_keys_with_it(harness: Harness) -> None:
    reg = await _sent_back(harness)
    await _as_before(harness, reg)
    again = await harness.submit(reg)
    assert (again.keys, again.keys_version) == (keys_of(ACME, harness.env.keys.keyed), KEY_RULES)
    assert [(await harness.value(SLOTS, key)).claims for key in OLD_KEYS] == [(), ()]


async def test_a_key_that_thousands_share_keeps_no_claim_from_the_others(harness: Harness) -> None:
    reg = await harness.approved()
    await _as_before(harness, reg)
    domain, name = keys_of(ACME, harness.env.keys.keyed)
    slot = await get(harness.env.store, SLOTS, domain)
    assert slot is not None
    full = tuple(Claim(f"reg_{number}", RIVAL) for number in range(CLAIMS_PER_KEY))
    await harness.env.store.commit([slot.put(replace(slot.value, claims=full))])
    assert await renew_keys(harness.env) == 1
    assert (await harness.reg(reg)).keys == (name,)


async def test_a_draft_and_a_claim_that_has_ended_keep_what_they_have(harness: Harness) -> None:
    await harness.draft()
    await harness.withdraw(await harness.claimed())
    assert await renew_keys(harness.env) == 0
