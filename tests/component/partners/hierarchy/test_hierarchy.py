"""A downline is listed as a whole, level by level; no race closes a circle, makes a tree too deep or loses a rule."""

import asyncio
from collections.abc import Awaitable
from random import Random

import msgspec
import pytest
from msgspec.structs import replace

from libs.errors import AppError, Contended, InvalidInput, NotFound
from libs.partner import LEVELS
from libs.person import PersonalText
from libs.privacy.keys import Keys
from libs.store.listing import PAGE_BYTES, everything
from libs.store.port import Store, get
from services.partners.hierarchy.domain import BuyersLeft, HierarchyCycle, HierarchyTooDeep, ParentNotDistributor
from services.partners.hierarchy.usecases import DownlinePartner, ListDownline, list_downline
from services.partners.record.documents import PARTNERS
from services.partners.record.domain.partner import Partner
from services.partners.record.domain.states import PartnerKind
from tests.builders import an_id
from tests.component.partners.harness import Harness
from tests.store_faults import Gate
from tests.waiting import until

RESELLER, DISTRIBUTOR = PartnerKind.RESELLER, PartnerKind.DISTRIBUTOR


async def downline(harness: Harness, top: str, page_size: int) -> list[DownlinePartner]:
    """Everybody below, page by page."""
    found: list[DownlinePartner] = []
    token = ""
    while True:
        rows, token = await harness.look(
            list_downline, ListDownline, partner_id=top, page_size=page_size, page_token=token
        )
        assert len(rows) == page_size or not token
        found += rows
        if not token:
            return found


async def test_a_downline_of_which_much_was_noted_comes_in_pages_that_an_answer_holds(harness: Harness) -> None:
    top = await harness.distributor()
    below = [await harness.apply(parent=top.id) for _ in range(50)]
    note = PersonalText(text="\N{MUSICAL SYMBOL G CLEF}" * 20_000)
    for partner in below:
        loaded = await get(harness.env.store, PARTNERS, partner.id)
        assert loaded is not None
        await harness.env.store.commit([loaded.put(replace(loaded.value, status_note=note))])
    found: list[str] = []
    token = ""
    while not found or token:
        rows, token = await harness.look(
            list_downline, ListDownline, partner_id=top.id, page_size=200, page_token=token
        )
        assert sum(len(msgspec.json.encode(one.partner)) for one in rows) <= PAGE_BYTES
        found += [one.partner.id for one in rows]
    assert found == sorted(partner.id for partner in below)


async def chain(harness: Harness, length: int) -> list[Partner]:
    """Distributors, each buying from the one before."""
    made: list[Partner] = []
    for _ in range(length):
        made.append(await harness.distributor(parent=made[-1].id if made else ""))
    return made


@pytest.mark.parametrize("page_size", [1, 3, 7, 200])
async def test_a_downline_is_listed_level_by_level_and_by_id_within_a_level(harness: Harness, page_size: int) -> None:
    random = Random(page_size)
    top = await harness.distributor()
    depth = {top.id: 0}
    sellers = [top.id]
    for _ in range(25):
        parent = random.choice(sellers)
        kind = random.choice((RESELLER, DISTRIBUTOR))
        partner = await harness.apply(kind=kind, parent=parent)
        depth[partner.id] = depth[parent] + 1
        if kind is DISTRIBUTOR and depth[partner.id] < LEVELS - 1:
            sellers.append(partner.id)
    await harness.distributor()
    wanted = sorted((level, id) for id, level in depth.items() if level)
    assert [(one.depth, one.partner.id) for one in await downline(harness, top.id, page_size)] == wanted


async def test_more_buyers_than_a_page_holds_are_all_listed_before_the_next_level(harness: Harness) -> None:
    top = await harness.distributor()
    await asyncio.gather(*(harness.apply(parent=top.id) for _ in range(201)))
    below = await harness.distributor(parent=top.id)
    last = await harness.apply(parent=below.id)
    found = await downline(harness, top.id, 200)
    assert [one.depth for one in found] == [1] * 202 + [2]
    assert found[-1].partner == last


async def test_a_downline_token_is_good_for_its_own_listing_only(harness: Harness) -> None:
    tops = [await harness.distributor(), await harness.distributor()]
    for _ in range(3):
        await harness.apply(parent=tops[0].id)
    _, token = await harness.look(list_downline, ListDownline, partner_id=tops[0].id, page_size=1)
    for top, bad in ((tops[1].id, token), (tops[0].id, "rubbish"), (tops[0].id, "ÿ"), (tops[0].id, token[:-4])):
        with pytest.raises(InvalidInput) as refused:
            await harness.look(list_downline, ListDownline, partner_id=top, page_token=bad)
        assert refused.value.violations[0].reason == "FOREIGN_PAGE_TOKEN"
    with pytest.raises(NotFound):
        await harness.look(list_downline, ListDownline, partner_id=an_id("ptn"))


async def test_a_partner_cannot_buy_from_itself_or_from_its_downline(harness: Harness) -> None:
    top, middle, low = await chain(harness, 3)
    for parent in (top, middle, low):
        with pytest.raises(HierarchyCycle):
            await harness.update(top.id, parent_partner_id=parent.id)
    assert await harness.value(PARTNERS, top.id) == top


