"""Handing an order in: credit, territory and compliance are asked; then it stands, is held, released or canceled."""

from libs.call import Command, require_permission
from libs.partner import PartnerFacts
from libs.peers import PARTNERS, acting_partner, exclusive_grants, has_grants, own_grants
from libs.person import PersonalText
from libs.store.port import Write
from services.orders.documents import ORDERS
from services.orders.domain import moves
from services.orders.domain.credit import CreditAccount, excess, with_held_order
from services.orders.domain.drafting import at_prices_of
from services.orders.domain.order import Hold, Order
from services.orders.domain.states import MAY_ORDER, STANDING, CancelReason, HoldReason, OrderState
from services.orders.usecases.accounts import account_of, account_put, account_turn, shifted
from services.orders.usecases.orders import person_writes
from services.orders.usecases.prices import list_for
from services.orders.usecases.settings import Env, today

RELEASING = {
    HoldReason.CREDIT: "orders.credit_hold.release",
    HoldReason.COMPLIANCE: "orders.compliance_hold.release",
    HoldReason.TERRITORY: "orders.territory_hold.release",
}


class SubmitOrder(Command, frozen=True, kw_only=True):
    """Hand an order in."""

    id: str
    etag: str = ""


class ReleaseHold(Command, frozen=True, kw_only=True):
    """Take a hold away."""

    id: str
    etag: str = ""
    reason: HoldReason
    release_note: PersonalText | None = None


class ReleaseIfItFits(Command, frozen=True, kw_only=True):
    """Let an order stand that was held for credit, if there is enough by now."""

    id: str


class CancelOrder(Command, frozen=True, kw_only=True):
    """End an order that was not shipped."""

    id: str
    etag: str = ""
    cancel_reason: CancelReason


async def submit_order(env: Env, cmd: SubmitOrder) -> Order:
    """The order, confirmed or held, at prices that hold today.

    The account is written whatever comes of it, so that of two orders that exceed the limit together one is held.
    """
    async with account_turn(env, ORDERS, cmd.id, call=cmd.call, etag=cmd.etag) as held:
        partner = await acting_partner(env, held.value.partner_id, call=cmd.call, allowed=MAY_ORDER)
        moves.require_submittable(held.value, on=today(env))
        source = await list_for(env, tier=partner.tier, currency=held.value.currency)
        draft = at_prices_of(held.value, source, today(env))
        account = await account_of(env, draft.partner_id, draft.currency)
        holds = await _against(env, draft, partner=partner, account=account)
        order, events = moves.submit(draft, holds, on=today(env), now=env.clock.now())
        stands = order.state is OrderState.CONFIRMED
        put = (
            shifted(env, account, orders=order.totals.total)
            if stands
            else account_put(account, _holding(account, order))
        )
        return await env.commit(held.put(order), put, events=events, call=cmd.call)


async def release_hold(env: Env, cmd: ReleaseHold) -> Order:
    """The order without that hold. With the last one it stands, beyond the credit too if that was judged; if it was
    not, because the order fitted when it was held up for something else, it is held for credit now. PermissionDenied
    for whoever may not judge this reason."""
    require_permission(cmd.call, RELEASING[cmd.reason])
    async with account_turn(env, ORDERS, cmd.id, call=cmd.call, etag=cmd.etag) as held:
        before, account = held.value, await account_of(env, held.value.partner_id, held.value.currency)
        over = excess(account, before.totals.total)
        order, events = moves.release(before, cmd.reason, note=cmd.release_note, over=over, now=env.clock.now())
        writes = person_writes(env, before, order)
        if order.state is OrderState.CONFIRMED:
            writes = (*writes, shifted(env, account, orders=order.totals.total))
        elif len(order.holds) > len(before.holds):
            writes = (*writes, account_put(account, _holding(account, order)))
        return await env.commit(held.put(order), *writes, events=events, call=cmd.call)


async def release_if_it_fits(env: Env, cmd: ReleaseIfItFits) -> Order:
    """The order; without its CREDIT hold if that alone holds it up, and nothing that nobody has judged speaks against
    the order today."""
    async with account_turn(env, ORDERS, cmd.id, call=cmd.call) as held:
        order = held.value
        partner = await env.store.get(PARTNERS, order.partner_id)
        if order.state is not OrderState.HELD or order.open_holds != (HoldReason.CREDIT,) or partner is None:
            return order
        account = await account_of(env, order.partner_id, order.currency)
        judged = {hold.reason for hold in order.holds} - {HoldReason.CREDIT}
        found = await _against(env, order, partner=partner.value, account=account)
        if any(hold.reason not in judged for hold in found):
            return order
        order, events = moves.reason_gone(order, HoldReason.CREDIT, now=env.clock.now())
        put = shifted(env, account, orders=order.totals.total)
        return await env.commit(held.put(order), put, events=events, call=cmd.call)


async def cancel_order(env: Env, cmd: CancelOrder) -> Order:
    """The order, canceled; what it held of the limit is free."""
    async with account_turn(env, ORDERS, cmd.id, call=cmd.call, etag=cmd.etag) as held:
        order, event = moves.cancel(held.value, cmd.cancel_reason, now=env.clock.now())
        writes: tuple[Write, ...] = ()
        if held.value.state in STANDING:
            account = await account_of(env, order.partner_id, order.currency)
            writes = (shifted(env, account, orders=-held.value.not_invoiced),)
        return await env.commit(held.put(order), *writes, events=[event], call=cmd.call)


async def _against(env: Env, order: Order, *, partner: PartnerFacts, account: CreditAccount) -> tuple[Hold, ...]:
    """Everything that speaks against the order today, all at once."""
    now = env.clock.now()
    found = []
    if (over := excess(account, order.totals.total)) is not None:
        found.append(Hold(reason=HoldReason.CREDIT, excess=over, place_time=now))
    if not partner.active:
        found.append(Hold(reason=HoldReason.COMPLIANCE, place_time=now))
    if await _outside(env, order):
        found.append(Hold(reason=HoldReason.TERRITORY, place_time=now))
    return tuple(found)


async def _outside(env: Env, order: Order) -> bool:
    """Whether the partner may not sell there. A vendor that grants a partner no territory at all does not use them
    for it, unless somebody else has the place exclusively."""
    on, store = today(env), env.store
    place = (order.ship_to_country, order.ship_to_subdivision)
    for grant in await exclusive_grants(store, order.ship_to_country, order.product_lines, on=on):
        if grant.partner_id != order.partner_id and grant.covers(*place, order.product_lines, on=on):
            return True
    if not await has_grants(store, order.partner_id):
        return False
    own = await own_grants(store, order.partner_id, order.ship_to_country, order.product_lines, on=on)
    return any(not any(grant.covers(*place, frozenset({line}), on=on) for grant in own) for line in order.product_lines)


def _holding(account: CreditAccount, order: Order) -> CreditAccount:
    """The account of an order that is held, for want of credit perhaps."""
    return with_held_order(account) if HoldReason.CREDIT in order.open_holds else account
