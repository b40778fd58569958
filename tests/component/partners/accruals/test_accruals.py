"""Invoices accrue by the partner's tier, once; credit notes take it back; deficits are carried over and block."""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Any

import pytest

from libs.call import SYSTEM, Call
from libs.mapping import to_wire
from libs.messaging.envelope import Envelope
from libs.money import Money
from libs.pb.prm.orders import v1 as orders_pb
from services.partners.accruals.consumers import CONSUMERS
from services.partners.accruals.jobs import book_accruals, scan_invoices
from services.partners.application.usecases import transitions
from services.partners.funds.domain.fund import Fund, FundRate
from services.partners.funds.domain.ledger import FundExhausted
from services.partners.funds.domain.states import FundBasis
from services.partners.funds.jobs import close_funds, expire_funding_requests, settle_funds
from services.partners.tier_review.domain.levels import OverrideReason
from services.partners.tier_review.usecases import enrolments
from tests.builders import NOW, an_id
from tests.component.partners.funds.acts import (
    accept,
    approved,
    claim,
    draft,
    get_fund,
    ledger,
    lines,
    open_fund,
    pay,
    submit,
)
from tests.component.partners.harness import Harness
from tests.component.partners.tier_review import acts as program
from tests.unit.partners.funds.built import FIRST, LAST, eur
from tests.unit.partners.program.built import BASIC, level, need

RATES = (FundRate(tier="GOLD", basis_points=300), FundRate(basis_points=100))
DAY = date(2026, 2, 3)
HANDLERS = {one.subject: one.handle for one in CONSUMERS}
_NUMBERS = iter(range(10**6))


async def accruing(harness: Harness, partner_id: str, **fields: Any) -> Fund:
    """A fund that gets 3 % of what a GOLD partner is invoiced, and 1 % of any other."""
    return await open_fund(harness, partner_id, basis=FundBasis.ACCRUED, rates=RATES, **fields)


async def tell(harness: Harness, body: Any, subject: str, *, event_id: str = "") -> None:
    """An event of orders arrives."""
    envelope = Envelope(
        id=event_id or f"event {next(_NUMBERS)}",
        type=body.DESCRIPTOR.full_name,
        subject=f"prm.local.{subject}",
        source="prm/local/orders",
        time=NOW,
        about=an_id("inv"),
        version=1,
        body=body.SerializeToString(),
    )
    await HANDLERS[subject](harness.env, envelope, Call(caller=SYSTEM, method="test", dedup_key=envelope.id))


async def invoice(
    harness: Harness, partner_id: str, net: Money, *, number: int = 1, day: date = DAY, **fields: Any
) -> str:
    """An invoice with a fifth of tax on it; its id."""
    id = an_id("inv", number)
    body = orders_pb.InvoiceIssued(
        invoice_id=id,
        order_id=an_id("ord"),
        partner_id=partner_id,
        payable=to_wire(net.share(6, 5)),
        issue_date=to_wire(day),
        due_date=to_wire(day),
        subtotal=to_wire(net),
    )
    await tell(harness, body, "orders.invoice.issued", **fields)
    return id


async def credit(
    harness: Harness, partner_id: str, net: Money, *, invoice: int = 1, number: int = 1, **fields: Any
) -> str:
    """A credit note for a part of an invoice, with its tax; its id."""
    id = an_id("crn", number)
    body = orders_pb.CreditNoteIssued(
        credit_note_id=id,
        invoice_id=an_id("inv", invoice),
        order_id=an_id("ord"),
        partner_id=partner_id,
        payable=to_wire(net.share(6, 5)),
        reason=orders_pb.CREDIT_NOTE_REASON_RETURN,
    )
    await tell(harness, body, "orders.credit_note.issued", **fields)
    return id


async def drained(harness: Harness) -> None:
    """Until the jobs have nothing to do."""
    jobs = (scan_invoices, book_accruals, expire_funding_requests, close_funds, settle_funds)
    while any([await job(harness.env) for job in jobs]):
        pass


async def test_an_invoice_accrues_by_the_tier_at_that_time_and_a_credit_note_takes_its_part_back(
    harness: Harness,
) -> None:
    partner = await harness.active()
    fund = await accruing(harness, partner.id)
    await invoice(harness, partner.id, eur(1000))
    await drained(harness)
    await harness.run(transitions.set_tier, transitions.SetTier, id=partner.id, tier="GOLD", tier_rank=2)
    await invoice(harness, partner.id, eur(1000), number=2)
    await credit(harness, partner.id, eur(250))
    await drained(harness)
    assert sorted(amount for _, _, amount in await lines(harness, fund)) == ["-2.5", "10", "30"]
    documents = {one.document_id for one in await ledger(harness, fund)}
    assert documents == {an_id("inv", 1), an_id("inv", 2), an_id("crn", 1)}