async def test_ten_levels_hold_for_whatever_is_hung_below(harness: Harness) -> None:
    upper = await chain(harness, LEVELS - 3)
    lower = await chain(harness, 3)
    assert (await harness.update(lower[0].id, parent_partner_id=upper[-1].id)).parent_partner_id == upper[-1].id
    with pytest.raises(HierarchyTooDeep):
        await harness.apply(parent=lower[-1].id)
    loose = await chain(harness, 2)
    await harness.apply(parent=loose[-1].id)
    with pytest.raises(HierarchyTooDeep):
        await harness.update(loose[0].id, parent_partner_id=lower[0].id)


async def test_one_buys_from_a_distributor_that_has_not_ended(harness: Harness) -> None:
    reseller = await harness.apply()
    with pytest.raises(ParentNotDistributor):
        await harness.apply(parent=reseller.id)
    ended = await harness.end(await harness.distributor())
    with pytest.raises(ParentNotDistributor) as refused:
        await harness.update(reseller.id, parent_partner_id=ended.id)
    assert refused.value.metadata == {"id": ended.id, "kind": "DISTRIBUTOR", "state": "REJECTED"}


async def test_a_distributor_stays_one_while_others_buy_from_it(harness: Harness) -> None:
    top = await harness.distributor()
    child = await harness.apply(parent=top.id)
    with pytest.raises(BuyersLeft, match="others buy from ptn_"):
        await harness.update(top.id, kind=RESELLER)
    await harness.update(child.id, parent_partner_id="")
    assert (await harness.update(top.id, kind=RESELLER)).kind is RESELLER


async def test_of_two_moves_that_would_close_a_circle_together_one_is_refused(store: Store, keys: Keys) -> None:
    gate = Gate(store)
    one, other = Harness(gate, keys), Harness(gate, keys)
    a, b = await one.distributor(), await one.distributor()
    gate.shut()
    async with asyncio.TaskGroup() as group:
        moves = [
            group.create_task(outcome(one.update(a.id, parent_partner_id=b.id))),
            group.create_task(outcome(other.update(b.id, parent_partner_id=a.id))),
        ]
        await until(lambda: gate.waiting == 2)
        gate.open()
    assert sorted(str(move.result()) for move in moves) == ["HIERARCHY_CYCLE", "done"]


async def test_a_partner_that_is_moved_down_while_somebody_is_hung_below_it_makes_no_eleventh_level(
    store: Store, keys: Keys
) -> None:
    gate = Gate(store)
    one, other = Harness(gate, keys), Harness(gate, keys)
    upper, lower = await chain(one, LEVELS - 2), await chain(one, 2)
    gate.shut()
    async with asyncio.TaskGroup() as group:
        moves = [
            group.create_task(outcome(one.update(lower[0].id, parent_partner_id=upper[-1].id))),
            group.create_task(outcome(other.apply(parent=lower[1].id))),
        ]
        await until(lambda: gate.waiting == 2)
        gate.open()
    assert sorted(str(move.result()) for move in moves) == ["HIERARCHY_TOO_DEEP", "done"]


async def test_a_distributor_that_gives_up_while_somebody_is_hung_below_it_is_refused_or_refuses(
    store: Store, keys: Keys
) -> None:
    gate = Gate(store)
    one, other = Harness(gate, keys), Harness(gate, keys)
    top = await one.distributor()
    gate.shut()
    async with asyncio.TaskGroup() as group:
        moves = [
            group.create_task(outcome(one.update(top.id, kind=RESELLER))),
            group.create_task(outcome(other.apply(parent=top.id))),
        ]
        await until(lambda: gate.waiting == 2)
        gate.open()
    assert sorted(str(move.result()) for move in moves) in (["BUYERS_LEFT", "done"], ["PARENT_NOT_DISTRIBUTOR", "done"])


async def test_however_many_replicas_move_partners_at_once_the_hierarchy_stays_a_forest(
    store: Store, keys: Keys
) -> None:
    random = Random(1)
    harnesses = [Harness(store, keys) for _ in range(4)]
    ids = [(await harnesses[0].distributor()).id for _ in range(14)]
    done = 0
    for _ in range(6):
        wanted = [(random.choice(harnesses), random.choice(ids), random.choice(["", *ids])) for _ in range(24)]
        results = await asyncio.gather(
            *(outcome(harness.update(id, parent_partner_id=parent)) for harness, id, parent in wanted)
        )
        done += results.count("done")
        assert set(results) <= {"done", "HIERARCHY_CYCLE", "HIERARCHY_TOO_DEEP", "CONTENDED"}
        assert await deepest(store, ids) <= LEVELS
    assert done > 20


async def test_of_many_who_join_one_distributor_at_once_through_one_process_nobody_has_to_repeat(
    harness: Harness,
) -> None:
    top = await harness.distributor()
    results = await asyncio.gather(*(outcome(harness.apply(parent=top.id)) for _ in range(20)))
    assert results == ["done"] * 20


async def outcome(move: Awaitable[Partner]) -> str:
    """`done`, or the reason of the refusal."""
    try:
        await move
    except (AppError, Contended) as err:
        return err.reason
    return "done"


async def deepest(store: Store, ids: list[str]) -> int:
    """The longest way up; an assertion for one that does not end."""
    parents = {
        id: loaded.value.parent_partner_id for id in ids if (loaded := await get(store, PARTNERS, id)) is not None
    }
    assert len(parents) == len(await everything(store, PARTNERS, {"kind": DISTRIBUTOR}))
    longest = 0
    for start in ids:
        depth, at = 1, start
        while parents[at]:
            depth, at = depth + 1, parents[at]
            assert depth <= len(ids), f"{start} buys from itself"
        longest = max(longest, depth)
    return longest
