"""The states of campaigns and participations, and from which each can be reached."""

from collections.abc import Mapping
from enum import Enum


class CampaignKind(Enum):
    """What a campaign is."""

    FAIR = "FAIR"
    EVENT = "EVENT"
    WEBINAR = "WEBINAR"
    MAILING = "MAILING"
    ADVERTISING = "ADVERTISING"
    OTHER = "OTHER"


class CampaignState(Enum):
    """How far a campaign is."""

    PLANNED = "PLANNED"
    RUNNING = "RUNNING"
    ENDED = "ENDED"
    CANCELED = "CANCELED"


class ParticipationState(Enum):
    """How far a participation is."""

    INVITED = "INVITED"
    REGISTERED = "REGISTERED"
    DECLINED = "DECLINED"
    ATTENDED = "ATTENDED"
    NO_SHOW = "NO_SHOW"


CAMPAIGN_FROM: Mapping[CampaignState, frozenset[CampaignState]] = {
    CampaignState.PLANNED: frozenset(),
    CampaignState.RUNNING: frozenset({CampaignState.PLANNED}),
    CampaignState.ENDED: frozenset({CampaignState.RUNNING}),
    CampaignState.CANCELED: frozenset({CampaignState.PLANNED, CampaignState.RUNNING}),
}
PARTICIPATION_FROM: Mapping[ParticipationState, frozenset[ParticipationState]] = {
    ParticipationState.INVITED: frozenset(),
    ParticipationState.REGISTERED: frozenset({ParticipationState.INVITED, ParticipationState.DECLINED}),
    ParticipationState.DECLINED: frozenset({ParticipationState.INVITED, ParticipationState.REGISTERED}),
    ParticipationState.ATTENDED: frozenset(ParticipationState) - {ParticipationState.ATTENDED},
    ParticipationState.NO_SHOW: frozenset({ParticipationState.REGISTERED, ParticipationState.ATTENDED}),
}
NOT_CANCELED = frozenset(CampaignState) - {CampaignState.CANCELED}
MAY_INVITE = MAY_ANSWER = frozenset({CampaignState.PLANNED, CampaignState.RUNNING})
MAY_ATTEND = frozenset({CampaignState.RUNNING, CampaignState.ENDED})
CAME_OR_REGISTERED = frozenset({ParticipationState.REGISTERED, ParticipationState.ATTENDED, ParticipationState.NO_SHOW})
