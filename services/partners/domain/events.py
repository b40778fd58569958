"""What happened to partners, contacts and territories, as other services hear it; the protos say what each means."""

from datetime import date

import msgspec

from libs.partner import PartnerStatus
from services.partners.domain.partner import Partner
from services.partners.domain.states import PartnerKind, StatusReason


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What every other service needs of a partner."""

    status: PartnerStatus
    kind: PartnerKind
    country: str
    tier: str
    tier_rank: int
    parent_partner_id: str
    sees_downline: bool
    external_source: str
    external_id: str


class PartnerEvent(msgspec.Struct, frozen=True, kw_only=True):
    """What every event of a partner tells."""

    partner_id: str
    facts: Facts


class PartnerApplied(PartnerEvent, frozen=True, kw_only=True):
    pass


class PartnerUpdated(PartnerEvent, frozen=True, kw_only=True):
    fields: tuple[str, ...]


class PartnerVettingStarted(PartnerEvent, frozen=True, kw_only=True):
    pass


class PartnerApproved(PartnerEvent, frozen=True, kw_only=True):
    pass


class PartnerRejected(PartnerEvent, frozen=True, kw_only=True):
    status_reason: StatusReason


class PartnerSuspended(PartnerEvent, frozen=True, kw_only=True):
    status_reason: StatusReason


class PartnerReinstated(PartnerEvent, frozen=True, kw_only=True):
    pass


class PartnerTerminated(PartnerEvent, frozen=True, kw_only=True):
    status_reason: StatusReason


class PartnerTierSet(PartnerEvent, frozen=True, kw_only=True):
    pass


class PartnerDownlineAccessSet(PartnerEvent, frozen=True, kw_only=True):
    pass


class PartnerImported(PartnerEvent, frozen=True, kw_only=True):
    pass


class ContactEvent(msgspec.Struct, frozen=True, kw_only=True):
    """What every event of a contact tells."""

    contact_id: str
    partner_id: str


class ContactAdded(ContactEvent, frozen=True, kw_only=True):
    pass


class ContactUpdated(ContactEvent, frozen=True, kw_only=True):
    pass


class ContactRemoved(ContactEvent, frozen=True, kw_only=True):
    pass


class TerritoryEvent(msgspec.Struct, frozen=True, kw_only=True):
    """What every event of a territory tells."""

    territory_id: str
    partner_id: str
    country: str
    subdivision: str
    product_line: str
    exclusive: bool
    valid_from: date
    valid_until: date | None


class TerritoryGranted(TerritoryEvent, frozen=True, kw_only=True):
    pass


class TerritoryRevoked(TerritoryEvent, frozen=True, kw_only=True):
    pass


def facts_of(partner: Partner) -> Facts:
    """The facts as they are after a change."""
    return Facts(
        status=partner.status,
        kind=partner.kind,
        country=partner.country,
        tier=partner.tier,
        tier_rank=partner.tier_rank,
        parent_partner_id=partner.parent_partner_id,
        sees_downline=partner.sees_downline,
        external_source=partner.external_source,
        external_id=partner.external_id or "",
    )