async def test_an_invoice_accrues_by_the_level_that_the_partner_had_when_it_was_issued(harness: Harness) -> None:
    """SILVER has a rate of its own in the programme, and the tier GOLD in the fund; the level BASIC has none."""
    levels = (
        BASIC,
        level("SILVER", 2, need(), fund_basis_points=200),
        level("GOLD", 3, need(), fund_basis_points=900),
    )
    await program.publish(harness, *levels)
    partner = await harness.active()
    enrolment = await program.enroll(harness, partner.id, "SILVER")
    fund = await accruing(harness, partner.id)
    first = harness.env.today()
    harness.clock.advance(timedelta(days=2))
    given = {"level": "GOLD", "reason": OverrideReason.STRATEGIC, "last_day": first + timedelta(days=3)}
    await harness.run(enrolments.override_tier, enrolments.OverrideTier, id=enrolment.id, **given)
    await program.at(harness, harness.clock.now() + timedelta(days=2))
    harness.clock.advance(timedelta(days=7))
    await harness.run(enrolments.end_enrolment, enrolments.EndEnrolment, id=enrolment.id)
    for number, day in enumerate((-1, 0, 1, 2, 3, 4, 11)):
        await invoice(harness, partner.id, eur(1000), number=number, day=first + timedelta(days=day))
    await drained(harness)
    booked = {one.document_id: one.amount for one in await ledger(harness, fund)}
    amounts = [booked[an_id("inv", number)] for number in range(7)]
    assert amounts == [eur(units) for units in (10, 20, 20, 30, 30, 20, 10)]
    accruals = {one.document_id: one.accrual for one in await ledger(harness, fund)}
    by = [accruals[an_id("inv", number)] for number in range(7)]
    assert [one.basis_points for one in by if one] == [100, 200, 200, 300, 300, 200, 100]
    assert [one.level for one in by if one] == ["", "SILVER", "SILVER", "GOLD", "GOLD", "SILVER", ""]
    assert {bool(one.program_id) == bool(one.level) for one in by if one} == {True}


@pytest.mark.parametrize(("ends", "afterwards"), [("membership", 10), ("override", 20)])
async def test_an_invoice_of_the_day_after_a_level_ended_does_not_accrue_by_it_however_late_the_end_is_recorded(
    harness: Harness, ends: str, afterwards: int
) -> None:
    levels = (BASIC, level("SILVER", 2, need(), fund_basis_points=200), level("GOLD", 3, need(), fund_basis_points=900))
    await program.publish(harness, *levels)
    partner = await harness.active()
    enrolment = await program.enroll(harness, partner.id, "SILVER")
    fund = await accruing(harness, partner.id)
    last = harness.env.today() + timedelta(days=1)
    if ends == "membership":
        await harness.run(enrolments.end_enrolment, enrolments.EndEnrolment, id=enrolment.id, last_day=last)
    else:
        given = {"level": "GOLD", "reason": OverrideReason.STRATEGIC, "last_day": last}
        await harness.run(enrolments.override_tier, enrolments.OverrideTier, id=enrolment.id, **given)
    harness.clock.advance(timedelta(days=4))  # the process was down
    for number in (0, 1):
        await invoice(harness, partner.id, eur(1000), number=number, day=last + timedelta(days=number))
    await drained(harness)
    during = 20 if ends == "membership" else 30
    assert [one.amount for one in await ledger(harness, fund)] == [eur(during)]
    await program.at(harness, harness.clock.now())
    await drained(harness)
    booked = {one.document_id: one.amount for one in await ledger(harness, fund)}
    assert booked == {an_id("inv", 0): eur(during), an_id("inv", 1): eur(afterwards)}


@pytest.mark.parametrize("credit_first", [False, True])
async def test_events_count_once_in_any_order_and_however_often_they_come(
    harness: Harness, *, credit_first: bool
) -> None:
    partner = await harness.active()
    fund = await accruing(harness, partner.id)
    tellings: list[Callable[..., Awaitable[str]]] = [invoice, credit]
    for telling in reversed(tellings) if credit_first else tellings:
        await telling(harness, partner.id, eur(100), event_id=telling.__name__)
        await drained(harness)
    for telling in tellings:
        await telling(harness, partner.id, eur(100), event_id=f"{telling.__name__} of a replay")
    await drained(harness)
    assert await lines(harness, fund) == [(1, "ACCRUE", "1"), (2, "ACCRUE", "-1")]


