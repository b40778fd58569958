"""What orders stores, and by what it is found."""

from libs.decisions.documents import DECISIONS
from libs.document import Document
from libs.peers import PARTNERS, TERRITORIES
from libs.privacy.aliases import ALIASES
from libs.store.port import Index, Kind
from libs.subject_data import ANSWERS
from services.orders.domain.credit import CreditAccount
from services.orders.domain.credit_note import CreditNote
from services.orders.domain.invoice import Invoice, NumberSeries
from services.orders.domain.order import Order
from services.orders.domain.payment import Payment
from services.orders.domain.prices import PriceList, PriceListRevision
from services.orders.domain.returns import Return
from services.orders.domain.shipment import Serial, Shipment


class RegistrationFacts(Document, frozen=True, kw_only=True):
    """Whose a registration is, as deals told; that never changes."""

    partner_id: str


_BY_ORDER = Index(("order_id",))
_EXTERNAL = Index(("external_source", "external_id"), unique=True)
_NUMBER = Index(("number",), unique=True)

ORDERS = Kind(
    "order",
    Order,
    (
        Index(("partner_id",)),
        Index(("state",)),
        Index(("partner_id", "state")),
        Index(("registration_id",)),
        Index(("partner_id", "purchase_order_number"), unique=True),
        _EXTERNAL,
    ),
    owner="partner_id",
)
PRICE_LISTS = Kind("price_list", PriceList, (Index(("code",), unique=True), Index(("currency",))))
REVISIONS = Kind("price_list_revision", PriceListRevision)
SHIPMENTS = Kind("shipment", Shipment, (_BY_ORDER,), owner="partner_id")
SERIALS = Kind("serial", Serial, (_BY_ORDER,), owner="partner_id")
ACCOUNTS = Kind("credit_account", CreditAccount, (Index(("partner_id",)), Index(("review.due",))), owner="partner_id")
INVOICES = Kind(
    "invoice",
    Invoice,
    (
        _BY_ORDER,
        _NUMBER,
        Index(("open_due",)),
        Index(("partner_id", "open_due")),
        Index(("watch_due",)),
        Index(("dunning_level", "dunning_watch")),
        Index(("dunning_block.until",)),
    ),
    owner="partner_id",
)
CREDIT_NOTES = Kind("credit_note", CreditNote, (_BY_ORDER, _NUMBER, _EXTERNAL), owner="partner_id")
PAYMENTS = Kind("payment", Payment, (_BY_ORDER, _EXTERNAL), owner="partner_id")
RETURNS = Kind("return", Return, (_BY_ORDER,), owner="partner_id")
SERIES = Kind("number_series", NumberSeries)
REGISTRATIONS = Kind("registration", RegistrationFacts, owner="partner_id")

KINDS = (
    ORDERS,
    PRICE_LISTS,
    REVISIONS,
    SHIPMENTS,
    SERIALS,
    ACCOUNTS,
    INVOICES,
    CREDIT_NOTES,
    PAYMENTS,
    RETURNS,
    SERIES,
    REGISTRATIONS,
    PARTNERS,
    TERRITORIES,
    DECISIONS,
    ALIASES,
    ANSWERS,
)
