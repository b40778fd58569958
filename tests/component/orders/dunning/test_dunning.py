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
from tests.component.orders.harness import TODAY, Harness, eur, goods
from tests.component.orders.migration.test_migration import FIRST, INVOICED, a_row, take
from tests.component.replica import HERE, body_of

DISPUTED = DunningBlockReason.DISPUTED


async def an_invoice(harness: Harness, price: str = "100") -> Invoice:
    """Of ten routers, due today."""
    order = await harness.confirmed(goods(price=price))
    await harness.ship(order)
    invoice = await harness.invoice(order, due_date=harness.today)
    harness.names()
    return invoice


async def sweep(harness: Harness) -> list[str]:
    """What the jobs tell of when they run now."""
    await fall_overdue(harness.env)
    await end_dunning_blocks(harness.env)
    await dun(harness.env)
    return harness.names()


async def after(harness: Harness, *days: int) -> list[list[str]]:
    """What the jobs tell of on the days that are so many days after the first."""
    told = []
    for day in days:
        harness.days((TODAY - harness.today).days + day)
        told.append(await sweep(harness))
    return told


async def block(harness: Harness, invoice: Invoice, until: int | None = None, **fields: Any) -> Invoice:
    """Stop the dunning until so many days after the first."""
    day = None if until is None else TODAY + timedelta(days=until)
    content = {"reason": DISPUTED, "until": day, **fields}
    return await harness.run(set_dunning_block, SetDunningBlock, invoice_id=invoice.id, **content)


async def lift(harness: Harness, invoice: Invoice, **fields: Any) -> Invoice:
    """Let it be dunned again."""
    return await harness.run(lift_dunning_block, LiftDunningBlock, invoice_id=invoice.id, **fields)


async def test_each_step_is_taken_once_on_its_day(harness: Harness) -> None:
    await an_invoice(harness)
    told = await after(harness, 0, 1, 6, 7, 7, 20, 21, 34, 35, 36, 400)
    once = ["InvoiceDunned"]
    assert told == [[], ["InvoiceFellOverdue"], [], once, [], [], once, [], once, [], []]


async def test_the_event_says_what_a_letter_needs(harness: Harness) -> None:
    invoice = await an_invoice(harness)
    await after(harness, 7)
    await harness.pay(invoice, "400")
    harness.days(14)
    await dun(harness.env)
    now = await harness.value(INVOICES, invoice.id)
    assert (now.dunning_level, now.dunning_time) == (2, harness.clock.now())
    told: Any = body_of(harness.told[-1])
    assert (harness.told[-1].about, harness.told[-1].version) == (invoice.id, now.version)
    assert (told.invoice_id, told.number, told.open.units) == (invoice.id, invoice.number, 600)
    assert (told.dunning_level, told.final_notice) == (2, False)
    harness.days(14)
    await dun(harness.env)
    told = body_of(harness.told[-1])
    assert (told.dunning_level, told.final_notice) == (3, True)


async def test_a_day_begins_where_the_cell_is(harness: Harness) -> None:
    invoice = await an_invoice(harness)
    midnight = datetime(TODAY.year, TODAY.month, TODAY.day, tzinfo=ZoneInfo(HERE.time_zone)) + timedelta(days=7)
    harness.clock.advance(midnight - harness.clock.now() - timedelta(seconds=1))
    assert await sweep(harness) == ["InvoiceFellOverdue"]
    harness.clock.advance(timedelta(seconds=1))
    assert await sweep(harness) == ["InvoiceDunned"]
    assert (await harness.value(INVOICES, invoice.id)).dunning_level == 1


async def test_who_is_dunned_late_has_as_many_days_until_the_next_step(harness: Harness) -> None:
    await an_invoice(harness)
    told = await after(harness, 50, 50, 63, 64, 77, 78, 78)
    once = ["InvoiceDunned"]
    assert told == [["InvoiceFellOverdue", *once], [], [], once, [], once, []]


async def test_replicas_take_a_step_once(harness: Harness, store: Store, keys: Keys) -> None:
    other = Harness(store, keys)
    for _ in range(5):
        await an_invoice(harness)
    for one in (harness, other):
        one.days(40)
    assert await fall_overdue(harness.env) == 5
    moved = [await dun(harness.env), await dun(other.env)]
    assert moved == [5, 0]