async def test_another_replica_of_the_same_store_books_nothing_again(harness: Harness) -> None:
    partner = await harness.active()
    fund = await accruing(harness, partner.id)
    await invoice(harness, partner.id, eur(100))
    await drained(harness)
    restarted = Harness(harness.env.store, harness.env.keys)
    await invoice(restarted, partner.id, eur(100))
    await drained(restarted)
    assert await lines(restarted, fund) == [(1, "ACCRUE", "1")]


async def test_invoices_from_before_the_fund_was_opened_count_if_they_are_of_its_days(harness: Harness) -> None:
    partner, other = await harness.active(), await harness.active(number=1)
    await invoice(harness, partner.id, eur(100), number=1, day=FIRST)
    await invoice(harness, partner.id, eur(200), number=2, day=FIRST - timedelta(days=1))
    await invoice(harness, partner.id, Money.of(300, "USD"), number=3)
    await invoice(harness, other.id, eur(400), number=4)
    await drained(harness)
    fund = await accruing(harness, partner.id)
    await drained(harness)
    assert [one.document_id for one in await ledger(harness, fund)] == [an_id("inv", 1)]
    earlier = await accruing(
        harness, partner.id, first_day=FIRST - timedelta(days=9), last_day=FIRST - timedelta(days=1), claim_days=99
    )
    await drained(harness)
    assert [one.document_id for one in await ledger(harness, earlier)] == [an_id("inv", 2)]


@pytest.mark.parametrize(("currency", "net", "accrued"), [("JPY", "1050", "10"), ("KWD", "1.05", "0.01")])
async def test_a_share_is_rounded_to_what_the_currency_can_pay(
    harness: Harness, currency: str, net: str, accrued: str
) -> None:
    partner = await harness.active()
    fund = await accruing(harness, partner.id, currency=currency)
    await invoice(harness, partner.id, Money.of(net, currency))
    await drained(harness)
    assert await lines(harness, fund) == [(1, "ACCRUE", accrued)]


async def test_an_invoice_of_a_release_that_told_no_subtotal_accrues_nothing(harness: Harness) -> None:
    partner = await harness.active()
    fund = await accruing(harness, partner.id)
    body = orders_pb.InvoiceIssued(
        invoice_id=an_id("inv"), partner_id=partner.id, payable=to_wire(eur(120)), issue_date=to_wire(DAY)
    )
    await tell(harness, body, "orders.invoice.issued")
    await drained(harness)
    assert await lines(harness, fund) == []


async def test_a_return_makes_a_deficit_that_blocks_and_is_carried_over(harness: Harness) -> None:
    partner = await harness.active()
    fund = await accruing(harness, partner.id)
    await invoice(harness, partner.id, eur(10_000))
    await drained(harness)
    request = await approved(harness, fund, eur(60))
    await pay(harness, await accept(harness, await claim(harness, request, eur(60), final=True)))
    await credit(harness, partner.id, eur(10_000))
    await drained(harness)
    assert (await get_fund(harness, fund)).available == eur(-60)
    with pytest.raises(FundExhausted) as refused:
        await submit(harness, await draft(harness, fund, eur(1)))
    assert refused.value.metadata["available"] == "-60.0000"
    later = {"first_day": LAST + timedelta(days=1), "last_day": LAST + timedelta(days=90)}
    following = await accruing(harness, partner.id, previous_fund_id=fund.id, **later)
    harness.clock.advance(timedelta(days=61))
    await drained(harness)
    assert [(await get_fund(harness, one)).available for one in (fund, following)] == [eur(0), eur(-60)]
    assert (await lines(harness, fund))[-1][1:] == ("ACCRUE", "60")
    assert await lines(harness, following) == [(1, "ACCRUE", "-60")]
    [entry] = await ledger(harness, following)
    assert entry.document_id == fund.id
    await invoice(harness, partner.id, eur(7000), number=2, day=LAST + timedelta(days=2))
    await drained(harness)
    assert (await get_fund(harness, following)).available == eur(10)


async def test_a_return_after_the_money_expired_costs_nobody_anything(harness: Harness) -> None:
    partner = await harness.active()
    fund = await accruing(harness, partner.id)
    await invoice(harness, partner.id, eur(1000))
    harness.clock.advance(timedelta(days=61))
    await drained(harness)
    await credit(harness, partner.id, eur(400))
    await drained(harness)
    assert await lines(harness, fund) == [
        (1, "ACCRUE", "10"),
        (2, "EXPIRE", "10"),
        (3, "ACCRUE", "-4"),
        (4, "EXPIRE", "-4"),
    ]
