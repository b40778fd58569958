"""The facts of partners and territories that every service may store, from the events of the partners service. They
contain no personal data."""

from datetime import date
from enum import Enum

import msgspec

from libs.document import Facts
from libs.errors import AppError, Code
from libs.money import Money

LEVELS = 10  # the most levels of a hierarchy of partners, including the top


class PartnerStatus(Enum):
    """The state of a partner."""

    APPLIED = "APPLIED"
    VETTING = "VETTING"
    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    TERMINATED = "TERMINATED"
    REJECTED = "REJECTED"


# A partner in one of these states is not decided yet; the event of its approval may be on its way.
NOT_YET_ACTIVE = frozenset({PartnerStatus.APPLIED, PartnerStatus.VETTING})

# The people of a partner in one of these states may only read, and answer questions of the vendor.
NOT_IN_BUSINESS = frozenset({PartnerStatus.SUSPENDED, PartnerStatus.TERMINATED, PartnerStatus.REJECTED})


class CreditProposal(msgspec.Struct, frozen=True, kw_only=True):
    """The credit limit that the level of a partner proposes. program_id, program_number: the version of the programme
    under which the partner holds the level."""

    limit: Money
    program: str
    program_id: str
    program_number: int
    level_code: str


class PartnerFacts(Facts, frozen=True, kw_only=True):
    """The facts of a partner. sees_downline: whether its agreement lets its people see the rows of all partners below
    it. claim_limit, protection_days, lead_weight: what its level in the partner programme gives it in deals; None:
    nothing of its own. credit_proposal: what that level proposes to orders; None: nothing."""

    status: PartnerStatus
    country: str = ""
    tier: str = ""
    tier_rank: int = 0
    parent_partner_id: str = ""
    sees_downline: bool = False
    external_source: str = ""
    external_id: str | None = None
    claim_limit: int | None = None
    protection_days: int | None = None
    lead_weight: int | None = None
    credit_proposal: CreditProposal | None = None

    @property
    def active(self) -> bool:
        """Whether the partner is ACTIVE."""
        return self.status is PartnerStatus.ACTIVE


class TerritoryFacts(Facts, frozen=True, kw_only=True):
    """A partner's right to sell in a territory; the id is that of the grant. Empty subdivision or product_line: all
    of them. valid_until: the last day, also of a revoked grant; None: no end."""

    partner_id: str
    country: str
    subdivision: str = ""
    product_line: str = ""
    exclusive: bool = False
    valid_from: date | None = None
    valid_until: date | None = None

    def covers(self, country: str, subdivision: str, product_lines: frozenset[str], *, on: date) -> bool:
        """Whether this grant allows to sell any of the product lines there on that day."""
        running = (self.valid_from is None or self.valid_from <= on) and (
            self.valid_until is None or on <= self.valid_until
        )
        there = self.country == country and self.subdivision in ("", subdivision)
        return running and there and (not self.product_line or self.product_line in product_lines)


class PartnerNotActive(AppError):
    """The state of the partner does not allow this; most actions need ACTIVE."""

    code, reason = Code.FAILED_PRECONDITION, "PARTNER_NOT_ACTIVE"

    def __init__(self, partner_id: str, status: PartnerStatus) -> None:
        super().__init__(f"partner {partner_id} is {status.name}, not ACTIVE", partner_id=partner_id, state=status.name)


class PartnerNotYetActive(PartnerNotActive):
    """The partner is not approved yet, or the event of its approval has not arrived here."""

    reason = "PARTNER_NOT_YET_ACTIVE"
    retry_after_seconds = 1.0

    def __init__(self, partner_id: str, status: PartnerStatus) -> None:
        super().__init__(partner_id, status)
        self.lifted_by = partner_id
