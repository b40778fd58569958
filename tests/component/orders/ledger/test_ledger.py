"""The ledger of a service: from its own events to entries, statements, closed periods and a replay."""

from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from libs.errors import InvalidInput, NotFound
from libs.exchange import Quote
from libs.handover.rows import Leaving, MoveRow
from libs.money import Money
from libs.store.port import get
from services.orders.balance.usecases.reversals import ReversePayment, reverse_payment
from services.orders.billing.domain.credit_note import CreditLine
from services.orders.billing.domain.invoice import Invoice
from services.orders.billing.domain.states import PaymentReversalReason
from services.orders.handover.usecases import hand_over_order
from services.orders.incentives.domain.plan import Band, Beneficiaries, BeneficiaryKind, PlanBasis
from services.orders.ledger import wire
from services.orders.ledger.documents import ACCOUNTS, BOOKS, SALE_RECORDS
from services.orders.ledger.domain.crediting import SalesShare
from services.orders.ledger.domain.entry import EntryKind
from services.orders.ledger.domain.rating import StepKind
from services.orders.ledger.domain.words import sentences
from services.orders.ledger.jobs import count_sales
from services.orders.ledger.usecases.booking import ClosePeriod, Replay, close_period, replay
from services.orders.ledger.usecases.counting import SetSalesShares, set_sales_shares
from services.orders.ledger.usecases.lookups import GetIncentiveStatement, get_incentive_statement
from services.orders.ledger.usecases.simulation import SimulateIncentivePlan, simulate_plan
from services.orders.rates.usecases import PutRates, put_rates
from services.orders.record.domain.order import Order
from tests.builders import an_id
from tests.component.orders.harness import PARTNER, Harness, eur, goods
from tests.component.orders.ledger.books import ACCOUNT, TEN_PERCENT, deliver, entries, last_day, published, work

EUR = 10**8
DOLLARS = (replace(TEN_PERCENT, bands=(Band(from_amount=Money.of("0", "USD"), basis_points=1_000),)),)


async def invoiced(harness: Harness) -> tuple[Order, Invoice]:
    """Ten routers at 100 euros, shipped and invoiced, and known to the ledger."""
    order = await harness.confirmed(goods())
    await harness.ship(order)
    invoice = await harness.invoice(order)
    await deliver(harness)
    await work(harness)
    return order, invoice


