"""Protobuf to commands; invoices, credit notes, payments and aging to protobuf, by field name."""

from libs.mapping import Mapper
from libs.pb.prm.orders import v1 as pb
from services.orders.billing.domain.credit_note import CreditNote
from services.orders.billing.domain.invoice import Invoice
from services.orders.billing.domain.payment import Payment
from services.orders.billing.usecases import aging, crediting, invoicing, payments

INVOICE = Mapper(Invoice, pb.Invoice)
CREDIT_NOTE = Mapper(CreditNote, pb.CreditNote)
PAYMENT = Mapper(Payment, pb.Payment)
AGING = Mapper(aging.Aging, pb.GetAgingResponse)
ISSUE_INVOICE = Mapper(invoicing.IssueInvoice, pb.IssueInvoiceRequest)
ISSUE_CREDIT_NOTE = Mapper(crediting.IssueCreditNote, pb.IssueCreditNoteRequest)
RECORD_PAYMENT = Mapper(payments.RecordPayment, pb.RecordPaymentRequest)
GET_AGING = Mapper(aging.GetAging, pb.GetAgingRequest)
