"""Reverses payments: the payment no longer counts, and what it settled is open again."""

from datetime import date
from typing import NamedTuple

import msgspec

from libs.call import ResourceCommand
from libs.env import About
from libs.money import Money
from libs.store.listing import every_row
from libs.store.port import Loaded, Write
from services.orders.balance.documents import ALLOCATIONS
from services.orders.balance.domain.allocation import Allocation, allocated, reversed_allocation
from services.orders.balance.domain.reversal import day_violations, reversed_payment, unpaid, withdrawn
from services.orders.balance.events import PaymentReversed
from services.orders.balance.reads import allocation_reversed, reclaim
from services.orders.billing.documents import INVOICES, PAYMENTS
from services.orders.billing.domain.invoice import Invoice
from services.orders.billing.domain.payment import Payment
from services.orders.billing.domain.states import PaymentReversalReason
from services.orders.billing.reads import Change, settlement
from services.orders.credit.documents import PARTNER_CREDITS
from services.orders.credit.domain import credit_id
from services.orders.credit.reads import account_lock
from services.orders.record.domain.violations import refuse
from services.orders.record.reads import latest_day
from services.orders.settings import Env


class ReversePayment(ResourceCommand, frozen=True, kw_only=True):
    """Reverse a payment, because the bank returned the money, say."""

    reverse_date: date
    reason: PaymentReversalReason


class Reversal(NamedTuple):
    """The effects of a reversal beside the payment itself. changes: the invoices it reopens; owed: the change of what
    we owe the partner."""

    changes: tuple[Change, ...]
    writes: tuple[Write, ...]
    events: tuple[msgspec.Struct | About, ...]
    owed: Money


async def reverse_payment(env: Env, cmd: ReversePayment) -> Payment:
    """The payment, reversed. The same commit updates the invoices it settled, the credits that count for them again,
    their orders and the account."""
    seen = (await env.load(PAYMENTS, cmd.id, call=cmd.call)).value
    async with account_lock(env, seen.partner_id, seen.amount.currency):
        held = await env.load(PAYMENTS, cmd.id, call=cmd.call, etag=cmd.etag)
        payment = held.value
        after = reversed_payment(payment, on=cmd.reverse_date, reason=cmd.reason, now=env.clock.now())
        refuse(*day_violations(payment, cmd.reverse_date, latest=latest_day(env)))
        back = await (_of_invoice if payment.invoice_id else _of_account)(env, cmd, payment)
        again = await reclaim(env, back.changes, currency=payment.amount.currency)
        owed = back.owed + again.owed
        rest = await settlement(env, payment.partner_id, again.changes, owed=owed, call=cmd.call)
        return await env.commit(
            held.put(after),
            *back.writes,
            *again.writes,
            *rest.writes,
            events=[_reversed(payment, cmd), *back.events, *again.events, *rest.events],
            call=cmd.call,
        )


async def _of_invoice(env: Env, cmd: ReversePayment, payment: Payment) -> Reversal:
    invoice = await env.load(INVOICES, payment.invoice_id, call=cmd.call)
    change = Change(invoice, unpaid(invoice.value, payment.amount, now=env.clock.now()))
    return Reversal((change,), (), (), Money.zero(payment.amount.currency))


async def _of_account(env: Env, cmd: ReversePayment, payment: Payment) -> Reversal:
    """The reversal of a payment on account; CreditInUse."""
    now, today = env.clock.now(), env.today()
    credit = await env.load(PARTNER_CREDITS, credit_id(payment.id), call=cmd.call)
    holding = [one for one in await _allocations(env, credit.value.id) if one.value.reverse_date is None]
    credit_put = credit.put(withdrawn(credit.value, allocations=len(holding), now=now))
    invoices = await env.load_many(INVOICES, [one.value.invoice_id for one in holding], call=cmd.call)
    after: dict[str, Invoice] = {one.value.id: one.value for one in invoices}
    puts = []
    for one in holding:
        invoice_id = one.value.invoice_id
        after[invoice_id] = allocated(after[invoice_id], -one.value.amount, now=now)
        puts.append(one.put(reversed_allocation(one.value, today=today, now=now)))
    return Reversal(
        tuple(Change(one, after[one.value.id]) for one in invoices),
        (credit_put, *puts),
        tuple(About(allocation_reversed(put.document), put.document) for put in puts),
        -credit.value.open,
    )


async def _allocations(env: Env, credit_id: str) -> tuple[Loaded[Allocation], ...]:
    return await every_row(env.store, ALLOCATIONS, {"credit_id": credit_id})


def _reversed(payment: Payment, cmd: ReversePayment) -> PaymentReversed:
    return PaymentReversed(
        payment_id=payment.id,
        partner_id=payment.partner_id,
        invoice_id=payment.invoice_id,
        amount=payment.amount,
        reverse_date=cmd.reverse_date,
        reason=cmd.reason,
    )
