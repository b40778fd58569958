"""Events of orders to commands."""

from datetime import date

import msgspec

from libs.call import Call
from libs.messaging.envelope import Envelope
from libs.messaging.events import EventCodec
from libs.money import Money
from services.partners.accruals import usecases


class InvoicePayload(msgspec.Struct, frozen=True, kw_only=True):
    """What the event of an invoice says."""

    invoice_id: str
    order_id: str
    partner_id: str
    payable: Money
    issue_date: date
    subtotal: Money | None = None


class CreditNotePayload(msgspec.Struct, frozen=True, kw_only=True):
    """What the event of a credit note says."""

    credit_note_id: str
    invoice_id: str
    partner_id: str
    payable: Money


def invoice(envelope: Envelope, call: Call) -> usecases.RecordInvoice:
    """The command to store an invoice."""
    told = EventCodec.decode(envelope, InvoicePayload)
    return usecases.RecordInvoice(
        call=call,
        id=told.invoice_id,
        partner_id=told.partner_id,
        order_id=told.order_id,
        subtotal=told.subtotal,
        payable=told.payable,
        issue_date=told.issue_date,
    )


def credit_note(envelope: Envelope, call: Call) -> usecases.RecordCreditNote:
    """The command to store a credit note on an invoice."""
    told = EventCodec.decode(envelope, CreditNotePayload)
    return usecases.RecordCreditNote(
        call=call,
        id=told.invoice_id,
        partner_id=told.partner_id,
        credit_note_id=told.credit_note_id,
        payable=told.payable,
    )
