"""What deals stores, and by what it is found."""

from libs.peers import PARTNERS, TERRITORIES
from libs.privacy.aliases import ALIASES
from libs.privacy.subject_data import ANSWERS
from libs.store.port import Index, Kind
from services.deals.domain.matching import KeySlot
from services.deals.domain.partner import ClaimAccount
from services.deals.domain.registration import Registration, awaits_partner

REGISTRATIONS = Kind(
    "registration",
    Registration,
    (
        Index(("partner_id", "review", "protected_until")),
        Index(("partner_id", "review")),
        Index(("partner_id",)),
        Index(("review",)),
        Index(("review", "keys_version")),
        Index(("stage",)),
        Index(("review", "protected_until")),
        Index(("review", "expiry_warned", "protected_until")),
        Index(("review", "decision_breached", "decision_due_time")),
        Index(("external_source", "external_id"), unique=True),
    ),
    owner="partner_id",
    awaited=awaits_partner,
)
SLOTS = Kind("key_slot", KeySlot)
ACCOUNTS = Kind("claim_account", ClaimAccount, owner="id")

KINDS = (REGISTRATIONS, SLOTS, ACCOUNTS, PARTNERS, TERRITORIES, ALIASES, ANSWERS)
