"""The fields that every event of a partner has."""

from typing import TypeVar

import msgspec

from libs.partner import CreditProposal, PartnerStatus
from services.partners.record.domain.partner import Partner
from services.partners.record.domain.states import PartnerKind


class PartnerFacts(msgspec.Struct, frozen=True, kw_only=True):
    """The facts about a partner that the other services use."""

    status: PartnerStatus
    kind: PartnerKind
    country: str
    tier: str
    tier_rank: int
    parent_partner_id: str
    sees_downline: bool
    external_source: str
    external_id: str
    claim_limit: int | None = None
    protection_days: int | None = None
    lead_weight: int | None = None
    credit_proposal: CreditProposal | None = None


class PartnerEvent(msgspec.Struct, frozen=True, kw_only=True):
    """The partner, and the facts about it after the change."""

    partner_id: str
    facts: PartnerFacts


E = TypeVar("E", bound=PartnerEvent)


def event_of(event: type[E], partner: Partner) -> E:
    """An event that has only the facts. partner: as it is after the change."""
    return event(partner_id=partner.id, facts=facts_of(partner))


def facts_of(partner: Partner) -> PartnerFacts:
    """The facts about a partner. partner: as it is after the change."""
    return PartnerFacts(
        status=partner.status,
        kind=partner.kind,
        country=partner.country,
        tier=partner.tier,
        tier_rank=partner.tier_rank,
        parent_partner_id=partner.parent_partner_id,
        sees_downline=partner.sees_downline,
        external_source=partner.external_source,
        external_id=partner.external_id or "",
        claim_limit=partner.claim_limit,
        protection_days=partner.protection_days,
        lead_weight=partner.lead_weight,
        credit_proposal=partner.credit_proposal,
    )
