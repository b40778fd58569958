"""Invoices, credit notes, payments and what is open: protobuf to commands and documents to protobuf."""

from libs.mapping import Mapper
from libs.pb.prm.orders.v1 import billing_requests_pb2 as requests
from libs.pb.prm.orders.v1 import dunning_requests_pb2 as dunning_pb
from libs.pb.prm.orders.v1 import invoice_pb2
from services.orders.domain.credit_note import CreditNote
from services.orders.domain.invoice import Invoice
from services.orders.domain.payment import Payment
from services.orders.usecases import aging, billing, crediting, dunning

_INVOICE = Mapper(Invoice, invoice_pb2.Invoice)
_CREDIT_NOTE = Mapper(CreditNote, invoice_pb2.CreditNote)
_PAYMENT = Mapper(Payment, invoice_pb2.Payment)
_AGING = Mapper(aging.Aging, requests.GetAgingResponse)

ISSUE_INVOICE = Mapper(billing.IssueInvoice, requests.IssueInvoiceRequest)
ISSUE_CREDIT_NOTE = Mapper(crediting.IssueCreditNote, requests.IssueCreditNoteRequest)
RECORD_PAYMENT = Mapper(billing.RecordPayment, requests.RecordPaymentRequest)
SET_DUNNING_BLOCK = Mapper(dunning.SetDunningBlock, dunning_pb.SetDunningBlockRequest)
LIFT_DUNNING_BLOCK = Mapper(dunning.LiftDunningBlock, dunning_pb.LiftDunningBlockRequest)
GET_AGING = Mapper(aging.GetAging, requests.GetAgingRequest)


def invoice(one: Invoice) -> invoice_pb2.Invoice:
    """An invoice as callers see it."""
    return _INVOICE.encode(one)


def credit_note(one: CreditNote) -> invoice_pb2.CreditNote:
    """A credit note as callers see it."""
    return _CREDIT_NOTE.encode(one)


def payment(one: Payment) -> invoice_pb2.Payment:
    """A payment as callers see it."""
    return _PAYMENT.encode(one)


def aged(one: aging.Aging) -> requests.GetAgingResponse:
    """What is open, as callers see it."""
    return _AGING.encode(one)
