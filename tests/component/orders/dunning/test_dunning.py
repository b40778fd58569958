"""Overdue invoices are dunned step by step, on the day, unless they are settled or somebody blocks that."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from libs.config import ConfigError, read
from libs.errors import EtagMismatch, InvalidInput, WrongState
from libs.privacy.keys import Keys
from libs.store.listing import everything
from libs.store.port import Store
from services.orders.billing.documents import INVOICES
from services.orders.billing.domain.aging import DunningRow
from services.orders.billing.domain.invoice import DunningBlock, Invoice
from services.orders.billing.domain.states import DunningBlockReason
from services.orders.billing.usecases.aging import GetAging, get_aging
from services.orders.dunning.domain import DunningNotBlocked
from services.orders.dunning.jobs import dun, end_dunning_blocks, fall_overdue
from services.orders.dunning.usecases import LiftDunningBlock, SetDunningBlock, lift_dunning_block, set_dunning_block
from services.orders.settings import DunningPolicy, Policy
from tests.component.orders.desk import TODAY, Desk, eur, goods
from tests.component.orders.migration.test_migration import FIRST, INVOICED, a_row, take
from tests.component.replica import HERE, body_of

DISPUTED = DunningBlockReason.DISPUTED


async def an_invoice(desk: Desk, price: str = "100") -> Invoice:
    """Of ten routers, due today."""
    order = await desk.confirmed(goods(price=price))
    await desk.ship(order)
    invoice = await desk.invoice(order, due_date=desk.today)
    desk.events()
    return invoice


async def sweep(desk: Desk) -> list[str]:
    """What the jobs tell of when they run now."""
    await fall_overdue(desk.env)
    await end_dunning_blocks(desk.env)
    await dun(desk.env)
    return desk.events()


async def after(desk: Desk, *days: int) -> list[list[str]]:
    """What the jobs tell of on the days that are so many days after the first."""
    told = []
    for day in days:
        desk.days((TODAY - desk.today).days + day)
        told.append(await sweep(desk))
    return told


async def block(desk: Desk, invoice: Invoice, until: int | None = None, **fields: Any) -> Invoice:
    """Stop the dunning until so many days after the first."""
    day = None if until is None else TODAY + timedelta(days=until)
    content = {"reason": DISPUTED, "until": day, **fields}
    return await desk.run(set_dunning_block, SetDunningBlock, invoice_id=invoice.id, **content)


async def lift(desk: Desk, invoice: Invoice, **fields: Any) -> Invoice:
    """Let it be dunned again."""
    return await desk.run(lift_dunning_block, LiftDunningBlock, invoice_id=invoice.id, **fields)


async def test_each_step_is_taken_once_on_its_day(desk: Desk) -> None:
    await an_invoice(desk)
    told = await after(desk, 0, 1, 6, 7, 7, 20, 21, 34, 35, 36, 400)
    once = ["InvoiceDunned"]
    assert told == [[], ["InvoiceFellOverdue"], [], once, [], [], once, [], once, [], []]


async def test_the_event_says_what_a_letter_needs(desk: Desk) -> None:
    invoice = await an_invoice(desk)
    await after(desk, 7)
    await desk.pay(invoice, "400")
    desk.days(14)
    await dun(desk.env)
    now = await desk.value(INVOICES, invoice.id)
    assert (now.dunning_level, now.dunning_time) == (2, desk.clock.now())
    told: Any = body_of(desk.told[-1])
    assert (desk.told[-1].about, desk.told[-1].version) == (invoice.id, now.version)
    assert (told.invoice_id, told.number, told.open.units) == (invoice.id, invoice.number, 600)
    assert (told.dunning_level, told.final_notice) == (2, False)
    desk.days(14)
    await dun(desk.env)
    told = body_of(desk.told[-1])
    assert (told.dunning_level, told.final_notice) == (3, True)


async def test_a_day_begins_where_the_cell_is(desk: Desk) -> None:
    invoice = await an_invoice(desk)
    midnight = datetime(TODAY.year, TODAY.month, TODAY.day, tzinfo=ZoneInfo(HERE.time_zone)) + timedelta(days=7)
    desk.clock.advance(midnight - desk.clock.now() - timedelta(seconds=1))
    assert await sweep(desk) == ["InvoiceFellOverdue"]
    desk.clock.advance(timedelta(seconds=1))
    assert await sweep(desk) == ["InvoiceDunned"]
    assert (await desk.value(INVOICES, invoice.id)).dunning_level == 1


async def test_who_is_dunned_late_has_as_many_days_until_the_next_step(desk: Desk) -> None:
    await an_invoice(desk)
    told = await after(desk, 50, 50, 63, 64, 77, 78, 78)
    once = ["InvoiceDunned"]
    assert told == [["InvoiceFellOverdue", *once], [], [], once, [], once, []]


async def test_replicas_take_a_step_once(desk: Desk, store: Store, keys: Keys) -> None:
    other = Desk(store, keys)
    for _ in range(5):
        await an_invoice(desk)
    for one in (desk, other):
        one.days(40)
    assert await fall_overdue(desk.env) == 5
    moved = [await dun(desk.env), await dun(other.env)]
    assert moved == [5, 0]


@pytest.mark.parametrize("settle", ["pay", "credit"])
async def test_what_is_settled_is_dunned_no_more(desk: Desk, settle: str) -> None:
    invoice = await an_invoice(desk)
    await after(desk, 7)
    await block(desk, invoice)
    await (desk.pay(invoice, "1000") if settle == "pay" else desk.credit(invoice))
    desk.events()
    assert await after(desk, 21, 400) == [[], []]
    now = await desk.value(INVOICES, invoice.id)
    assert (now.dunning_level, now.dunning_block) == (1, None)
    with pytest.raises(WrongState):
        await block(desk, invoice)
    with pytest.raises(DunningNotBlocked):
        await lift(desk, invoice)


async def test_a_blocked_invoice_is_overdue_and_not_dunned_until_the_block_is_lifted(desk: Desk) -> None:
    invoice = await an_invoice(desk)
    blocked = await block(desk, invoice)
    assert (blocked.dunning_block, desk.events()) == (DunningBlock(reason=DISPUTED), ["InvoiceDunningBlocked"])
    assert await after(desk, 1, 100) == [["InvoiceFellOverdue"], []]
    with pytest.raises(EtagMismatch):
        await lift(desk, invoice, etag="1")
    assert ((await lift(desk, invoice)).dunning_block, desk.events()) == (None, ["InvoiceDunningBlockEnded"])
    assert await after(desk, 100, 101, 114) == [["InvoiceDunned"], [], ["InvoiceDunned"]]


async def test_a_block_ends_on_the_day_after_its_last_one(desk: Desk) -> None:
    invoice = await an_invoice(desk)
    with pytest.raises(InvalidInput, match="until: is before today"):
        await block(desk, invoice, -1)
    await block(desk, invoice, 3, reason=DunningBlockReason.LEGAL)
    await block(desk, invoice, 10)
    desk.events()
    assert await after(desk, 10, 11) == [["InvoiceFellOverdue"], ["InvoiceDunningBlockEnded", "InvoiceDunned"]]
    assert (await desk.value(INVOICES, invoice.id)).dunning_block is None


async def test_what_was_overdue_when_it_was_imported_is_dunned_once_somebody_lifts_the_block(desk: Desk) -> None:
    await take(desk, a_row(**INVOICED))
    await take(desk, a_row("SO2", invoice_number="R2", invoice_date=FIRST, paid_date=FIRST))
    later = await take(desk, a_row("SO3", invoice_number="R3", invoice_date=FIRST, invoice_due_date=TODAY))
    desk.events()
    assert await after(desk, 1, 7) == [["InvoiceFellOverdue"], ["InvoiceDunned"]]
    invoices = {one.number: one for one in await everything(desk.env.store, INVOICES, {})}
    imported = DunningBlock(reason=DunningBlockReason.IMPORTED)
    assert [invoices[number].dunning_block for number in ("R1", "R2", "R3")] == [imported, None, None]
    assert [invoices[number].dunning_level for number in ("R1", "R2", "R3")] == [0, 0, 1]
    assert invoices["R3"].order_id == later.id
    await lift(desk, invoices["R1"])
    desk.events()
    assert await after(desk, 7, 8) == [["InvoiceDunned"], []]


async def test_another_policy_holds_for_the_steps_that_follow(desk: Desk) -> None:
    def days(*past_due: int) -> None:
        policy = Policy(dunning=DunningPolicy(days_past_due=past_due))
        desk.env.settings = replace(desk.env.settings, policy=policy)

    await an_invoice(desk)
    days()
    assert await after(desk, 7) == [["InvoiceFellOverdue"]]
    days(7, 21)
    assert await after(desk, 8) == [["InvoiceDunned"]]
    days(1, 4, 10)
    assert await after(desk, 8, 11) == [["InvoiceDunned"], []]
    days(1)
    assert await after(desk, 400) == [[]]


async def test_aging_tells_how_far_what_is_overdue_was_dunned(desk: Desk) -> None:
    for price in ("1", "2", "3"):
        await an_invoice(desk, price)
    disputed, paid = await an_invoice(desk, "4"), await an_invoice(desk, "5")
    await after(desk, 7)
    await block(desk, disputed)
    await desk.pay(paid, "20")
    await an_invoice(desk, "6")
    await after(desk, 21)
    await an_invoice(desk, "7")
    (row,) = (await desk.look(get_aging, GetAging)).rows
    assert (row.total, row.invoice_count) == (eur("260"), 7)
    assert row.dunning == (
        DunningRow(dunning_level=1, open=eur("100"), invoice_count=2, blocked_count=1),
        DunningRow(dunning_level=2, open=eur("90"), invoice_count=4),
    )


def test_steps_are_checked_at_the_start() -> None:
    def found(text: str) -> DunningPolicy:
        return read(Policy, prefix="PRM_ORDERS_", environ={"PRM_ORDERS_DUNNING": text}).dunning

    assert found("").days_past_due == (7, 21, 35)
    assert found('{"days_past_due": [3, 10]}').days_past_due == (3, 10)
    assert found('{"days_past_due": []}').days_past_due == ()
    for wrong in ("[7, 7]", "[21, 7]", "[0, 7]", "[1001]", "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]", "7", '["x"]'):
        with pytest.raises(ConfigError, match="PRM_ORDERS_DUNNING"):
            found(f'{{"days_past_due": {wrong}}}')
    with pytest.raises(ConfigError, match="PRM_ORDERS_DUNNING"):
        found('{"days": [1]}')
