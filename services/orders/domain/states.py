"""The axes of an order, the states of what follows from it, and which state each move needs."""

from enum import Enum

from libs.partner import PartnerStatus


class OrderState(Enum):
    """Whether an order stands."""

    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    HELD = "HELD"
    CONFIRMED = "CONFIRMED"
    IN_FULFILLMENT = "IN_FULFILLMENT"
    COMPLETED = "COMPLETED"
    CANCELED = "CANCELED"


class FulfillmentState(Enum):
    """How much of the goods is on its way."""

    NOT_SHIPPED = "NOT_SHIPPED"
    PARTIALLY_SHIPPED = "PARTIALLY_SHIPPED"
    SHIPPED = "SHIPPED"
    DELIVERED = "DELIVERED"


class BillingState(Enum):
    """How much is invoiced."""

    NOT_INVOICED = "NOT_INVOICED"
    PARTIALLY_INVOICED = "PARTIALLY_INVOICED"
    INVOICED = "INVOICED"


class PaymentState(Enum):
    """How much of what is invoiced is settled."""

    UNPAID = "UNPAID"
    PARTIALLY_PAID = "PARTIALLY_PAID"
    PAID = "PAID"


class HoldReason(Enum):
    """What must be released before an order stands."""

    CREDIT = "CREDIT"
    COMPLIANCE = "COMPLIANCE"
    TERRITORY = "TERRITORY"


class HoldRelease(Enum):
    """How a hold ended: somebody decided so, or the service saw that its reason is gone."""

    DECIDED = "DECIDED"
    REASON_GONE = "REASON_GONE"


class CancelReason(Enum):
    """Why an order was canceled."""

    CUSTOMER_REQUEST = "CUSTOMER_REQUEST"
    PARTNER_REQUEST = "PARTNER_REQUEST"
    OUT_OF_STOCK = "OUT_OF_STOCK"
    HOLD_REFUSED = "HOLD_REFUSED"
    DUPLICATE = "DUPLICATE"
    OTHER = "OTHER"


class LineKind(Enum):
    """Goods are shipped and may come back; a charge is only invoiced."""

    PRODUCT = "PRODUCT"
    CHARGE = "CHARGE"


class PriceSource(Enum):
    """Where a price came from."""

    LIST = "LIST"
    VOLUME_BREAK = "VOLUME_BREAK"
    GIVEN = "GIVEN"
    IMPORTED = "IMPORTED"
    MISSING = "MISSING"


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


class ReturnState(Enum):
    """How far a return is."""

    DRAFT = "DRAFT"
    AUTHORIZED = "AUTHORIZED"
    RECEIVED = "RECEIVED"
    INSPECTED = "INSPECTED"
    REFUNDED = "REFUNDED"
    REPLACED = "REPLACED"
    REJECTED = "REJECTED"


class ReturnReason(Enum):
    """Why goods come back."""

    DEFECTIVE = "DEFECTIVE"
    WRONG_ITEM = "WRONG_ITEM"
    DAMAGED_IN_TRANSIT = "DAMAGED_IN_TRANSIT"
    NOT_NEEDED = "NOT_NEEDED"
    RECALL = "RECALL"
    OTHER = "OTHER"


class ReturnResolution(Enum):
    """What the partner gets for returned goods."""

    REFUND = "REFUND"
    REPLACEMENT = "REPLACEMENT"


class ImportDocument(Enum):
    """What a row of an import is."""

    ORDER = "ORDER"
    CREDIT_NOTE = "CREDIT_NOTE"


MAY_UPDATE = MAY_SUBMIT = frozenset({OrderState.DRAFT})
MAY_RELEASE = frozenset({OrderState.HELD})
MAY_SHIP = frozenset({OrderState.CONFIRMED, OrderState.IN_FULFILLMENT})
MAY_CANCEL = frozenset({OrderState.DRAFT, OrderState.HELD, OrderState.CONFIRMED})
MAY_RETURN = frozenset({OrderState.IN_FULFILLMENT, OrderState.COMPLETED})
MAY_INVOICE = frozenset({OrderState.CONFIRMED, OrderState.IN_FULFILLMENT})
STANDING = frozenset({OrderState.CONFIRMED, OrderState.IN_FULFILLMENT, OrderState.COMPLETED})

MAY_DUN = frozenset({InvoiceState.ISSUED, InvoiceState.PARTIALLY_PAID})

MAY_RECEIVE = frozenset({ReturnState.AUTHORIZED})
MAY_INSPECT = frozenset({ReturnState.RECEIVED})
MAY_SETTLE = frozenset({ReturnState.INSPECTED})

# Partners: a suspended one's order is held; terms may be agreed on before it is admitted.
MAY_ORDER = frozenset({PartnerStatus.ACTIVE, PartnerStatus.SUSPENDED})
MAY_HAVE_TERMS = MAY_ORDER | {PartnerStatus.APPLIED, PartnerStatus.VETTING}
