"""Invoices, credit notes, payments and what is open: protobuf to commands and documents to protobuf."""

from libs.mapping import Mapper
from libs.pb.prm.orders import v1 as pb
from services.orders.domain.credit_note import CreditNote
from services.orders.domain.invoice import Invoice
from services.orders.domain.payment import Payment
from services.orders.usecases import aging, billing, crediting, dunning

_INVOICE = Mapper(Invoice, pb.Invoice)
_CREDIT_NOTE = Mapper(CreditNote, pb.CreditNote)
_PAYMENT = Mapper(Payment, pb.Payment)
_AGING = Mapper(aging.Aging, pb.GetAgingResponse)

ISSUE_INVOICE = Mapper(billing.IssueInvoice, pb.IssueInvoiceRequest)
ISSUE_CREDIT_NOTE = Mapper(crediting.IssueCreditNote, pb.IssueCreditNoteRequest)
RECORD_PAYMENT = Mapper(billing.RecordPayment, pb.RecordPaymentRequest)
SET_DUNNING_BLOCK = Mapper(dunning.SetDunningBlock, pb.SetDunningBlockRequest)
LIFT_DUNNING_BLOCK = Mapper(dunning.LiftDunningBlock, pb.LiftDunningBlockRequest)
GET_AGING = Mapper(aging.GetAging, pb.GetAgingRequest)


def invoice(one: Invoice) -> pb.Invoice:
    """An invoice as callers see it."""
    return _INVOICE.encode(one)


def credit_note(one: CreditNote) -> pb.CreditNote:
    """A credit note as callers see it."""
    return _CREDIT_NOTE.encode(one)


def payment(one: Payment) -> pb.Payment:
    """A payment as callers see it."""
    return _PAYMENT.encode(one)


def aged(one: aging.Aging) -> pb.GetAgingResponse:
    """What is open, as callers see it."""
    return _AGING.encode(one)
