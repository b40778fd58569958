"""Which orders are handed over, and how one is."""

from datetime import datetime

from msgspec.structs import replace

from libs.handover_row import HandoverStay
from libs.partner import PartnerFacts
from services.orders.billing.domain.states import InvoiceState
from services.orders.credit.domain import CreditAccount, excess
from services.orders.handover.events import OrderHandedOver
from services.orders.record.domain.order import Order
from services.orders.record.domain.states import OrderState
from services.orders.returns.domain.states import MAY_INSPECT, MAY_RECEIVE, MAY_SETTLE

OPEN = frozenset(OrderState) - {OrderState.COMPLETED, OrderState.CANCELED}
OPEN_RETURNS = MAY_RECEIVE | MAY_INSPECT | MAY_SETTLE
OPEN_INVOICES = frozenset({InvoiceState.ISSUED, InvoiceState.PARTIALLY_PAID})


def stay_of(order: Order, target: PartnerFacts | None, account: CreditAccount, *, outside: bool) -> HandoverStay | None:
    """Why an open order stays; None if it moves. A draft or a held order is checked again when it is submitted; a
    confirmed one must fit into the credit of the target. target: None if it is not known here. account: of the target.
    outside: whether the target may not sell at the ship-to place."""
    if order.may_have_followers:
        return HandoverStay.IN_FULFILLMENT
    if target is None or not target.active:
        return HandoverStay.TARGET_NOT_ACTIVE
    if order.state is not OrderState.CONFIRMED:
        return None
    if outside:
        return HandoverStay.TARGET_LACKS_TERRITORY
    if excess(account, order.not_invoiced) is not None:
        return HandoverStay.TARGET_LACKS_CREDIT
    return None


def hand_over(
    order: Order, target_partner_id: str, *, handover_id: str, number_taken: bool, now: datetime
) -> tuple[Order, OrderHandedOver]:
    """The order with its new partner; its prices stay. number_taken: whether another order of the target has its
    purchase order number."""
    event = OrderHandedOver(
        order_id=order.id,
        partner_id=target_partner_id,
        from_partner_id=order.partner_id,
        handover_id=handover_id,
    )
    moved = replace(order, partner_id=target_partner_id, update_time=now)
    if number_taken:
        number = order.purchase_order_number or ""
        moved = replace(moved, purchase_order_number=None, repeated_purchase_order_number=number)
    return moved, event
