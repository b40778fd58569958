"""Finds what is open with a partner in orders, and hands an order over."""

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from enum import Enum

from msgspec.structs import replace

from libs.handover import Leaving, MoveRow
from libs.handover_row import HandoverStay
from libs.partner_projection import PARTNERS
from libs.store.port import Query, Scalar, Write, get
from services.orders.billing.domain.invoice import Invoice
from services.orders.credit.reads import account_lock, account_of, shifted
from services.orders.handover import domain
from services.orders.ordering.domain.holds import with_hold_counted
from services.orders.ordering.reads import outside
from services.orders.record.documents import ORDERS
from services.orders.record.domain.order import Order
from services.orders.record.domain.states import OrderState
from services.orders.returns.domain.rma import Return
from services.orders.settings import Env


def orders_found_by(env: Env, leaving: Leaving) -> Sequence[Mapping[str, Scalar]]:
    """The orders of a partner that are not over."""
    return _in_states(leaving, domain.OPEN)


def returns_found_by(env: Env, leaving: Leaving) -> Sequence[Mapping[str, Scalar]]:
    """The returns of a partner that are not settled."""
    return _in_states(leaving, domain.OPEN_RETURNS)


def invoices_found_by(env: Env, leaving: Leaving) -> Sequence[Mapping[str, Scalar]]:
    """The invoices of a partner that are not settled."""
    return _in_states(leaving, domain.OPEN_INVOICES)


async def of_shipped_order(env: Env, rma: Return, leaving: Leaving) -> HandoverStay:
    """A return stays with its order."""
    return HandoverStay.IN_FULFILLMENT


async def keeps_debtor(env: Env, invoice: Invoice, leaving: Leaving) -> HandoverStay:
    """An invoice stays with whom it was issued to."""
    return HandoverStay.KEEPS_DEBTOR


async def stays(env: Env, order: Order, leaving: Leaving) -> HandoverStay | None:
    """Why an order stays; None if it moves. StoreUnavailable."""
    target = await get(env.store, PARTNERS, leaving.target_partner_id)
    account = await account_of(env, leaving.target_partner_id, order.currency)
    out = await outside(env, replace(order, partner_id=leaving.target_partner_id))
    return domain.stay_of(order, target.value if target else None, account.value, outside=out)


async def hand_over_order(env: Env, cmd: MoveRow) -> Order:
    """The order with its new partner, and the credit that it uses moved to that partner's account; unchanged if it is
    not the leaver's any more, not open, or stays."""
    leaving = cmd.leaving
    currency = (await env.load(ORDERS, cmd.id, call=cmd.call)).value.currency
    async with AsyncExitStack() as stack:
        for partner_id in sorted({leaving.partner_id, leaving.target_partner_id}):
            await stack.enter_async_context(account_lock(env, partner_id, currency))
        loaded = await env.load(ORDERS, cmd.id, call=cmd.call)
        order = loaded.value
        if order.partner_id != leaving.partner_id or order.state not in domain.OPEN:
            return order
        if await stays(env, order, leaving) is not None:
            return order
        moved, event = domain.hand_over(
            order,
            leaving.target_partner_id,
            handover_id=leaving.handover_id,
            number_taken=await _number_taken(env, order, leaving.target_partner_id),
            now=env.clock.now(),
        )
        writes = await _account_writes(env, order, moved)
        return await env.commit(loaded.put(moved), *writes, cmd.receipt, events=[event], call=cmd.call)


async def _account_writes(env: Env, before: Order, after: Order) -> tuple[Write, ...]:
    """The writes that move what a confirmed order uses of the credit, or a held order's wait for credit."""
    held, target = [await account_of(env, one.partner_id, one.currency) for one in (before, after)]
    if before.state is OrderState.CONFIRMED:
        amount = before.not_invoiced
        return (shifted(env, held, orders=-amount), shifted(env, target, orders=amount))
    if before.state is OrderState.HELD:
        return (target.put(with_hold_counted(target.value, after)),)
    return ()


async def _number_taken(env: Env, order: Order, target_partner_id: str) -> bool:
    if order.purchase_order_number is None:
        return False
    equals = {"partner_id": target_partner_id, "purchase_order_number": order.purchase_order_number}
    return bool((await env.store.find(Query(kind=ORDERS, equals=equals, limit=1))).rows)


def _in_states(leaving: Leaving, states: frozenset[Enum]) -> Sequence[Mapping[str, Scalar]]:
    """The rows of a partner in these states; of a person there are none."""
    if not leaving.partner_id:
        return ()
    return [{"partner_id": leaving.partner_id, "state": one} for one in sorted(states, key=lambda one: one.name)]