async def amounts(harness: Harness, account_id: str = ACCOUNT) -> list[tuple[EntryKind, int]]:
    """The kinds and amounts of the entries, in whole cents."""
    return [(one.kind, one.amount * 100 // EUR) for one in await entries(harness, account_id)]


async def test_an_invoice_earns_and_a_credit_note_takes_back(harness: Harness) -> None:
    await published(harness)
    _, invoice = await invoiced(harness)
    await harness.credit(invoice, CreditLine(line_number=1, quantity=3))
    await deliver(harness, seed=1)
    await work(harness)
    assert await amounts(harness) == [(EntryKind.ACCRUE, 100_00), (EntryKind.CLAWBACK, -30_00)]
    sold, back = await entries(harness)
    assert back.reverses == sold.id
    assert sentences(sold) == (
        "The line is 1000.00 EUR net of tax and freight.",
        "The beneficiary has 100.00 % of it: 1000.00 EUR.",
        "1000.00 EUR lie in band 1: 10.00 % are 100.00 EUR.",
        "Earned: 100.00 EUR.",
    )


async def test_events_that_come_again_change_nothing(harness: Harness) -> None:
    """The order is counted again from its documents, and the entries are there already."""
    await published(harness)
    order, _ = await invoiced(harness)
    before = await entries(harness)
    for seed in range(3):
        harness.told = []
        await harness.run(set_sales_shares, SetSalesShares, order_id=order.id, shares=())
        await deliver(harness, seed=seed)
        await work(harness)
    assert await entries(harness) == before


async def test_a_closed_period_stays_and_what_follows_is_an_adjustment(harness: Harness) -> None:
    await published(harness)
    _, invoice = await invoiced(harness)
    march = last_day(harness.today)
    harness.days(40)
    await harness.run(close_period, ClosePeriod, plan_code="VOLUME", last_day=march)
    closed = await entries(harness)
    period = march.replace(day=1)
    await harness.credit(invoice, CreditLine(line_number=1, quantity=10), issue_date=march)
    await deliver(harness)
    await work(harness)
    found = await harness.look(get_incentive_statement, GetIncentiveStatement, account_id=ACCOUNT, period=period)
    assert (found.closed, found.figures.closing, found.figures.payable) == (True, 100 * EUR, eur("100"))
    assert (await entries(harness))[: len(closed)] == closed
    following = march + timedelta(days=1)
    after = await harness.look(get_incentive_statement, GetIncentiveStatement, account_id=ACCOUNT, period=following)
    assert (after.figures.opening, after.figures.adjusted, after.figures.closing) == (100 * EUR, -100 * EUR, 0)
    assert not after.closed


async def test_only_a_whole_period_that_is_over_is_closed(harness: Harness) -> None:
    await published(harness)
    for day, reason in ((harness.today, "OUT_OF_RANGE"), (last_day(harness.today), "IN_THE_FUTURE")):
        with pytest.raises(InvalidInput) as refused:
            await harness.run(close_period, ClosePeriod, plan_code="VOLUME", last_day=day)
        assert reason in [one.reason for one in refused.value.violations]


async def test_a_statement_is_of_a_whole_period(harness: Harness) -> None:
    await published(harness)
    await invoiced(harness)
    second = last_day(harness.today).replace(day=2)
    with pytest.raises(InvalidInput) as refused:
        await harness.look(get_incentive_statement, GetIncentiveStatement, account_id=ACCOUNT, period=second)
    assert [one.field for one in refused.value.violations] == ["period"]


async def test_a_code_without_a_published_version_is_neither_closed_nor_replayed(harness: Harness) -> None:
    with pytest.raises(NotFound):
        await harness.run(close_period, ClosePeriod, plan_code="VOLUM", last_day=date(2026, 3, 31))
    with pytest.raises(NotFound):
        await harness.look(replay, Replay, plan_code="VOLUM")


async def test_a_sale_is_split_among_persons_of_a_role(harness: Harness) -> None:
    """Thirds of a sale at ten percent; the parts add up to what one person would have."""
    await published(
        harness,
        code="REPS",
        beneficiaries=Beneficiaries(kind=BeneficiaryKind.PERSON, role="rep"),
        basis=PlanBasis.ORDERED,
    )
    order = await harness.confirmed(goods(1, "100"))
    shares = tuple(
        SalesShare(kind=BeneficiaryKind.PERSON, role="rep", beneficiary_id=who, country="DE", basis_points=points)
        for who, points in (("p1", 3_334), ("p2", 3_333), ("p3", 3_333))
    )
    await harness.run(set_sales_shares, SetSalesShares, order_id=order.id, shares=shares)
    await work(harness)
    found = [one.amount for who in ("p1", "p2", "p3") for one in await entries(harness, f"REPS:PERSON:{who}")]
    assert found == [3_3340_0000, 3_3330_0000, 3_3330_0000]
    with pytest.raises(InvalidInput):
        await harness.run(set_sales_shares, SetSalesShares, order_id=order.id, shares=shares[:2])


async def test_an_order_without_a_rate_waits_for_it(harness: Harness) -> None:
    """Euros are converted with the rate of the day; it stays as it was pinned when the rate is corrected."""
    await rates(harness, "1.1", on=harness.today)
    await published(harness, currency="USD", rate_source="ecb", rules=DOLLARS, basis=PlanBasis.ORDERED)
    harness.days(12)
    await harness.confirmed(goods(1, "100"))
    await deliver(harness)
    await work(harness)
    assert await entries(harness) == []
    await rates(harness, "1.2", on=harness.today)
    harness.days(1)
    await work(harness)
    await rates(harness, "1.5", on=harness.today - timedelta(days=1))
    assert [one.amount for one in await entries(harness)] == [12 * EUR]
    assert (await harness.look(replay, Replay)).differences == ()


async def test_a_replay_finds_no_difference_and_names_one_that_is_there(harness: Harness) -> None:
    await published(harness)
    await invoiced(harness)
    found = await harness.look(replay, Replay)
    assert (found.accounts, found.entries, found.differences, found.overdrawn) == (1, 1, (), ())
    await harness.confirmed(goods(1, "100"))
    order, invoice = await invoiced(harness)
    await harness.credit(invoice, CreditLine(line_number=1, quantity=10))
    [difference] = (await harness.look(replay, Replay)).differences
    assert (difference.posted, difference.computed) == (0, -100 * EUR)
    assert (await harness.value(SALE_RECORDS, order.id)).due_time is None


async def test_a_draft_is_simulated_over_past_days_and_nothing_is_written(harness: Harness) -> None:
    plan = await published(harness)
    await invoiced(harness)
    before = await entries(harness)
    days = {"first_day": harness.today - timedelta(days=30), "last_day": harness.today}
    found = await harness.look(simulate_plan, SimulateIncentivePlan, incentive_plan_id=plan.id, **days)
    [row] = found.rows
    assert (row.beneficiary_id, row.sold, row.earned) == (PARTNER, eur("1000"), eur("100"))
    assert await entries(harness) == before


async def test_a_plan_for_another_tier_pays_nothing(harness: Harness) -> None:
    silver = Beneficiaries(kind=BeneficiaryKind.PARTNER, tiers=("SILVER",))
    await published(harness, beneficiaries=silver)
    await harness.partner(id=an_id("ptn", 2))
    await invoiced(harness)
    assert await entries(harness) == []


async def test_a_period_is_closed_once_although_the_request_also_posts_what_was_missing(harness: Harness) -> None:
    await published(harness)
    order = await harness.confirmed(goods())
    await harness.ship(order)
    await harness.invoice(order)
    await deliver(harness)
    await count_sales(harness.env)
    march = last_day(harness.today)
    harness.days(40)
    wanted = {"plan_code": "VOLUME", "last_day": march, "request_id": "close-1"}
    book = await harness.run(close_period, ClosePeriod, **wanted)
    assert (book.closed_until, book.accounts) == (march, 1)
    assert await harness.run(close_period, ClosePeriod, **wanted) == book
    assert await amounts(harness) == [(EntryKind.ACCRUE, 100_00)]


async def test_a_payment_that_is_reversed_takes_back_what_it_earned(harness: Harness) -> None:
    await published(harness, basis=PlanBasis.COLLECTED)
    _, invoice = await invoiced(harness)
    payment = await harness.pay(invoice, "400")
    bounced = {"reverse_date": harness.today, "reason": PaymentReversalReason.RETURNED_BY_BANK}
    await harness.run(reverse_payment, ReversePayment, id=payment.id, **bounced)
    reversal = harness.told.pop(next(i for i, one in enumerate(harness.told) if "payment.reversed" in one.subject))
    await deliver(harness)
    await work(harness)
    harness.told = [reversal]
    await deliver(harness)
    await work(harness)
    assert sum(amount for _, amount in await amounts(harness)) == 0
    assert not (await harness.look(replay, Replay)).differences


async def test_the_last_days_of_the_calendar_are_refused_or_shown_as_open(harness: Harness) -> None:
    await published(harness)
    await invoiced(harness)
    with pytest.raises(InvalidInput, match="is not over"):
        await harness.run(close_period, ClosePeriod, plan_code="VOLUME", last_day=date.max)
    march = last_day(harness.today)
    harness.days(40)
    await harness.run(close_period, ClosePeriod, plan_code="VOLUME", last_day=march)
    end = {"account_id": ACCOUNT, "period": date(9999, 12, 1)}
    found = await harness.look(get_incentive_statement, GetIncentiveStatement, **end)
    assert (found.closed, found.figures.opening) == (False, 100 * EUR)


async def test_a_plan_without_a_rate_does_not_hold_up_the_others(harness: Harness) -> None:
    await rates(harness, "1.10", on=harness.today)
    await published(harness)
    await published(harness, code="DOLLARS", currency="USD", rate_source="ecb", rules=DOLLARS, basis=PlanBasis.ORDERED)
    harness.days(20)
    order, _ = await invoiced(harness)
    assert await amounts(harness) == [(EntryKind.ACCRUE, 100_00)]
    assert (await harness.value(SALE_RECORDS, order.id)).due_time is not None
    assert not (await harness.look(replay, Replay)).differences
    await rates(harness, "1.20", on=harness.today)
    harness.days(1)
    await work(harness)
    assert await amounts(harness, f"DOLLARS:PARTNER:{PARTNER}") == [(EntryKind.ACCRUE, 120_00)]
    assert await amounts(harness) == [(EntryKind.ACCRUE, 100_00)]


async def test_more_than_an_entry_can_hold_is_capped_and_can_be_shown(harness: Harness) -> None:
    """Ten percent of nine trillion are more than fit into 63 bits of hundred-millionths."""
    await published(harness)
    await harness.terms("20000000000000")
    order = await harness.confirmed(goods(1, "9000000000000"))
    await harness.ship(order, 1)
    await harness.invoice(order)
    await deliver(harness)
    await work(harness)
    [entry] = await entries(harness)
    assert (entry.amount, entry.steps[-1].kind) == (90_000_000_000 * EUR, StepKind.CAP)
    assert wire.ENTRY.encode(entry).amount == entry.amount


async def test_an_order_that_is_handed_over_earns_for_its_new_partner(harness: Harness) -> None:
    await published(harness, basis=PlanBasis.ORDERED)
    other = await harness.partner(id=an_id("ptn", 2))
    await harness.terms(partner=other)
    order = await harness.confirmed(goods())
    await deliver(harness)
    await work(harness)
    leaving = Leaving(handover_id=an_id("hov"), partner_id=PARTNER, target_partner_id=other)
    await harness.run(hand_over_order, MoveRow, id=order.id, kind="order", leaving=leaving)
    await deliver(harness)
    await work(harness)
    assert sum(amount for _, amount in await amounts(harness)) == 0
    assert await amounts(harness, f"VOLUME:PARTNER:{other}") == [(EntryKind.ACCRUE, 100_00)]
    assert not (await harness.look(replay, Replay)).differences


async def test_a_closing_that_was_interrupted_goes_on_where_it_ended(harness: Harness) -> None:
    """With thousands of beneficiaries one call may not get to the end; those that it closed are not written again."""
    await published(harness)
    await invoiced(harness)
    march = last_day(harness.today)
    harness.days(40)
    closing = {"plan_code": "VOLUME", "last_day": march}
    await harness.run(close_period, ClosePeriod, **closing)
    closed, book = await harness.value(ACCOUNTS, ACCOUNT), await get(harness.env.store, BOOKS, "VOLUME")
    assert book is not None
    await harness.env.store.commit([book.delete()])
    assert (await harness.run(close_period, ClosePeriod, **closing)).closed_until == march
    assert await harness.value(ACCOUNTS, ACCOUNT) == closed


async def rates(harness: Harness, dollars: str, *, on: date) -> None:
    """How many dollars a euro is worth on a day."""
    quotes = (Quote(currency="USD", rate=dollars),)
    await harness.run(put_rates, PutRates, source="ecb", base_currency="EUR", date=on, quotes=quotes)
