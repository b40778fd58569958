"""Records payments for invoices."""

from datetime import date

from libs.call import Command
from libs.errors import Duplicate
from libs.money import Money
from libs.store.listing import everything
from libs.store.port import create
from services.orders.billing.documents import PAYMENTS
from services.orders.billing.domain.invoice import Invoice
from services.orders.billing.domain.payment import Payment, new_payment, pay, payment_recorded, payment_violations
from services.orders.billing.reads import Change, locked_invoice, settlement
from services.orders.record.documents import ORDERS
from services.orders.record.domain.violations import begun_violations, early_violations, refuse, source_violations
from services.orders.record.reads import latest_day
from services.orders.settings import Env


class RecordPayment(Command, frozen=True, kw_only=True):
    """Record a payment for an invoice."""

    invoice_id: str
    etag: str = ""
    amount: Money
    value_date: date
    external_source: str = ""
    external_id: str | None = None


async def record_payment(env: Env, cmd: RecordPayment) -> Payment:
    """The payment. The same commit updates its invoice, the order and the account."""
    async with locked_invoice(env, cmd.invoice_id, call=cmd.call, etag=cmd.etag) as loaded:
        invoice, now = loaded.value, env.clock.now()
        await _refuse_known(env, cmd)
        await _refuse_wrong(env, cmd, invoice)
        after = pay(invoice, cmd.amount, now=now)
        payment = new_payment(
            invoice,
            id=env.ids.new("pay"),
            amount=cmd.amount,
            value_date=cmd.value_date,
            external_source=cmd.external_source,
            external_id=cmd.external_id,
            now=now,
        )
        nothing = Money.zero(invoice.currency)
        rest = await settlement(env, invoice.partner_id, [Change(loaded, after)], owed=nothing, call=cmd.call)
        return await env.commit(
            create(PAYMENTS, payment),
            *rest.writes,
            events=[payment_recorded(payment), *rest.events],
            call=cmd.call,
        )


async def _refuse_known(env: Env, cmd: RecordPayment) -> None:
    """Duplicate if the payment was recorded before, even if the invoice is settled by now; checked before anything
    else."""
    if cmd.external_id is None:
        return
    key = {"external_source": cmd.external_source, "external_id": cmd.external_id}
    if known := await everything(env.store, PAYMENTS, key):
        raise Duplicate("payment", "external_id", known[0].id)


async def _refuse_wrong(env: Env, cmd: RecordPayment, invoice: Invoice) -> None:
    """InvalidInput with all violations of the request. The money may have arrived before the invoice was issued, but
    not before the day of the order."""
    order = await env.load(ORDERS, invoice.order_id, call=cmd.call)
    refuse(
        *payment_violations(cmd.amount, invoice.currency),
        *begun_violations("value_date", cmd.value_date, latest=latest_day(env)),
        *early_violations("value_date", cmd.value_date, order.value.order_date),
        *source_violations(cmd.external_id, cmd.external_source),
    )
