"""Random documents in random states over all services: after a handover everything open is the target's, what is
finished or stays is untouched, and the receipts say exactly what was moved."""

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.money import total
from libs.pb.prm.tickets import v1 as tickets_pb
from libs.privacy.keys import Keys
from libs.store.port import Kind
from services.deals.claims.documents import REGISTRATIONS
from services.deals.conflicts.documents import ACCOUNTS
from services.orders.record.documents import ORDERS
from services.orders.record.domain.states import OrderState
from services.partners.handover.domain import HandoverState
from services.partners.record.documents import PARTNERS
from services.tickets.record.documents import TICKETS
from tests.component.deals.harness import a_customer
from tests.component.handover.world import World, opened
from tests.component.orders.harness import goods
from tests.component.tickets.harness import text

OWNED: tuple[tuple[str, Kind[Any]], ...] = (("deals", REGISTRATIONS), ("orders", ORDERS), ("tickets", TICKETS))


class Made(NamedTuple):
    """A document of the model. moves: whether it is open and nothing keeps it."""

    id: str
    leavers: bool
    moves: bool


class Making(NamedTuple):
    """One document to make. late: after the list."""

    sort: str
    leavers: bool
    late: bool


async def _claim(world: World, partner: str, number: int) -> Any:
    return await world.deals.claimed(partner, customer=a_customer(f"Customer {number}"))


async def _withdrawn(world: World, partner: str, number: int) -> Any:
    return await world.deals.withdraw(await _claim(world, partner, number))


async def _approved(world: World, partner: str, number: int) -> Any:
    return await world.deals.approve(await _claim(world, partner, number))


async def _draft(world: World, partner: str, number: int) -> Any:
    return await world.orders.draft(partner=partner, purchase_order_number=f"PO-{number % 2}-{partner}-{number}")


async def _held(world: World, partner: str, number: int) -> Any:
    return await world.orders.submit(await world.orders.draft(goods(50_000), partner=partner))


async def _confirmed(world: World, partner: str, number: int) -> Any:
    return await world.orders.confirmed(partner=partner)


async def _shipped(world: World, partner: str, number: int) -> Any:
    order = await _confirmed(world, partner, number)
    await world.orders.ship(order)
    return order


async def _canceled(world: World, partner: str, number: int) -> Any:
    return await world.orders.cancel(await _confirmed(world, partner, number))


async def _filed(world: World, partner: str, number: int) -> Any:
    return await world.tickets.file(partner_id=partner)


async def _resolved(world: World, partner: str, number: int) -> Any:
    ticket = await _filed(world, partner, number)
    await world.tickets.call(tickets_pb.AssignTicketRequest(id=ticket.id, assignee="auth0|agent"))
    asked = tickets_pb.ResolveTicketRequest(id=ticket.id, resolution_code="DONE", resolution_note=text("Done"))
    await world.tickets.call(asked)
    return ticket


async def _closed(world: World, partner: str, number: int) -> Any:
    ticket = await _filed(world, partner, number)
    closing = tickets_pb.CloseTicketRequest(id=ticket.id, close_code=tickets_pb.CLOSE_CODE_CANCELED)
    await world.tickets.call(closing)
    return ticket


async def _buyer(world: World, partner: str, number: int) -> Any:
    return await world.partners.apply(parent=partner, legal_name=f"Buyer {number}")


SORTS: dict[str, tuple[Callable[[World, str, int], Awaitable[Any]], bool]] = {
    "claim": (_claim, True),
    "approved claim": (_approved, True),
    "withdrawn claim": (_withdrawn, False),
    "draft order": (_draft, True),
    "held order": (_held, True),
    "confirmed order": (_confirmed, True),
    "shipped order": (_shipped, False),
    "canceled order": (_canceled, False),
    "ticket": (_filed, True),
    "resolved ticket": (_resolved, True),
    "closed ticket": (_closed, False),
    "buyer": (_buyer, True),
}
MAKINGS = st.lists(
    st.builds(Making, st.sampled_from(sorted(SORTS)), st.sampled_from((True, True, False)), st.booleans()),
    min_size=6,
    max_size=14,
)
DOWN = st.sampled_from(("", "deals", "orders", "tickets"))


@pytest.mark.thorough
@settings(max_examples=5)
@given(makings=MAKINGS, down=DOWN)
async def test_everything_open_moves_once_and_nothing_else_does(keys: Keys, makings: list[Making], down: str) -> None:
    with TemporaryDirectory() as folder:
        async with AsyncExitStack() as stack:
            world = await opened(stack, Path(folder), keys)
            await _play(world, makings, down)


async def _play(world: World, makings: list[Making], down: str) -> None:
    made = [await _make(world, one, number) for number, one in enumerate(makings) if not one.late]
    await world.arrive()
    handover = await world.open()
    made += [await _make(world, one, number) for number, one in enumerate(makings) if one.late]
    waiting = await world.confirm(handover, down=down)
    assert waiting.missing_services == ((down,) if down else ())
    await world.arrive()
    await world.work()
    before = await _versions(world)
    world.later(minutes=11)
    await world.work()
    assert await _versions(world) == before
    done = await world.handover(handover)
    assert done.state is HandoverState.COMPLETED
    moved = {one.id for one in made if one.leavers and one.moves}
    assert await world.moved(done) == moved
    owners = await _owners(world)
    for one in made:
        expected = world.leaver.id if one.leavers and one.id not in moved else world.target.id
        assert owners[one.id] == expected
    await _assert_sums(world)


async def _make(world: World, one: Making, number: int) -> Made:
    make, moves = SORTS[one.sort]
    partner = world.leaver.id if one.leavers else world.target.id
    return Made((await make(world, partner, number)).id, one.leavers, moves)


async def _owners(world: World) -> dict[str, str]:
    found: dict[str, str] = {}
    for service, kind in OWNED:
        rows: dict[str, Any] = await world.rows(service, kind)
        found |= {id: row.partner_id for id, row in rows.items()}
    partners: dict[str, Any] = await world.rows("partners", PARTNERS)
    return found | {id: row.parent_partner_id for id, row in partners.items() if row.parent_partner_id}


async def _versions(world: World) -> dict[str, int]:
    found: dict[str, int] = {}
    kinds: tuple[tuple[str, Kind[Any]], ...] = (*OWNED, ("partners", PARTNERS))
    for service, kind in kinds:
        found |= {id: row.version for id, row in (await world.rows(service, kind)).items()}
    return found


async def _assert_sums(world: World) -> None:
    """The credit accounts and the numbers of claims are what the documents add up to."""
    orders: dict[str, Any] = await world.rows("orders", ORDERS)
    claims: dict[str, Any] = await world.rows("deals", REGISTRATIONS)
    accounts: dict[str, Any] = await world.rows("deals", ACCOUNTS)
    for partner in (world.leaver.id, world.target.id):
        standing = {OrderState.CONFIRMED, OrderState.IN_FULFILLMENT}
        uses = [one.not_invoiced for one in orders.values() if one.partner_id == partner and one.state in standing]
        assert (await world.orders.account(partner=partner)).open_orders == total(uses, "EUR")
        counted = [one for one in claims.values() if one.partner_id == partner and one.review.name != "WITHDRAWN"]
        assert (accounts[partner].open_claims if partner in accounts else 0) == len(counted)
