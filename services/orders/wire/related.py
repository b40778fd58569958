"""An order with everything that followed from it, as callers see it."""

from libs.mapping import Mapper
from libs.pb.prm.orders import v1 as pb
from services.orders.usecases.related import GetOrder, OrderStory
from services.orders.wire import billing, orders, returns

GET = Mapper(GetOrder, pb.GetOrderRequest)


def story(one: OrderStory) -> pb.GetOrderResponse:
    """The order and its lists."""
    return pb.GetOrderResponse(
        order=orders.order(one.order),
        shipments=[orders.shipment(shipment) for shipment in one.shipments],
        invoices=[billing.invoice(invoice) for invoice in one.invoices],
        credit_notes=[billing.credit_note(note) for note in one.credit_notes],
        payments=[billing.payment(payment) for payment in one.payments],
        returns=[returns.returned(back) for back in one.returns],
    )
