"""The gRPC side of billing: decode, call one use case, encode."""

from libs.call import Call
from libs.pb.prm.orders import v1 as pb
from services.orders.billing import wire
from services.orders.billing.usecases import aging, crediting, invoicing, payments
from services.orders.settings import Env


class Api:
    """The RPCs for invoices, credit notes, payments and aging."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def IssueInvoice(self, request: pb.IssueInvoiceRequest, call: Call) -> pb.IssueInvoiceResponse:
        done = await self._env.run(invoicing.issue_invoice, wire.ISSUE_INVOICE.decode(request, call=call))
        return pb.IssueInvoiceResponse(invoice=wire.INVOICE.encode(done))

    async def IssueCreditNote(self, request: pb.IssueCreditNoteRequest, call: Call) -> pb.IssueCreditNoteResponse:
        done = await self._env.run(crediting.issue_credit_note, wire.ISSUE_CREDIT_NOTE.decode(request, call=call))
        return pb.IssueCreditNoteResponse(credit_note=wire.CREDIT_NOTE.encode(done))

    async def RecordPayment(self, request: pb.RecordPaymentRequest, call: Call) -> pb.RecordPaymentResponse:
        done = await self._env.run(payments.record_payment, wire.RECORD_PAYMENT.decode(request, call=call))
        return pb.RecordPaymentResponse(payment=wire.PAYMENT.encode(done))

    async def GetAging(self, request: pb.GetAgingRequest, call: Call) -> pb.GetAgingResponse:
        return wire.AGING.encode(await aging.get_aging(self._env, wire.GET_AGING.decode(request, call=call)))
