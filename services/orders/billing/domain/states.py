"""The states of an invoice, and why it is credited or not dunned."""

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


class DunningBlockReason(Enum):
    """Why an invoice is not dunned."""

    DISPUTED = "DISPUTED"
    PROMISE_TO_PAY = "PROMISE_TO_PAY"
    PAYMENT_PLAN = "PAYMENT_PLAN"
    LEGAL = "LEGAL"
    IMPORTED = "IMPORTED"
    OTHER = "OTHER"


MAY_DUN = frozenset({InvoiceState.ISSUED, InvoiceState.PARTIALLY_PAID})
