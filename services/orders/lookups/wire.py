"""Protobuf to commands, by field name; documents as their slices show them."""

from libs.mapping import Mapper
from libs.pb.prm.orders import v1 as pb
from services.orders.lookups import usecases

GET_INVOICE = Mapper(usecases.GetDocument, pb.GetInvoiceRequest)
GET_PAYMENT = Mapper(usecases.GetDocument, pb.GetPaymentRequest)
GET_CREDIT_NOTE = Mapper(usecases.GetDocument, pb.GetCreditNoteRequest)
GET_SHIPMENT = Mapper(usecases.GetDocument, pb.GetShipmentRequest)
GET_RETURN = Mapper(usecases.GetDocument, pb.GetReturnRequest)
LIST_INVOICES = Mapper(usecases.ListInvoices, pb.ListInvoicesRequest)
LIST_PAYMENTS = Mapper(usecases.ListPayments, pb.ListPaymentsRequest)
LIST_CREDIT_NOTES = Mapper(usecases.ListCreditNotes, pb.ListCreditNotesRequest)
LIST_SHIPMENTS = Mapper(usecases.ListShipments, pb.ListShipmentsRequest)
LIST_RETURNS = Mapper(usecases.ListReturns, pb.ListReturnsRequest)
LIST_PRICE_LISTS = Mapper(usecases.ListPriceLists, pb.ListPriceListsRequest)
LIST_CREDIT_ACCOUNTS = Mapper(usecases.ListCreditAccounts, pb.ListCreditAccountsRequest)
