"""Facts of a partner and its territories that every service may store, from the last event of the partners service;
without persons."""

from datetime import date
from enum import Enum

from libs.document import Document
from libs.errors import AppError, Code

LEVELS = 10  # of a hierarchy of partners, the top one counted


class PartnerStatus(Enum):
    """Where a partner stands with the vendor."""

    APPLIED = "APPLIED"
    VETTING = "VETTING"
    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    TERMINATED = "TERMINATED"
    REJECTED = "REJECTED"


# Of a partner in one of these nobody knows yet what becomes of it; its approval may be on its way.
NOT_YET_ACTIVE = frozenset({PartnerStatus.APPLIED, PartnerStatus.VETTING})

# Of a partner in one of these, people read, and answer what they are asked.
NOT_IN_BUSINESS = frozenset({PartnerStatus.SUSPENDED, PartnerStatus.TERMINATED, PartnerStatus.REJECTED})


class PartnerFacts(Document, frozen=True, kw_only=True):
    """A partner; `facts_version` is its own version where it is kept. sees_downline: its agreement lets its people see
    the rows of everybody below it."""

    facts_version: int
    status: PartnerStatus
    country: str = ""
    tier: str = ""
    tier_rank: int = 0
    parent_partner_id: str = ""
    sees_downline: bool = False
    external_source: str = ""
    external_id: str | None = None

    @property
    def active(self) -> bool:
        """Whether it may do business now."""
        return self.status is PartnerStatus.ACTIVE


class TerritoryFacts(Document, frozen=True, kw_only=True):
    """A right to sell, the id is the grant's. Empty subdivision or product line: all of them. `valid_until`
    is the last day, None: until revoked; a revoked grant has one."""

    facts_version: int
    partner_id: str
    country: str
    subdivision: str = ""
    product_line: str = ""
    exclusive: bool = False
    valid_from: date | None = None
    valid_until: date | None = None

    def covers(self, country: str, subdivision: str, product_lines: frozenset[str], *, on: date) -> bool:
        """Whether any of the product lines may be sold there on that day by this grant."""
        running = (self.valid_from is None or self.valid_from <= on) and (
            self.valid_until is None or on <= self.valid_until
        )
        there = self.country == country and self.subdivision in ("", subdivision)
        return running and there and (not self.product_line or self.product_line in product_lines)


class PartnerNotActive(AppError):
    """The partner is in a state in which it may not do this; most things need ACTIVE."""

    code, reason = Code.FAILED_PRECONDITION, "PARTNER_NOT_ACTIVE"

    def __init__(self, partner_id: str, status: PartnerStatus) -> None:
        super().__init__(f"partner {partner_id} is {status.name}, not ACTIVE", partner_id=partner_id, state=status.name)


class PartnerNotYetActive(PartnerNotActive):
    """The partner is not approved, or the event of its approval has not arrived here yet."""

    reason = "PARTNER_NOT_YET_ACTIVE"
    retry_after_seconds = 1.0

    def __init__(self, partner_id: str, status: PartnerStatus) -> None:
        super().__init__(partner_id, status)
        self.lifted_by = partner_id
