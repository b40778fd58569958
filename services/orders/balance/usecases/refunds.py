"""Records refunds: money paid back to a partner."""

from collections.abc import Mapping, Sequence
from datetime import date

from libs.call import Command
from libs.env import About
from libs.errors import Duplicate
from libs.money import Money
from libs.partner import PartnerStatus
from libs.partner_projection import acting_partner
from libs.store.listing import everything
from libs.store.port import Loaded, create
from services.orders.balance.documents import REFUNDS
from services.orders.balance.domain.allocation import used
from services.orders.balance.domain.refund import CREDITS_PER_REFUND, Refund, parts_of, refund_violations
from services.orders.balance.events import CreditRefunded, RefundRecorded
from services.orders.balance.reads import oldest_credits
from services.orders.billing.domain.payment import payment_violations
from services.orders.billing.reads import settlement
from services.orders.credit.documents import PARTNER_CREDITS
from services.orders.credit.domain import PartnerCredit
from services.orders.credit.reads import account_lock
from services.orders.record.domain.violations import begun_violations, refuse, source_violations
from services.orders.record.reads import latest_day
from services.orders.settings import Env


class RecordRefund(Command, frozen=True, kw_only=True):
    """Record a refund from these credits, or from the oldest ones if none are named."""

    partner_id: str
    amount: Money
    refund_date: date
    credit_ids: tuple[str, ...] = ()
    external_source: str = ""
    external_id: str | None = None


async def record_refund(env: Env, cmd: RecordRefund) -> Refund:
    """The refund. The same commit updates its credits and the account."""
    await acting_partner(env, cmd.partner_id, call=cmd.call, allowed=frozenset(PartnerStatus))
    currency = cmd.amount.currency
    async with account_lock(env, cmd.partner_id, currency):
        await _refuse_known(env, cmd)
        sources = await _sources(env, cmd)
        if cmd.credit_ids:
            _refuse_wrong(env, cmd, [one.value for one in sources])
        parts, now = parts_of(cmd.amount, [one.value for one in sources]), env.clock.now()
        used_ids = {part.credit_id for part in parts}
        _refuse_wrong(env, cmd, [one.value for one in sources if one.value.id in used_ids])
        refund = Refund(
            id=env.ids.new("rfd"),
            partner_id=cmd.partner_id,
            amount=cmd.amount,
            parts=parts,
            refund_date=cmd.refund_date,
            external_source=cmd.external_source,
            external_id=cmd.external_id,
            create_time=now,
        )
        taken = {part.credit_id: part.amount for part in parts}
        puts = [
            one.put(used(one.value, refunded=taken[one.value.id], now=now)) for one in sources if one.value.id in taken
        ]
        rest = await settlement(env, cmd.partner_id, (), owed=-cmd.amount, call=cmd.call)
        return await env.commit(
            create(REFUNDS, refund),
            *puts,
            *rest.writes,
            events=[
                _recorded(refund),
                *(About(_refunded(refund, put.document.id, taken), put.document) for put in puts),
            ],
            call=cmd.call,
        )


async def _refuse_known(env: Env, cmd: RecordRefund) -> None:
    """Duplicate if the refund was recorded before; checked before anything else."""
    if cmd.external_id is None:
        return
    key = {"external_source": cmd.external_source, "external_id": cmd.external_id}
    if known := await everything(env.store, REFUNDS, key):
        raise Duplicate("refund", "external_id", known[0].id)


async def _sources(env: Env, cmd: RecordRefund) -> Sequence[Loaded[PartnerCredit]]:
    """The credits that the call names, in its order; if it names none, the oldest ones."""
    if not cmd.credit_ids:
        return await oldest_credits(env, cmd.partner_id, cmd.amount.currency, most=CREDITS_PER_REFUND)
    return await env.load_many(PARTNER_CREDITS, cmd.credit_ids, call=cmd.call)


def _refuse_wrong(env: Env, cmd: RecordRefund, sources: Sequence[PartnerCredit]) -> None:
    """InvalidInput with all violations of the request."""
    refuse(
        *payment_violations(cmd.amount, cmd.amount.currency),
        *begun_violations("refund_date", cmd.refund_date, latest=latest_day(env)),
        *source_violations(cmd.external_id, cmd.external_source),
        *refund_violations(
            sources,
            partner_id=cmd.partner_id,
            currency=cmd.amount.currency,
            on=cmd.refund_date,
        ),
    )


def _refunded(refund: Refund, credit_id: str, taken: Mapping[str, Money]) -> CreditRefunded:
    return CreditRefunded(
        credit_id=credit_id, refund_id=refund.id, partner_id=refund.partner_id, amount=taken[credit_id]
    )


def _recorded(refund: Refund) -> RefundRecorded:
    return RefundRecorded(
        refund_id=refund.id,
        partner_id=refund.partner_id,
        amount=refund.amount,
        refund_date=refund.refund_date,
    )
