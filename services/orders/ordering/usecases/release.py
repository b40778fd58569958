"""Releases holds: by a call, or by a job when an order fits the available credit."""

from libs.call import Command, ResourceCommand, require_permission
from libs.decisions.four_eyes import FourEyes
from libs.decisions.guarded import Guarded
from libs.decisions.limits import alone_up_to
from libs.partner_projection import PARTNERS
from libs.person import PersonalText
from libs.store.port import Write, get
from services.orders.credit.domain import excess
from services.orders.credit.reads import account_of, locked_order, shifted
from services.orders.ordering.domain import transitions
from services.orders.ordering.domain.holds import may_be_confirmed, waits_for_credit_alone, with_hold_counted
from services.orders.ordering.usecases.holds import holds_of
from services.orders.record.documents import ORDERS
from services.orders.record.domain.order import Order
from services.orders.record.domain.states import HoldReason, OrderState
from services.orders.settings import Env

RELEASING = {
    HoldReason.CREDIT: "orders.credit_hold.release",
    HoldReason.COMPLIANCE: "orders.compliance_hold.release",
    HoldReason.TERRITORY: "orders.territory_hold.release",
    HoldReason.CERTIFICATION: "orders.certification_hold.release",
    HoldReason.AGREEMENT: "orders.agreement_hold.release",
}


class ReleaseHold(ResourceCommand, frozen=True, kw_only=True):
    """Release a hold of an order."""

    reason: HoldReason
    release_note: PersonalText | None = None


class ReleaseIfItFits(Command, frozen=True, kw_only=True):
    """Release the CREDIT hold of an order if the order fits by now."""

    id: str


async def release_hold(env: Env, cmd: ReleaseHold) -> Order:
    """The order without that hold; confirmed if it was the last one, even beyond the credit if a person has judged
    that. If nobody has judged it, because the order still fitted when the other hold was placed, the order gets a
    CREDIT hold. PermissionDenied if the caller may not judge this reason."""
    require_permission(cmd.call, RELEASING[cmd.reason])
    async with locked_order(env, cmd.id, call=cmd.call, etag=cmd.etag) as loaded:
        before, account = loaded.value, await account_of(env, loaded.value.partner_id, loaded.value.currency)
        over = excess(account.value, before.totals.total)
        order, events = transitions.release(before, cmd.reason, note=cmd.release_note, over=over, now=env.clock.now())
        writes: tuple[Write, ...] = ()
        if order.state is OrderState.CONFIRMED:
            writes = (*writes, shifted(env, account, orders=order.totals.total))
        elif set(order.open_holds) - set(before.open_holds):
            writes = (*writes, account.put(with_hold_counted(account.value, order)))
        return await env.commit(loaded.put(order), *writes, events=events, call=cmd.call)


async def release_if_it_fits(env: Env, cmd: ReleaseIfItFits) -> Order:
    """The order. Its CREDIT hold is released if that is its only open hold, it fits, and a person has judged every
    other reason that applies today; else it is unchanged."""
    async with locked_order(env, cmd.id, call=cmd.call) as loaded:
        order = loaded.value
        partner = await get(env.store, PARTNERS, order.partner_id)
        if partner is None or not waits_for_credit_alone(order):
            return order
        account = await account_of(env, order.partner_id, order.currency)
        found = await holds_of(env, order, partner=partner.value, account=account.value)
        if not may_be_confirmed(order, found):
            return order
        order, events = transitions.reason_gone(order, HoldReason.CREDIT, now=env.clock.now())
        put = shifted(env, account, orders=order.totals.total)
        return await env.commit(loaded.put(order), put, events=events, call=cmd.call)


async def exceeds_one_person(env: Env, cmd: ReleaseHold, order: Order) -> bool:
    """Whether the order, or what the partner would then owe beyond its limit, is more than one person may release;
    without an amount for the currency, every order is. Both are checked so that nobody can release in parts what is too
    much as a whole."""
    alone = alone_up_to(env.settings.policy.release_alone_up_to, order.currency)
    if alone < order.totals.total:
        return True
    if cmd.reason is not HoldReason.CREDIT and order.state is not OrderState.CONFIRMED:
        return False
    account = await account_of(env, order.partner_id, order.currency)
    over = excess(account.value, order.totals.total)
    return over is not None and alone < over


# The release of a hold, which may need a second person.
FOUR_EYES = FourEyes(
    Guarded(
        method="/prm.orders.v1.OrderService/ReleaseHold",
        permission="orders.hold.release",
        kind=ORDERS,
        command=ReleaseHold,
        use_case=release_hold,
        needed=exceeds_one_person,
        part=lambda cmd: cmd.reason.name,
        by_request=lambda cmd: RELEASING[cmd.reason],
        summary=lambda cmd, order: (
            f"release {cmd.reason.name} of {order.id}: {order.totals.total.decimal} {order.currency}"
        ),
    )
)
