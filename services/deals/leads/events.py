"""Events of leads, as published to other services; the protos describe each."""

from datetime import date, datetime

import msgspec

from services.deals.leads.domain.states import LeadBasis, LeadClosureCode, LeadDeclineReason, LeadSource, LeadState


class LeadEvent(msgspec.Struct, frozen=True, kw_only=True):
    """The field of every event about a lead."""

    lead_id: str


class OfferEvent(LeadEvent, frozen=True, kw_only=True):
    """The fields of every event about what a partner does with a lead."""

    offer_id: str
    partner_id: str


class MarketOfferEvent(OfferEvent, frozen=True, kw_only=True):
    """And where and what it is about."""

    country: str
    claimed_product_lines: tuple[str, ...]


class LeadCreated(LeadEvent, frozen=True, kw_only=True):
    source: LeadSource
    country: str
    claimed_product_lines: tuple[str, ...]
    state: LeadState
    score: int
    imported: bool


class LeadBasisStated(LeadEvent, frozen=True, kw_only=True):
    basis: LeadBasis | None


class LeadQualified(LeadEvent, frozen=True, kw_only=True):
    pass


class LeadOffered(MarketOfferEvent, frozen=True, kw_only=True):
    accept_by: datetime


class LeadAccepted(MarketOfferEvent, frozen=True, kw_only=True):
    picked: bool


class LeadDeclined(MarketOfferEvent, frozen=True, kw_only=True):
    reason: LeadDeclineReason


class LeadLapsed(MarketOfferEvent, frozen=True, kw_only=True):
    pass


class LeadReturned(OfferEvent, frozen=True, kw_only=True):
    pass


class LeadDeferred(LeadEvent, frozen=True, kw_only=True):
    until: datetime


class LeadPooled(LeadEvent, frozen=True, kw_only=True):
    country: str
    claimed_product_lines: tuple[str, ...]


class LeadConverted(OfferEvent, frozen=True, kw_only=True):
    registration_id: str


class LeadDisqualified(LeadEvent, frozen=True, kw_only=True):
    last_partner_id: str
    code: LeadClosureCode


class LeadExpired(LeadEvent, frozen=True, kw_only=True):
    pass


class LeadScoringPublished(msgspec.Struct, frozen=True, kw_only=True):
    scoring_id: str
    effective_date: date


class LeadScoringWithdrawn(LeadScoringPublished, frozen=True, kw_only=True):
    pass
