"""The states of an invoice, and the reasons of credit notes, payment reversals and dunning blocks."""

from enum import Enum


class InvoiceState(Enum):
    """How far an invoice is settled."""

    ISSUED = "ISSUED"
    PARTIALLY_PAID = "PARTIALLY_PAID"
    PAID = "PAID"
    CREDITED = "CREDITED"


class CreditNoteReason(Enum):
    """Why a credit note was issued."""

    RETURN = "RETURN"
    PRICE = "PRICE"
    QUANTITY = "QUANTITY"
    GOODWILL = "GOODWILL"
    OTHER = "OTHER"


class PaymentReversalReason(Enum):
    """Why a payment was reversed."""

    RETURNED_BY_BANK = "RETURNED_BY_BANK"
    RECORDED_IN_ERROR = "RECORDED_IN_ERROR"
    OTHER = "OTHER"


class DunningBlockReason(Enum):
    """Why an invoice is not dunned."""

    DISPUTED = "DISPUTED"
    PROMISE_TO_PAY = "PROMISE_TO_PAY"
    PAYMENT_PLAN = "PAYMENT_PLAN"
    LEGAL = "LEGAL"
    IMPORTED = "IMPORTED"
    OTHER = "OTHER"


MAY_DUN = frozenset({InvoiceState.ISSUED, InvoiceState.PARTIALLY_PAID})
