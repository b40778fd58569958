"""What partners stores, and by what it is found."""

from libs.decisions.documents import DECISIONS
from libs.privacy.aliases import ALIASES
from libs.store.port import Index, Kind
from libs.subject_data import ANSWERS
from services.partners.domain.activity import Activity, Trace
from services.partners.domain.contact import Contact, ContactBook
from services.partners.domain.hierarchy import Branch
from services.partners.domain.partner import Partner
from services.partners.domain.territory import CountryBook, TerritoryGrant

PARTNERS = Kind(
    "partner",
    Partner,
    (
        Index(("status",)),
        Index(("kind",)),
        Index(("country",)),
        Index(("tier",)),
        Index(("parent_partner_id", "kind")),
        Index(("parent_partner_id",)),
        Index(("external_source", "external_id"), unique=True),
        Index(("registration_key",), unique=True),
    ),
    owner="id",
)
BRANCHES = Kind("branch", Branch, owner="id")
CONTACTS = Kind("contact", Contact, (Index(("partner_id",)),), owner="partner_id")
CONTACT_BOOKS = Kind("contact_book", ContactBook, owner="id")
TERRITORIES = Kind(
    "territory",
    TerritoryGrant,
    (
        Index(("partner_id",)),
        Index(("country", "ends")),
        Index(("country", "exclusive", "ends")),
        Index(("country",)),
    ),
    owner="partner_id",
)
COUNTRY_BOOKS = Kind("country_book", CountryBook)
TRACES = Kind(
    "trace",
    Trace,
    (Index(("partner_id", "pending")), Index(("pending",)), Index(("partner_id", "standing_date"))),
    owner="partner_id",
)
ACTIVITIES = Kind("activity", Activity, (Index(("stale",)),), owner="id")

KINDS = (
    PARTNERS,
    BRANCHES,
    CONTACTS,
    CONTACT_BOOKS,
    TERRITORIES,
    COUNTRY_BOOKS,
    TRACES,
    ACTIVITIES,
    DECISIONS,
    ALIASES,
    ANSWERS,
)
