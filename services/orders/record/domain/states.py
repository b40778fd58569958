"""The states of an order, and the states that each transition requires."""

from enum import Enum

from libs.partner import PartnerStatus


class OrderState(Enum):
    """The progress of an order from DRAFT to COMPLETED or CANCELED."""

    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    HELD = "HELD"
    CONFIRMED = "CONFIRMED"
    IN_FULFILLMENT = "IN_FULFILLMENT"
    COMPLETED = "COMPLETED"
    CANCELED = "CANCELED"


class FulfillmentState(Enum):
    """How much of the goods is shipped or delivered."""

    NOT_SHIPPED = "NOT_SHIPPED"
    PARTIALLY_SHIPPED = "PARTIALLY_SHIPPED"
    SHIPPED = "SHIPPED"
    DELIVERED = "DELIVERED"


class BillingState(Enum):
    """How much of the order is invoiced."""

    NOT_INVOICED = "NOT_INVOICED"
    PARTIALLY_INVOICED = "PARTIALLY_INVOICED"
    INVOICED = "INVOICED"


class PaymentState(Enum):
    """How much of the invoiced amount is settled."""

    UNPAID = "UNPAID"
    PARTIALLY_PAID = "PARTIALLY_PAID"
    PAID = "PAID"


class HoldReason(Enum):
    """Why an order is held and not confirmed."""

    CREDIT = "CREDIT"
    COMPLIANCE = "COMPLIANCE"
    TERRITORY = "TERRITORY"
    CERTIFICATION = "CERTIFICATION"
    AGREEMENT = "AGREEMENT"


class HoldRelease(Enum):
    """How a hold ended: a person released it, or the service found that its reason no longer applies."""

    DECIDED = "DECIDED"
    REASON_GONE = "REASON_GONE"


class CancelReason(Enum):
    """Why an order was canceled, or closed before everything was shipped."""

    CUSTOMER_REQUEST = "CUSTOMER_REQUEST"
    PARTNER_REQUEST = "PARTNER_REQUEST"
    OUT_OF_STOCK = "OUT_OF_STOCK"
    HOLD_REFUSED = "HOLD_REFUSED"
    DUPLICATE = "DUPLICATE"
    OTHER = "OTHER"


class LineKind(Enum):
    """PRODUCT: goods, which are shipped and may be returned; CHARGE: only invoiced."""

    PRODUCT = "PRODUCT"
    CHARGE = "CHARGE"


class PriceSource(Enum):
    """The source of a price."""

    LIST = "LIST"
    VOLUME_BREAK = "VOLUME_BREAK"
    GIVEN = "GIVEN"
    IMPORTED = "IMPORTED"
    MISSING = "MISSING"


MAY_UPDATE = frozenset({OrderState.DRAFT})
MAY_SUBMIT = frozenset({OrderState.DRAFT, OrderState.HELD})
MAY_RELEASE = frozenset({OrderState.HELD})
MAY_SHIP = frozenset({OrderState.CONFIRMED, OrderState.IN_FULFILLMENT})
MAY_CANCEL = frozenset({OrderState.DRAFT, OrderState.HELD, OrderState.CONFIRMED})
MAY_CLOSE = frozenset({OrderState.IN_FULFILLMENT})
MAY_HAVE_FOLLOWERS = MAY_RETURN = frozenset({OrderState.IN_FULFILLMENT, OrderState.COMPLETED})
MAY_INVOICE = frozenset({OrderState.CONFIRMED, OrderState.IN_FULFILLMENT})
BINDING = frozenset({OrderState.CONFIRMED, OrderState.IN_FULFILLMENT, OrderState.COMPLETED})


# States of partners. The order of a suspended partner is held; terms may be set before a partner is admitted.
MAY_ORDER = frozenset({PartnerStatus.ACTIVE, PartnerStatus.SUSPENDED})
MAY_HAVE_TERMS = MAY_ORDER | {PartnerStatus.APPLIED, PartnerStatus.VETTING}
