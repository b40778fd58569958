"""Stock of a partner on a real store: what we ship and take back, what it reports, what that leaves."""

import asyncio
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest

from libs.errors import InvalidInput, NotYetKnown
from services.orders.stock import usecases
from services.orders.stock.documents import POSITIONS, REVISIONS
from services.orders.stock.domain.ledger import DiscrepancyKind
from services.orders.stock.domain.movement import Movement, MovementKind
from services.orders.stock.domain.position import Stock, StockFlag, position_id
from tests.builders import an_id
from tests.component.orders.harness import PARTNER, Harness, goods
from tests.unit.orders.stock import oracle

SKU = "RTR-1"
OTHER = an_id("ptn", 2)
SOLD, LOST, COUNT = MovementKind.SELL_THROUGH, MovementKind.LOSS, MovementKind.COUNT


async def report(
    harness: Harness, kind: MovementKind, quantity: int, *serials: str, ago: int = 0, **fields: Any
) -> Movement:
    content = {"partner_id": PARTNER, "sku": SKU, "date": harness.today - timedelta(days=ago), **fields}
    return await harness.run(
        usecases.report_stock, usecases.ReportStock, kind=kind, quantity=quantity, serials=serials, **content
    )


async def follow(harness: Harness) -> None:
    """What the consumers do with the events so far."""
    for name, _, body in harness.events():
        one: Any = body
        if name == "ShipmentRecorded":
            await harness.look(usecases.record_shipment, usecases.RecordMovements, id=one.shipment_id)
        if name == "ReturnReceived":
            await harness.look(usecases.record_return, usecases.RecordMovements, id=one.return_id)


async def explain(harness: Harness, partner: str = PARTNER) -> usecases.Explained:
    return await harness.look(usecases.explain_stock, usecases.ExplainStock, partner_id=partner, sku=SKU)


async def listed(harness: Harness, **filters: Any) -> list[Stock]:
    found, _ = await harness.look(usecases.list_stock, usecases.ListStock, **filters)
    return found


async def test_what_we_ship_comes_and_what_is_sold_or_returned_leaves(harness: Harness) -> None:
    await harness.partner()
    order = await harness.confirmed()
    await harness.ship(order, 3, "S1", "S2", "S3")
    await follow(harness)
    harness.days(1)
    await report(harness, SOLD, 1, "S1")
    for serial in ("S1", "S2"):  # the first comes from its buyer
        await harness.receive(await harness.authorize(order, 1, serial), 1, serial)
    await follow(harness)
    found = await explain(harness)
    stock = found.stock.position
    assert (found.stock.on_hand, stock.received, stock.sold, stock.returned) == (1, 3, 1, 1)
    assert [one.kind.value for one in found.movements] == ["RETURN", "RETURN", "SELL_THROUGH", "SELL_IN"]
    assert found.discrepancies == ()


async def test_a_shipment_that_is_told_twice_counts_once(harness: Harness) -> None:
    await harness.partner()
    shipment = await harness.ship(await harness.confirmed(goods(10), goods(4)), 10)
    for _ in range(2):
        await harness.look(usecases.record_shipment, usecases.RecordMovements, id=shipment.id)
    assert (await explain(harness)).stock.on_hand == 10


async def test_a_correction_is_a_revision_and_the_same_report_changes_nothing(harness: Harness) -> None:
    await harness.partner()
    await report(harness, COUNT, 20, ago=9)
    first = await report(harness, SOLD, 8)
    assert (await report(harness, SOLD, 8)).version == first.version == 1
    second = await report(harness, SOLD, 5)
    assert (second.id, second.revision, (await explain(harness)).stock.on_hand) == (first.id, 2, 15)
    kept = [(await harness.value(REVISIONS, f"{first.id}:{revision}")).content.quantity for revision in (1, 2)]
    assert kept == [8, 5]
    assert [version for _, version, _ in harness.events()] == [1, 1, 2]


