"""The states of an invoice, and why it is credited or not dunned, or a payment reversed."""

from enum import Enum


class InvoiceState(Enum):
    """How far an invoice is settled."""

    ISSUED = "ISSUED"
    PARTIALLY_PAID = "PARTIALLY_PAID"
    PAID = "PAID"
    CREDITED = "CREDITED"


class CreditNoteReason(Enum):
    """Why something is credited."""

    RETURN = "RETURN"
    PRICE = "PRICE"
    QUANTITY = "QUANTITY"
    GOODWILL = "GOODWILL"
    OTHER = "OTHER"


class PaymentReversalReason(Enum):
    """Why a payment does not count any more."""

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
