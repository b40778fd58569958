"""Invoices, credit notes, payments and what is open."""

from libs.call import Call
from libs.pb.prm.orders import v1 as pb
from services.orders.usecases import aging, billing, crediting
from services.orders.usecases.settings import Env
from services.orders.wire import billing as wire


class BillingMethods:
    """What callers do with what is owed."""

    _env: Env

    async def IssueInvoice(self, request: pb.IssueInvoiceRequest, call: Call) -> pb.IssueInvoiceResponse:
        done = await self._env.run(billing.issue_invoice, wire.ISSUE_INVOICE.decode(request, call=call))
        return pb.IssueInvoiceResponse(invoice=wire.invoice(done))

    async def IssueCreditNote(self, request: pb.IssueCreditNoteRequest, call: Call) -> pb.IssueCreditNoteResponse:
        done = await self._env.run(crediting.issue_credit_note, wire.ISSUE_CREDIT_NOTE.decode(request, call=call))
        return pb.IssueCreditNoteResponse(credit_note=wire.credit_note(done))

    async def RecordPayment(self, request: pb.RecordPaymentRequest, call: Call) -> pb.RecordPaymentResponse:
        done = await self._env.run(billing.record_payment, wire.RECORD_PAYMENT.decode(request, call=call))
        return pb.RecordPaymentResponse(payment=wire.payment(done))

    async def GetAging(self, request: pb.GetAgingRequest, call: Call) -> pb.GetAgingResponse:
        return wire.aged(await aging.get_aging(self._env, wire.GET_AGING.decode(request, call=call)))
