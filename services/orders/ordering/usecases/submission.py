"""Submits, cancels and closes orders."""

from libs.call import Command, ResourceCommand
from libs.document import same_content
from libs.partner_projection import acting_partner
from libs.store.port import Write
from services.orders.credit.reads import account_of, locked_order, shifted
from services.orders.ordering.domain import transitions
from services.orders.ordering.domain.drafting import repriced
from services.orders.ordering.domain.holds import waits_for_right, with_hold_counted
from services.orders.ordering.reads import completion
from services.orders.ordering.usecases.holds import holds_of, rights_missing
from services.orders.pricing.reads import list_for
from services.orders.record.documents import ORDERS
from services.orders.record.domain.order import Order
from services.orders.record.domain.states import BINDING, MAY_ORDER, CancelReason, OrderState
from services.orders.settings import Env


class SubmitOrder(ResourceCommand, frozen=True, kw_only=True):
    """Submit a draft, or submit a held order again."""


class SubmitIfFree(Command, frozen=True, kw_only=True):
    """Submit a held order again if its partner lacks no right any more."""

    id: str


class CancelOrder(ResourceCommand, frozen=True, kw_only=True):
    """Cancel an order of which nothing was shipped."""

    cancel_reason: CancelReason


class CloseOrder(ResourceCommand, frozen=True, kw_only=True):
    """Close an order of which a part was shipped."""

    cancel_reason: CancelReason


async def submit_order(env: Env, cmd: SubmitOrder) -> Order:
    """The order, confirmed or held, at the prices of today; a held order is unchanged if nothing has changed.

    The commit always writes the account: of two concurrent orders that together exceed the limit, one is held.
    """
    async with locked_order(env, cmd.id, call=cmd.call, etag=cmd.etag) as loaded:
        partner = await acting_partner(env, loaded.value.partner_id, call=cmd.call, allowed=MAY_ORDER)
        transitions.require_submittable(loaded.value, on=env.today())
        source = await list_for(env, tier=partner.tier, currency=loaded.value.currency)
        draft = repriced(loaded.value, source, env.today())
        account = await account_of(env, draft.partner_id, draft.currency)
        holds = await holds_of(env, draft, partner=partner, account=account.value)
        order, events = transitions.submit(draft, holds, on=env.today(), now=env.clock.now())
        if same_content(loaded.value, order):
            return await env.unchanged(loaded, call=cmd.call)
        confirmed = order.state is OrderState.CONFIRMED
        put = (
            shifted(env, account, orders=order.totals.total)
            if confirmed
            else account.put(with_hold_counted(account.value, order))
        )
        return await env.commit(loaded.put(order), put, events=events, call=cmd.call)


async def submit_if_free(env: Env, cmd: SubmitIfFree) -> Order:
    """The order, submitted again if it was held for a right that its partner lacked and lacks none today; else
    unchanged. Raises as `submit_order`."""
    order = (await env.load(ORDERS, cmd.id, call=cmd.call)).value
    if not waits_for_right(order) or await rights_missing(env, order):
        return order
    return await submit_order(env, SubmitOrder(call=cmd.call, id=cmd.id))


async def cancel_order(env: Env, cmd: CancelOrder) -> Order:
    """The order, canceled; the credit that it used is available again."""
    async with locked_order(env, cmd.id, call=cmd.call, etag=cmd.etag) as loaded:
        order, event = transitions.cancel(loaded.value, cmd.cancel_reason, now=env.clock.now())
        writes: tuple[Write, ...] = ()
        if loaded.value.state in BINDING:
            account = await account_of(env, order.partner_id, order.currency)
            writes = (shifted(env, account, orders=-loaded.value.not_invoiced),)
        return await env.commit(loaded.put(order), *writes, events=[event], call=cmd.call)


async def close_order(env: Env, cmd: CloseOrder) -> Order:
    """The order without the pieces that were not shipped; the credit that they used is available again. The order is
    COMPLETED if nothing else is left to do."""
    async with locked_order(env, cmd.id, call=cmd.call, etag=cmd.etag) as loaded:
        order, event = transitions.close(loaded.value, cmd.cancel_reason, now=env.clock.now())
        account = await account_of(env, order.partner_id, order.currency)
        freed = shifted(env, account, orders=order.not_invoiced - loaded.value.not_invoiced)
        put = loaded.put(order)
        return await env.commit(put, freed, events=[event, *completion(loaded.value, put.document)], call=cmd.call)
