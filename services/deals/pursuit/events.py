"""Events of joint pursuits, as published to other services; the protos describe each."""

from datetime import date

import msgspec

from services.deals.claims.domain.states import ActivityType
from services.deals.pursuit.domain.members import PursuitChannel, PursuitRole

Day = date  # for fields that are called date


class PursuitEvent(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of every event about a membership."""

    membership_id: str
    registration_id: str
    partner_id: str


class PursuitInvited(PursuitEvent, frozen=True, kw_only=True):
    role: PursuitRole


class PursuitAccepted(PursuitEvent, frozen=True, kw_only=True):
    pass


class PursuitDeclined(PursuitEvent, frozen=True, kw_only=True):
    pass


class PursuitExpired(PursuitEvent, frozen=True, kw_only=True):
    pass


class PursuitEnded(PursuitEvent, frozen=True, kw_only=True):
    pass


class PursuitActivityRecorded(PursuitEvent, frozen=True, kw_only=True):
    channel: PursuitChannel
    type: ActivityType
    date: Day
