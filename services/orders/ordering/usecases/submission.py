"""Submitting an order, which is then confirmed or held; canceling one."""

from libs.call import Command
from libs.partner_projection import acting_partner
from libs.store.port import Write
from services.orders.credit.reads import account_of, account_put, locked_order, shifted
from services.orders.ordering.domain import transitions
from services.orders.ordering.domain.drafting import repriced
from services.orders.ordering.domain.holds import with_hold_counted
from services.orders.ordering.usecases.holds import holds_of
from services.orders.pricing.reads import list_for
from services.orders.record.domain.order import Order
from services.orders.record.domain.states import BINDING, MAY_ORDER, CancelReason, OrderState
from services.orders.settings import Env


class SubmitOrder(Command, frozen=True, kw_only=True):
    """Submit a draft."""

    id: str
    etag: str = ""


class CancelOrder(Command, frozen=True, kw_only=True):
    """End an order that was not shipped."""

    id: str
    etag: str = ""
    cancel_reason: CancelReason


async def submit_order(env: Env, cmd: SubmitOrder) -> Order:
    """The order, confirmed or held, at prices that hold today.

    The account is written whatever comes of it, so that of two orders that exceed the limit together one is held.
    """
    async with locked_order(env, cmd.id, call=cmd.call, etag=cmd.etag) as loaded:
        partner = await acting_partner(env, loaded.value.partner_id, call=cmd.call, allowed=MAY_ORDER)
        transitions.require_submittable(loaded.value, on=env.today())
        source = await list_for(env, tier=partner.tier, currency=loaded.value.currency)
        draft = repriced(loaded.value, source, env.today())
        account = await account_of(env, draft.partner_id, draft.currency)
        holds = await holds_of(env, draft, partner=partner, account=account)
        order, events = transitions.submit(draft, holds, on=env.today(), now=env.clock.now())
        confirmed = order.state is OrderState.CONFIRMED
        put = (
            shifted(env, account, orders=order.totals.total)
            if confirmed
            else account_put(account, with_hold_counted(account, order))
        )
        return await env.commit(loaded.put(order), put, events=events, call=cmd.call)


async def cancel_order(env: Env, cmd: CancelOrder) -> Order:
    """The order, canceled; what it held of the limit is free."""
    async with locked_order(env, cmd.id, call=cmd.call, etag=cmd.etag) as loaded:
        order, event = transitions.cancel(loaded.value, cmd.cancel_reason, now=env.clock.now())
        writes: tuple[Write, ...] = ()
        if loaded.value.state in BINDING:
            account = await account_of(env, order.partner_id, order.currency)
            writes = (shifted(env, account, orders=-loaded.value.not_invoiced),)
        return await env.commit(loaded.put(order), *writes, events=[event], call=cmd.call)
