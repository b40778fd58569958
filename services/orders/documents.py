"""What orders stores, and by what it is found."""

from libs.peers import PARTNERS, TERRITORIES
from libs.privacy.aliases import ALIASES
from libs.privacy.subject_data import ANSWERS
from libs.store.port import Index, Kind
from services.orders.domain.credit import CreditAccount
from services.orders.domain.order import Order
from services.orders.domain.prices import PriceList, PriceListRevision
from services.orders.domain.shipment import Serial, Shipment

ORDERS = Kind(
    "order",
    Order,
    (
        Index(("partner_id",)),
        Index(("state",)),
        Index(("partner_id", "state")),
        Index(("registration_id",)),
        Index(("partner_id", "purchase_order_number"), unique=True),
        Index(("external_source", "external_id"), unique=True),
    ),
)
PRICE_LISTS = Kind("price_list", PriceList, (Index(("code",), unique=True), Index(("currency",))))
REVISIONS = Kind("price_list_revision", PriceListRevision)
SHIPMENTS = Kind("shipment", Shipment, (Index(("order_id",)),))
SERIALS = Kind("serial", Serial, (Index(("order_id",)),))
ACCOUNTS = Kind("credit_account", CreditAccount, (Index(("partner_id",)),))

KINDS = (ORDERS, PRICE_LISTS, REVISIONS, SHIPMENTS, SERIALS, ACCOUNTS, PARTNERS, TERRITORIES, ALIASES, ANSWERS)
