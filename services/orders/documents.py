"""What orders stores, and by what it is found."""

from libs.peers import PARTNERS, TERRITORIES
from libs.privacy.aliases import ALIASES
from libs.privacy.subject_data import ANSWERS
from libs.store.port import Index, Kind
from services.orders.domain.credit import CreditAccount
from services.orders.domain.order import Order

ORDERS = Kind(
    "order",
    Order,
    (
        Index(("partner_id",)),
        Index(("state",)),
        Index(("partner_id", "state")),
        Index(("registration_id",)),
        Index(("external_source", "external_id"), unique=True),
    ),
)
ACCOUNTS = Kind("credit_account", CreditAccount, (Index(("partner_id",)),))

KINDS = (ORDERS, ACCOUNTS, PARTNERS, TERRITORIES, ALIASES, ANSWERS)
