"""Records payments on account: in advance, or for several invoices."""

from datetime import date

from libs.call import Command
from libs.env import About
from libs.errors import Duplicate
from libs.money import Money, currency_violations
from libs.partner import PartnerStatus
from libs.partner_projection import acting_partner
from libs.store.listing import everything
from libs.store.port import Loaded, create
from services.orders.balance.domain.allocation import AllocationPart, part_violations, shares_of
from services.orders.balance.events import PaymentOnAccountRecorded
from services.orders.balance.reads import allocate
from services.orders.billing.documents import INVOICES, PAYMENTS
from services.orders.billing.domain.invoice import Invoice
from services.orders.billing.domain.payment import Payment, payment_violations
from services.orders.credit.documents import PARTNER_CREDITS
from services.orders.credit.domain import PartnerCredit, open_credit
from services.orders.credit.reads import account_lock
from services.orders.record.domain.violations import begun_violations, refuse, source_violations
from services.orders.record.reads import latest_day
from services.orders.settings import Env


class RecordPaymentOnAccount(Command, frozen=True, kw_only=True):
    """Record a payment on account; `parts` are the invoices that it settles at once."""

    partner_id: str
    amount: Money
    value_date: date
    external_source: str = ""
    external_id: str | None = None
    parts: tuple[AllocationPart, ...] = ()


async def record_payment_on_account(env: Env, cmd: RecordPaymentOnAccount) -> PartnerCredit:
    """The credit that the payment opens, with `parts` allocated. The same commit updates the invoices, their orders and
    the account."""
    await acting_partner(env, cmd.partner_id, call=cmd.call, allowed=frozenset(PartnerStatus))
    async with account_lock(env, cmd.partner_id, cmd.amount.currency):
        await _refuse_known(env, cmd)
        invoices = await env.load_many(INVOICES, [part.invoice_id for part in cmd.parts], call=cmd.call)
        payment = _payment(env, cmd)
        credit, opened = open_credit(
            partner_id=cmd.partner_id,
            amount=cmd.amount,
            date=cmd.value_date,
            payment_id=payment.id,
            now=payment.create_time,
        )
        fresh, by_id = Loaded(PARTNER_CREDITS, credit), {one.value.id: one for one in invoices}
        named = [by_id[part.invoice_id].value for part in cmd.parts]
        _refuse_wrong(env, cmd, named)
        shares = shares_of(credit, cmd.parts, named)
        done = await allocate(
            env, cmd.partner_id, shares, credits=[fresh], invoices=invoices, opened=cmd.amount, call=cmd.call
        )
        credit_put = done.credits[0] if done.credits else fresh.put(credit)
        payment_put = create(PAYMENTS, payment)
        return await env.commit(
            credit_put,
            payment_put,
            *done.writes,
            events=[About(_recorded(payment), payment_put.document), opened, *done.events],
            call=cmd.call,
        )


async def _refuse_known(env: Env, cmd: RecordPaymentOnAccount) -> None:
    """Duplicate if the payment was recorded before, for an invoice or on account; checked before anything else."""
    if cmd.external_id is None:
        return
    key = {"external_source": cmd.external_source, "external_id": cmd.external_id}
    if known := await everything(env.store, PAYMENTS, key):
        raise Duplicate("payment", "external_id", known[0].id)


def _payment(env: Env, cmd: RecordPaymentOnAccount) -> Payment:
    return Payment(
        id=env.ids.new("pay"),
        partner_id=cmd.partner_id,
        amount=cmd.amount,
        value_date=cmd.value_date,
        external_source=cmd.external_source,
        external_id=cmd.external_id,
        create_time=env.clock.now(),
    )


def _refuse_wrong(env: Env, cmd: RecordPaymentOnAccount, named: list[Invoice]) -> None:
    """InvalidInput with all violations of the request."""
    refuse(
        *currency_violations(cmd.amount.currency, "amount.currency_code"),
        *payment_violations(cmd.amount, cmd.amount.currency),
        *begun_violations("value_date", cmd.value_date, latest=latest_day(env)),
        *source_violations(cmd.external_id, cmd.external_source),
        *part_violations(cmd.parts, named, partner_id=cmd.partner_id, currency=cmd.amount.currency),
    )


def _recorded(payment: Payment) -> PaymentOnAccountRecorded:
    return PaymentOnAccountRecorded(
        payment_id=payment.id,
        partner_id=payment.partner_id,
        amount=payment.amount,
        value_date=payment.value_date,
    )
