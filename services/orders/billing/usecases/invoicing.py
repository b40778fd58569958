"""Issues invoices. Whatever changes what a partner owes updates its account in the same commit."""

from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta

from libs.call import Command
from libs.errors import NotFound
from libs.store.port import create, get_all
from services.orders.billing.documents import INVOICES
from services.orders.billing.domain.invoice import (
    Invoice,
    count_invoice,
    invoice_lines,
    issue,
    shipped_and_not_invoiced,
)
from services.orders.billing.usecases.numbers import document_number
from services.orders.credit.domain import CreditAccount
from services.orders.credit.reads import account_of, locked_order, shifted
from services.orders.ordering.reads import completion
from services.orders.record.documents import SHIPMENTS
from services.orders.record.domain.order import Order
from services.orders.record.domain.violations import begun_violations, early_violations, refuse
from services.orders.record.reads import latest_day
from services.orders.settings import Env


class IssueInvoice(Command, frozen=True, kw_only=True):
    """Issue an invoice for these shipments; without shipments, for everything shipped and not yet invoiced."""

    order_id: str
    etag: str = ""
    shipment_ids: tuple[str, ...] = ()
    number: str = ""
    issue_date: date | None = None
    due_date: date | None = None


async def issue_invoice(env: Env, cmd: IssueInvoice) -> Invoice:
    """The invoice. The same commit updates its order and the account of the partner."""
    async with locked_order(env, cmd.order_id, call=cmd.call, etag=cmd.etag) as loaded:
        order, now = loaded.value, env.clock.now()
        pieces, left = await _billable(env, order, cmd.shipment_ids)
        lines = invoice_lines(order, pieces)
        account = await account_of(env, order.partner_id, order.currency)
        issued, due = _days(env, cmd, order, account.value)
        async with document_number(env, INVOICES, cmd.number, year=issued.year) as numbered:
            invoice, event = issue(
                order,
                lines,
                id=env.ids.new("inv"),
                number=numbered.number,
                issue_date=issued,
                due_date=due,
                now=now,
            )
            order_put = loaded.put(count_invoice(order, invoice, still_to_invoice=left, now=now))
            return await env.commit(
                create(INVOICES, invoice),
                order_put,
                shifted(env, account, orders=-invoice.totals.total, invoices=invoice.payable),
                *numbered.writes,
                events=[event, *completion(order, order_put.document)],
                call=cmd.call,
            )


async def _billable(env: Env, order: Order, shipment_ids: tuple[str, ...]) -> tuple[Mapping[int, int], tuple[str, ...]]:
    """The pieces to invoice by line number, and the shipments that are still to be invoiced afterwards. NotFound for a
    shipment of another order."""
    if not shipment_ids:
        return shipped_and_not_invoiced(order), ()
    pieces: Counter[int] = Counter()
    shipments = await get_all(env.store, SHIPMENTS, shipment_ids)
    for shipment_id in shipment_ids:
        loaded = shipments.get(shipment_id)
        if loaded is None or loaded.value.order_id != order.id:
            raise NotFound("shipment", shipment_id)
        if shipment_id in order.to_invoice:
            pieces.update({line.line_number: line.quantity for line in loaded.value.lines})
    return pieces, tuple(one for one in order.to_invoice if one not in shipment_ids)


def _days(env: Env, cmd: IssueInvoice, order: Order, account: CreditAccount) -> tuple[date, date]:
    """The issue date and the due date; InvalidInput if one is too early or the issue date is in the future."""
    issued = cmd.issue_date or env.today()
    terms = account.terms_days if account.limit is not None else env.settings.policy.terms_days_without_account
    due = cmd.due_date or issued + timedelta(days=terms)
    begun = (
        *begun_violations("issue_date", issued, latest=latest_day(env)),
        *early_violations("issue_date", issued, order.order_date),
    )
    refuse(*begun, *early_violations("due_date", due, issued))
    return issued, due
