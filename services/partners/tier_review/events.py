"""The events of memberships and reviews; the protos document each of them."""

from datetime import date

import msgspec

from services.partners.tier_review.domain.levels import EnrolmentEndReason, HeldLevel, OverrideReason, TierChangeCause


class EnrolmentEvent(msgspec.Struct, frozen=True, kw_only=True):
    """The fields that every event of a membership has."""

    enrolment_id: str
    partner_id: str
    program: str


class EnrolmentStarted(EnrolmentEvent, frozen=True, kw_only=True):
    level: HeldLevel


class EnrolmentOverridden(EnrolmentEvent, frozen=True, kw_only=True):
    level: HeldLevel
    reason: OverrideReason
    last_day: date


class EnrolmentEndAnnounced(EnrolmentEvent, frozen=True, kw_only=True):
    reason: EnrolmentEndReason | None
    last_day: date


class EnrolmentEndWithdrawn(EnrolmentEvent, frozen=True, kw_only=True):
    last_day: date


class EnrolmentEnded(EnrolmentEvent, frozen=True, kw_only=True):
    reason: EnrolmentEndReason | None = None


class TierReviewHeld(EnrolmentEvent, frozen=True, kw_only=True):
    period_last_day: date


class TierReviewPostponed(EnrolmentEvent, frozen=True, kw_only=True):
    period_last_day: date


class TierReviewPromotionProposed(EnrolmentEvent, frozen=True, kw_only=True):
    period_last_day: date
    to: HeldLevel


class TierReviewNoticeGiven(EnrolmentEvent, frozen=True, kw_only=True):
    period_last_day: date
    to: HeldLevel
    fall_day: date


class TierReviewNoticeWithdrawn(EnrolmentEvent, frozen=True, kw_only=True):
    period_last_day: date


class TierReviewMoved(EnrolmentEvent, frozen=True, kw_only=True):
    cause: TierChangeCause
    level: HeldLevel | None
    earned: HeldLevel | None
