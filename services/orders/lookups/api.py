"""The gRPC side of look-ups: decode, call one use case, encode."""

from libs.call import Call
from libs.pb.prm.orders import v1 as pb
from libs.store.paging import page_end
from services.orders.billing.wire import CREDIT_NOTE, INVOICE, PAYMENT
from services.orders.credit.wire import account
from services.orders.lookups import usecases, wire
from services.orders.pricing.wire import PRICE_LIST
from services.orders.returns.wire import RETURN
from services.orders.settings import Env
from services.orders.shipping.wire import SHIPMENT


class Api:
    """What callers look up."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def GetInvoice(self, request: pb.GetInvoiceRequest, call: Call) -> pb.GetInvoiceResponse:
        found = await usecases.get_invoice(self._env, wire.GET_INVOICE.decode(request, call=call))
        return pb.GetInvoiceResponse(invoice=INVOICE.encode(found))

    async def ListInvoices(self, request: pb.ListInvoicesRequest, call: Call) -> pb.ListInvoicesResponse:
        page = await usecases.list_invoices(self._env, wire.LIST_INVOICES.decode(request, call=call))
        found = [INVOICE.encode(loaded.value) for loaded in page.rows]
        return pb.ListInvoicesResponse(invoices=found, **page_end(page))

    async def GetPayment(self, request: pb.GetPaymentRequest, call: Call) -> pb.GetPaymentResponse:
        found = await usecases.get_payment(self._env, wire.GET_PAYMENT.decode(request, call=call))
        return pb.GetPaymentResponse(payment=PAYMENT.encode(found))

    async def ListPayments(self, request: pb.ListPaymentsRequest, call: Call) -> pb.ListPaymentsResponse:
        page = await usecases.list_payments(self._env, wire.LIST_PAYMENTS.decode(request, call=call))
        found = [PAYMENT.encode(loaded.value) for loaded in page.rows]
        return pb.ListPaymentsResponse(payments=found, **page_end(page))

    async def GetCreditNote(self, request: pb.GetCreditNoteRequest, call: Call) -> pb.GetCreditNoteResponse:
        found = await usecases.get_credit_note(self._env, wire.GET_CREDIT_NOTE.decode(request, call=call))
        return pb.GetCreditNoteResponse(credit_note=CREDIT_NOTE.encode(found))

    async def ListCreditNotes(self, request: pb.ListCreditNotesRequest, call: Call) -> pb.ListCreditNotesResponse:
        page = await usecases.list_credit_notes(self._env, wire.LIST_CREDIT_NOTES.decode(request, call=call))
        found = [CREDIT_NOTE.encode(loaded.value) for loaded in page.rows]
        return pb.ListCreditNotesResponse(credit_notes=found, **page_end(page))

    async def GetShipment(self, request: pb.GetShipmentRequest, call: Call) -> pb.GetShipmentResponse:
        found = await usecases.get_shipment(self._env, wire.GET_SHIPMENT.decode(request, call=call))
        return pb.GetShipmentResponse(shipment=SHIPMENT.encode(found))

    async def ListShipments(self, request: pb.ListShipmentsRequest, call: Call) -> pb.ListShipmentsResponse:
        page = await usecases.list_shipments(self._env, wire.LIST_SHIPMENTS.decode(request, call=call))
        found = [SHIPMENT.encode(loaded.value) for loaded in page.rows]
        return pb.ListShipmentsResponse(shipments=found, **page_end(page))

    async def GetReturn(self, request: pb.GetReturnRequest, call: Call) -> pb.GetReturnResponse:
        found = await usecases.get_return(self._env, wire.GET_RETURN.decode(request, call=call))
        return pb.GetReturnResponse(returned=RETURN.encode(found))

    async def ListReturns(self, request: pb.ListReturnsRequest, call: Call) -> pb.ListReturnsResponse:
        page = await usecases.list_returns(self._env, wire.LIST_RETURNS.decode(request, call=call))
        found = [RETURN.encode(loaded.value) for loaded in page.rows]
        return pb.ListReturnsResponse(returns=found, **page_end(page))

    async def ListPriceLists(self, request: pb.ListPriceListsRequest, call: Call) -> pb.ListPriceListsResponse:
        page = await usecases.list_price_lists(self._env, wire.LIST_PRICE_LISTS.decode(request, call=call))
        found = [PRICE_LIST.encode(loaded.value) for loaded in page.rows]
        return pb.ListPriceListsResponse(price_lists=found, **page_end(page))

    async def ListCreditAccounts(
        self, request: pb.ListCreditAccountsRequest, call: Call
    ) -> pb.ListCreditAccountsResponse:
        page = await usecases.list_credit_accounts(self._env, wire.LIST_CREDIT_ACCOUNTS.decode(request, call=call))
        found = [one for loaded in page.rows if (one := account(loaded.value)) is not None]
        return pb.ListCreditAccountsResponse(credit_accounts=found, **page_end(page))