async def test_what_cannot_be_is_accepted_and_shown(harness: Harness) -> None:
    await harness.partner()
    await report(harness, COUNT, 5, ago=9)
    sold = await report(harness, SOLD, 8)
    found = await explain(harness)
    assert (found.stock.on_hand, found.stock.position.balance) == (0, -3)
    [one] = found.discrepancies
    assert (one.kind, one.quantity, one.movement_id) == (DiscrepancyKind.MORE_LEFT_THAN_CAME, 3, sold.id)
    assert [one.position.partner_id for one in await listed(harness, flag=StockFlag.DISCREPANT)] == [PARTNER]


async def test_evidence_is_bounded_by_its_serials_too(harness: Harness) -> None:
    await harness.partner()
    serials = [f"S{number}" for number in range(1_000)]
    for ago in range(12):
        await report(harness, COUNT, 1_000, *serials, ago=ago)
    found = await explain(harness)
    assert (len(found.movements), found.movements_left_off) == (10, 2)


async def test_the_position_is_that_of_the_oracle_in_whatever_order_reports_come(harness: Harness) -> None:
    await harness.partner()
    random, known = Random(11), dict[str, oracle.Move]()
    for _ in range(60):
        kind, ago, quantity = random.choice([SOLD, LOST, COUNT]), random.randint(0, 8), random.randint(0, 30)
        serials = tuple(random.sample(["s1", "s2", "s3"], random.randint(1, 3))) if random.random() < 0.3 else ()
        made = await report(harness, kind, len(serials) or quantity, *serials, ago=ago)
        known[made.id] = oracle.Move(kind.value, -ago, made.id, made.quantity, serials)
    found = await explain(harness)
    moves = list(known.values())
    assert found.stock.position.balance == oracle.balance(moves)
    assert len(found.discrepancies) == sum(oracle.discrepancies(moves).values())
    assert await harness.value(POSITIONS, position_id(PARTNER, SKU)) == found.stock.position


@pytest.mark.parametrize(
    ("fields", "reasons"),
    [
        ({"date": date(1960, 1, 1)}, ["OUT_OF_RANGE"]),
        ({"date": date(2100, 1, 1)}, ["IN_THE_FUTURE"]),
        ({"serials": ("a", "a", "b")}, ["SERIALS_INCOMPLETE", "DUPLICATE_SERIAL"]),
    ],
)
async def test_a_wrong_report_is_refused_with_all_that_is_wrong(
    harness: Harness, fields: dict[str, Any], reasons: list[str]
) -> None:
    await harness.partner()
    content = {"partner_id": PARTNER, "sku": SKU, "date": harness.today, "kind": SOLD, "quantity": 2, **fields}
    with pytest.raises(InvalidInput) as refused:
        await harness.run(usecases.report_stock, usecases.ReportStock, **content)
    assert [one.reason for one in refused.value.violations] == reasons
    with pytest.raises(NotYetKnown):
        await report(harness, SOLD, 1, partner_id=OTHER)


async def test_who_runs_out_gets_what_a_neighbour_has_too_much_of(harness: Harness) -> None:
    for partner, count in ((PARTNER, 30), (OTHER, 900)):
        await harness.partner(id=partner)
        await report(harness, COUNT, count, ago=30, partner_id=partner)
        await report(harness, SOLD, 29, ago=1, partner_id=partner)
    assert [one.flags for one in await listed(harness)] == [(StockFlag.RUNNING_OUT,), (StockFlag.OVERSTOCK,)]
    [one] = await harness.look(usecases.propose_stock, usecases.ProposeStock, sku=SKU)
    assert (one.partner_id, one.from_partner_id, one.quantity) == (PARTNER, OTHER, 43)
    assert one.by_date == harness.today


async def test_reports_that_come_at_once_all_count(harness: Harness) -> None:
    """A file of a partner is imported row by row, several at a time; they are of one article."""
    found = await asyncio.gather(*(report(harness, SOLD, 1, ago=ago) for ago in range(8)), return_exceptions=True)
    assert [one for one in found if isinstance(one, BaseException)] == []
    assert (await explain(harness)).stock.position.sold == 8
