"""The overview of an order to protobuf."""

from libs.mapping import Mapper
from libs.pb.prm.orders import v1 as pb
from services.orders.balance.wire import ALLOCATION
from services.orders.billing.wire import CREDIT_NOTE, INVOICE, PAYMENT
from services.orders.overview import usecases
from services.orders.record.wire import ORDER
from services.orders.returns.wire import RETURN
from services.orders.shipping.wire import SHIPMENT

GET = Mapper(usecases.GetOrder, pb.GetOrderRequest)


def overview(one: usecases.OrderOverview) -> pb.GetOrderResponse:
    """The answer with the order and its lists."""
    return pb.GetOrderResponse(
        order=ORDER.encode(one.order),
        shipments=[SHIPMENT.encode(shipment) for shipment in one.shipments],
        invoices=[INVOICE.encode(invoice) for invoice in one.invoices],
        credit_notes=[CREDIT_NOTE.encode(note) for note in one.credit_notes],
        payments=[PAYMENT.encode(payment) for payment in one.payments],
        returns=[RETURN.encode(rma) for rma in one.returns],
        allocations=[ALLOCATION.encode(allocation) for allocation in one.allocations],
        left_off=one.left_off,
    )
