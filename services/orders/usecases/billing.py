"""Invoices are issued and paid, or fall overdue. Whatever changes what a partner owes moves its account with it."""

from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta
from typing import NamedTuple

import msgspec

from libs.call import Call, Command
from libs.env import About
from libs.errors import Duplicate, NotFound, Violation
from libs.money import Money
from libs.store.listing import everything
from libs.store.port import Held, Write, create
from services.orders.documents import INVOICES, ORDERS, PAYMENTS, SHIPMENTS
from services.orders.domain.credit import CreditAccount
from services.orders.domain.invoice import (
    Invoice,
    count_invoice,
    count_settlement,
    fall_overdue,
    invoice_lines,
    issue,
    paid_event,
    shipped_and_not_invoiced,
)
from services.orders.domain.order import Order
from services.orders.domain.payment import Payment, pay, payment_recorded, unpayable
from services.orders.usecases.accounts import account_of, account_turn, shifted
from services.orders.usecases.fulfillment import completion
from services.orders.usecases.numbers import paper_number
from services.orders.usecases.settings import Env, early, future, refuse, today


class IssueInvoice(Command, frozen=True, kw_only=True):
    """Charge for what left; without shipments for all of it."""

    order_id: str
    etag: str = ""
    shipment_ids: tuple[str, ...] = ()
    number: str = ""
    issue_date: date | None = None
    due_date: date | None = None


class RecordPayment(Command, frozen=True, kw_only=True):
    """Money came in."""

    invoice_id: str
    etag: str = ""
    amount: Money
    value_date: date
    external_source: str = ""
    external_id: str | None = None


class FallOverdue(Command, frozen=True, kw_only=True):
    """Tell that an invoice was not paid in time."""

    id: str


class Settlement(NamedTuple):
    """What a payment or credit note writes and tells beside itself."""

    writes: tuple[Write, ...]
    events: tuple[msgspec.Struct | About, ...]


async def issue_invoice(env: Env, cmd: IssueInvoice) -> Invoice:
    """The invoice; its order and the partner's account count it."""
    async with account_turn(env, ORDERS, cmd.order_id, call=cmd.call, etag=cmd.etag) as held:
        order, now = held.value, env.clock.now()
        pieces, left = await _billable(env, order, cmd.shipment_ids)
        lines = invoice_lines(order, pieces)
        account = await account_of(env, order.partner_id, order.currency)
        issued, due = _days(env, cmd, order, account)
        async with paper_number(env, INVOICES, cmd.number, year=issued.year) as numbered:
            invoice, event = issue(
                order,
                lines,
                id=env.ids.new("inv"),
                number=numbered.number,
                issue_date=issued,
                due_date=due,
                now=now,
            )
            order_put = held.put(count_invoice(order, invoice, still_to_invoice=left, now=now))
            return await env.commit(
                create(INVOICES, invoice),
                order_put,
                shifted(env, account, orders=-invoice.totals.total, invoices=invoice.payable),
                *numbered.writes,
                events=[event, *completion(order, order_put.document)],
                call=cmd.call,
            )


async def record_payment(env: Env, cmd: RecordPayment) -> Payment:
    """The payment; its invoice, order and account count it."""
    async with account_turn(env, INVOICES, cmd.invoice_id, call=cmd.call, etag=cmd.etag) as held:
        invoice, now = held.value, env.clock.now()
        await _refuse_known(env, cmd)
        await _refuse_wrong(env, cmd, invoice)
        after = pay(invoice, cmd.amount, now=now)
        payment = Payment(
            id=env.ids.new("pay"),
            invoice_id=invoice.id,
            order_id=invoice.order_id,
            partner_id=invoice.partner_id,
            amount=cmd.amount,
            value_date=cmd.value_date,
            external_source=cmd.external_source,
            external_id=cmd.external_id,
            create_time=now,
        )
        rest = await settlement(env, held, after, call=cmd.call)
        return await env.commit(
            create(PAYMENTS, payment),
            *rest.writes,
            events=[payment_recorded(payment), *rest.events],
            call=cmd.call,
        )


async def settlement(env: Env, held: Held[Invoice], after: Invoice, *, call: Call) -> Settlement:
    """What else changes when an invoice becomes `after`; a credit of what was paid already opens and frees nothing."""
    before = held.value
    invoice_put = held.put(after)
    if before.open == after.open:
        return Settlement((invoice_put,), ())
    order_held = await env.load(ORDERS, before.order_id, call=call)
    order_put = order_held.put(count_settlement(order_held.value, before, after, now=env.clock.now()))
    account = await account_of(env, before.partner_id, before.currency)
    freed = shifted(env, account, invoices=after.open - before.open)
    events = tuple(About(event, invoice_put.document) for event in paid_event(before, after))
    return Settlement((invoice_put, order_put, freed), (*events, *completion(order_held.value, order_put.document)))


async def fall_overdue_invoice(env: Env, cmd: FallOverdue) -> Invoice:
    """The invoice; told once that its due date has passed with something open."""
    held = await env.load(INVOICES, cmd.id, call=cmd.call)
    if held.value.watch_due is None or held.value.watch_due >= today(env):
        return held.value
    invoice, event = fall_overdue(held.value, now=env.clock.now())
    return await env.commit(held.put(invoice), events=[event], call=cmd.call)


async def _billable(env: Env, order: Order, shipment_ids: tuple[str, ...]) -> tuple[Mapping[int, int], tuple[str, ...]]:
    """Pieces to invoice by line, and the shipments still to invoice after them."""
    if not shipment_ids:
        return shipped_and_not_invoiced(order), ()
    pieces: Counter[int] = Counter()
    for shipment_id in shipment_ids:
        held = await env.store.get(SHIPMENTS, shipment_id)
        if held is None or held.value.order_id != order.id:
            raise NotFound("shipment", shipment_id)
        if shipment_id in order.to_invoice:
            pieces.update({line.line_number: line.quantity for line in held.value.lines})
    return pieces, tuple(one for one in order.to_invoice if one not in shipment_ids)


def _days(env: Env, cmd: IssueInvoice, order: Order, account: CreditAccount) -> tuple[date, date]:
    """The days of issue and of payment; InvalidInput if they run backwards."""
    issued = cmd.issue_date or today(env)
    terms = account.terms_days if account.limit is not None else env.settings.policy.terms_days_without_account
    due = cmd.due_date or issued + timedelta(days=terms)
    begun = (*future(env, "issue_date", issued), *early("issue_date", issued, order.order_date))
    refuse(*begun, *early("due_date", due, issued))
    return issued, due


async def _refuse_known(env: Env, cmd: RecordPayment) -> None:
    """Duplicate for a payment that was recorded before: told first, whatever is open by now."""
    if cmd.external_id is None:
        return
    key = {"external_source": cmd.external_source, "external_id": cmd.external_id}
    if known := await everything(env.store, PAYMENTS, key):
        raise Duplicate("payment", "external_id", known[0].id)


async def _refuse_wrong(env: Env, cmd: RecordPayment, invoice: Invoice) -> None:
    """InvalidInput with everything that a payment of this invoice cannot say. It may have come before the invoice, but
    not before there was an order to pay for."""
    order = await env.load(ORDERS, invoice.order_id, call=cmd.call)
    days = (*future(env, "value_date", cmd.value_date), *early("value_date", cmd.value_date, order.value.order_date))
    lost = cmd.external_id is not None and not cmd.external_source
    source = [Violation("external_source", "is needed with external_id", "REQUIRED")] if lost else []
    refuse(*unpayable(cmd.amount, invoice.currency), *days, *source)
