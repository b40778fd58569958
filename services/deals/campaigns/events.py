"""Events of campaigns, as published to other services; the protos describe each."""

from datetime import date

import msgspec

from services.deals.campaigns.domain.states import CampaignKind, CampaignState, ParticipationState


class CampaignEvent(msgspec.Struct, frozen=True, kw_only=True):
    """The field of every event about a campaign."""

    campaign_id: str


class CampaignCreated(CampaignEvent, frozen=True, kw_only=True):
    kind: CampaignKind


class CampaignUpdated(CampaignEvent, frozen=True, kw_only=True):
    pass


class CampaignMoved(CampaignEvent, frozen=True, kw_only=True):
    state: CampaignState


class ParticipationEvent(CampaignEvent, frozen=True, kw_only=True):
    """The fields of every event about a participation."""

    participation_id: str
    partner_id: str


class ParticipationInvited(ParticipationEvent, frozen=True, kw_only=True):
    pass


class ParticipationAnswered(ParticipationEvent, frozen=True, kw_only=True):
    state: ParticipationState


class PresenceEvent(ParticipationEvent, frozen=True, kw_only=True):
    """And where the campaign took place and what it advertised."""

    country: str
    claimed_product_lines: tuple[str, ...]


class ParticipationAttended(PresenceEvent, frozen=True, kw_only=True):
    pass


class ParticipationMissed(PresenceEvent, frozen=True, kw_only=True):
    pass


class TouchRecorded(CampaignEvent, frozen=True, kw_only=True):
    touch_id: str
    lead_id: str
    registration_id: str
    day: date