@pytest.mark.parametrize("settle", ["pay", "credit"])
async def test_what_is_settled_is_dunned_no_more(harness: Harness, settle: str) -> None:
    invoice = await an_invoice(harness)
    await after(harness, 7)
    await block(harness, invoice)
    await (harness.pay(invoice, "1000") if settle == "pay" else harness.credit(invoice))
    harness.names()
    assert await after(harness, 21, 400) == [[], []]
    now = await harness.value(INVOICES, invoice.id)
    assert (now.dunning_level, now.dunning_block) == (1, None)
    with pytest.raises(WrongState):
        await block(harness, invoice)
    with pytest.raises(DunningNotBlocked):
        await lift(harness, invoice)


async def test_a_blocked_invoice_is_overdue_and_not_dunned_until_the_block_is_lifted(harness: Harness) -> None:
    invoice = await an_invoice(harness)
    blocked = await block(harness, invoice)
    assert (blocked.dunning_block, harness.names()) == (DunningBlock(reason=DISPUTED), ["InvoiceDunningBlocked"])
    assert await after(harness, 1, 100) == [["InvoiceFellOverdue"], []]
    with pytest.raises(EtagMismatch):
        await lift(harness, invoice, etag="1")
    assert ((await lift(harness, invoice)).dunning_block, harness.names()) == (None, ["InvoiceDunningBlockEnded"])
    assert await after(harness, 100, 101, 114) == [["InvoiceDunned"], [], ["InvoiceDunned"]]


async def test_a_block_ends_on_the_day_after_its_last_one(harness: Harness) -> None:
    invoice = await an_invoice(harness)
    with pytest.raises(InvalidInput, match="until: is before today"):
        await block(harness, invoice, -1)
    await block(harness, invoice, 3, reason=DunningBlockReason.LEGAL)
    await block(harness, invoice, 10)
    harness.names()
    assert await after(harness, 10, 11) == [["InvoiceFellOverdue"], ["InvoiceDunningBlockEnded", "InvoiceDunned"]]
    assert (await harness.value(INVOICES, invoice.id)).dunning_block is None


async def test_what_was_overdue_when_it_was_imported_is_dunned_once_somebody_lifts_the_block(harness: Harness) -> None:
    await take(harness, a_row(**INVOICED))
    await take(harness, a_row("SO2", invoice_number="R2", invoice_date=FIRST, paid_date=FIRST))
    later = await take(harness, a_row("SO3", invoice_number="R3", invoice_date=FIRST, invoice_due_date=TODAY))
    harness.names()
    assert await after(harness, 1, 7) == [["InvoiceFellOverdue"], ["InvoiceDunned"]]
    invoices = {one.number: one for one in await everything(harness.env.store, INVOICES, {})}
    imported = DunningBlock(reason=DunningBlockReason.IMPORTED)
    assert [invoices[number].dunning_block for number in ("R1", "R2", "R3")] == [imported, None, None]
    assert [invoices[number].dunning_level for number in ("R1", "R2", "R3")] == [0, 0, 1]
    assert invoices["R3"].order_id == later.id
    await lift(harness, invoices["R1"])
    harness.names()
    assert await after(harness, 7, 8) == [["InvoiceDunned"], []]


async def test_another_policy_holds_for_the_steps_that_follow(harness: Harness) -> None:
    def days(*past_due: int) -> None:
        policy = Policy(dunning=DunningPolicy(days_past_due=past_due))
        harness.env.settings = replace(harness.env.settings, policy=policy)

    await an_invoice(harness)
    days()
    assert await after(harness, 7) == [["InvoiceFellOverdue"]]
    days(7, 21)
    assert await after(harness, 8) == [["InvoiceDunned"]]
    days(1, 4, 10)
    assert await after(harness, 8, 11) == [["InvoiceDunned"], []]
    days(1)
    assert await after(harness, 400) == [[]]


async def test_aging_tells_how_far_what_is_overdue_was_dunned(harness: Harness) -> None:
    for price in ("1", "2", "3"):
        await an_invoice(harness, price)
    disputed, paid = await an_invoice(harness, "4"), await an_invoice(harness, "5")
    await after(harness, 7)
    await block(harness, disputed)
    await harness.pay(paid, "20")
    await an_invoice(harness, "6")
    await after(harness, 21)
    await an_invoice(harness, "7")
    (row,) = (await harness.look(get_aging, GetAging)).rows
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
