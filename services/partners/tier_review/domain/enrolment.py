"""The membership of a partner in a programme, and what people and the clock do to it; reviews are in `reviewing`."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from enum import Enum
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from libs.document import Document
from libs.errors import Violation, require_state
from services.partners.program.domain.program import Program, ProgramLevel
from services.partners.tier_review.domain.calendar import day_of, end_of, last_day_of_period
from services.partners.tier_review.domain.errors import NoEndAnnounced, NoPromotionPending
from services.partners.tier_review.domain.levels import EnrolmentEndReason, HeldLevel, OverrideReason, TierChangeCause
from services.partners.tier_review.domain.progress import LevelProgress
from services.partners.tier_review.events import (
    EnrolmentEndAnnounced,
    EnrolmentEnded,
    EnrolmentEndWithdrawn,
    EnrolmentOverridden,
    EnrolmentStarted,
    TierReviewMoved,
)

_DAY = timedelta(days=1)
WITHDRAWN_ENDS_AT_MOST = 20  # that a membership shows; the audit trail has all
DAYS_AHEAD_AT_MOST = 366  # of the last day of an override, or of a membership


class EnrolmentState(Enum):
    """Whether a membership has ended."""

    ACTIVE = "ACTIVE"
    ENDED = "ENDED"


MAY_MOVE = frozenset({EnrolmentState.ACTIVE})


class PendingMove(msgspec.Struct, frozen=True, kw_only=True):
    """A move that a review has announced. fall_day: of a fall; None for a promotion that waits for a person. act_at:
    when the fall is decided; later than `fall_day` if a rate was missing. figures, as_of: those of the review."""

    to: HeldLevel
    period_last_day: date
    fall_day: date | None = None
    act_at: datetime | None = None
    figures: tuple[LevelProgress, ...] = ()
    as_of: datetime


class TierOverride(msgspec.Struct, frozen=True, kw_only=True):
    """A level that a person has given for a time."""

    level: HeldLevel
    reason: OverrideReason
    reference: str = ""
    last_day: date


class EnrolmentEnd(msgspec.Struct, frozen=True, kw_only=True):
    """Why and when a membership ends, or has ended. reason: None if nobody said."""

    reason: EnrolmentEndReason | None = None
    last_day: date


class WithdrawnEnd(msgspec.Struct, frozen=True, kw_only=True):
    """An announced end that was withdrawn; the proto says what each field means."""

    reason: EnrolmentEndReason | None = None
    last_day: date
    withdraw_time: datetime


class Enrolment(Document, frozen=True, kw_only=True):
    """A membership. level: the one that acts on the partner, None once it has ended. earned: likewise, the one that it
    has earned. review_last_day: the last day of the period that is reviewed next, at `review_at` or later.
    active_key: the partner's id, unique among memberships that have not ended; None afterwards. withdrawn_ends: the
    newest, the oldest of them first."""

    partner_id: str
    program: str
    state: EnrolmentState = EnrolmentState.ACTIVE
    level: HeldLevel | None
    earned: HeldLevel | None
    pending: PendingMove | None = None
    override: TierOverride | None = None
    end: EnrolmentEnd | None = None
    withdrawn_ends: tuple[WithdrawnEnd, ...] = ()
    time_zone: str
    review_last_day: date
    review_at: datetime
    active_key: str | None
    create_time: datetime
    update_time: datetime

    @property
    def act_at(self) -> datetime | None:
        """When the job has something to do, at the earliest; None once it has ended."""
        if self.state is EnrolmentState.ENDED:
            return None
        due = [self.review_at]
        if self.pending is not None and self.pending.act_at is not None:
            due.append(self.pending.act_at)
        if self.override is not None:
            due.append(end_of(self.override.last_day, self.time_zone))
        if self.end is not None:
            due.append(end_of(self.end.last_day, self.time_zone))
        return min(due)

    def today(self, now: datetime) -> date:
        """The date where the partner is."""
        return day_of(now, self.time_zone)

    def ended_before(self, day: date, *, now: datetime) -> bool:
        """Whether it, or its override, has ended before a day by the clock, and the job has not recorded that yet."""
        over = min(day, self.today(now))
        return any(one is not None and one.last_day < over for one in (self.end, self.override))


class Figures(NamedTuple):
    """What a review has measured: every level for the period up to `last_day`, under a version."""

    program: Program
    last_day: date
    levels: tuple[LevelProgress, ...]
    as_of: datetime


class TierChange(Document, frozen=True, kw_only=True):
    """A row of the tier history; the proto says what each field means."""

    enrolment_id: str
    partner_id: str
    program: str
    cause: TierChangeCause
    before: HeldLevel | None
    after: HeldLevel | None
    earned: HeldLevel | None
    day: date
    period_last_day: date | None = None
    figures: tuple[LevelProgress, ...] = ()
    as_of: datetime | None = None
    create_time: datetime


class Step(NamedTuple):
    """A membership after something happened to it, and its events. change: without an id; None if no level changed."""

    enrolment: Enrolment
    events: tuple[msgspec.Struct, ...]
    change: TierChange | None = None


def held(program: Program, level: ProgramLevel) -> HeldLevel:
    """A level under a version."""
    return HeldLevel(code=level.code, rank=level.rank, program_id=program.id)


def start(id: str, partner_id: str, program: Program, *, level: ProgramLevel, time_zone: str, now: datetime) -> Step:
    """The new membership of a partner, at a level of the version in force."""
    entered = held(program, level)
    last = last_day_of_period(program.review_every, day_of(now, time_zone))
    enrolment = Enrolment(
        id=id,
        partner_id=partner_id,
        program=program.code,
        level=entered,
        earned=entered,
        time_zone=time_zone,
        review_last_day=last,
        review_at=end_of(last, time_zone),
        active_key=partner_id,
        create_time=now,
        update_time=now,
    )
    event = EnrolmentStarted(enrolment_id=id, partner_id=partner_id, program=program.code, level=entered)
    return moved(None, enrolment, TierChangeCause.ENROLLED, now=now, first=event)


def announce_end(enrolment: Enrolment, given: EnrolmentEnd, *, now: datetime) -> Step:
    """The membership, which ends by the clock when a day is over; WrongState."""
    require_state("enrolment", enrolment.id, enrolment.state, action="end", allowed=MAY_MOVE)
    event = EnrolmentEndAnnounced(**names(enrolment), reason=given.reason, last_day=given.last_day)
    return Step(replace(enrolment, end=given, update_time=now), (event,))


def withdraw_end(enrolment: Enrolment, *, now: datetime) -> Step:
    """The membership without its announced end; WrongState, NoEndAnnounced."""
    require_state("enrolment", enrolment.id, enrolment.state, action="withdraw the end", allowed=MAY_MOVE)
    given = enrolment.end
    if given is None or now >= end_of(given.last_day, enrolment.time_zone):
        raise NoEndAnnounced(enrolment.id)
    withdrawn = WithdrawnEnd(reason=given.reason, last_day=given.last_day, withdraw_time=now)
    history = (*enrolment.withdrawn_ends, withdrawn)[-WITHDRAWN_ENDS_AT_MOST:]
    event = EnrolmentEndWithdrawn(**names(enrolment), last_day=given.last_day)
    return Step(replace(enrolment, end=None, withdrawn_ends=history, update_time=now), (event,))


def end(enrolment: Enrolment, *, reason: EnrolmentEndReason | None, now: datetime) -> Step:
    """The membership in ENDED, at once; WrongState."""
    require_state("enrolment", enrolment.id, enrolment.state, action="end", allowed=MAY_MOVE)
    given = EnrolmentEnd(reason=reason, last_day=enrolment.today(now))
    return _ended(replace(enrolment, end=given), now=now)


def end_announced(enrolment: Enrolment, *, now: datetime) -> Step | None:
    """The membership in ENDED, if its last day is over; else None."""
    if enrolment.end is None or now < end_of(enrolment.end.last_day, enrolment.time_zone):
        return None
    return _ended(enrolment, now=now, day=enrolment.end.last_day + _DAY)


def _ended(enrolment: Enrolment, *, now: datetime, day: date | None = None) -> Step:
    """The membership in ENDED. day: the first one after it; None for today."""
    assert enrolment.end is not None
    ended = replace(
        enrolment,
        state=EnrolmentState.ENDED,
        level=None,
        earned=None,
        pending=None,
        override=None,
        active_key=None,
        update_time=now,
    )
    event = EnrolmentEnded(**names(enrolment), reason=enrolment.end.reason)
    return moved(enrolment, ended, TierChangeCause.ENROLMENT_ENDED, now=now, first=event, day=day)


def confirm(enrolment: Enrolment, *, now: datetime) -> Step:
    """The membership at the level to which a review has proposed to move it; WrongState, NoPromotionPending."""
    require_state("enrolment", enrolment.id, enrolment.state, action="promote", allowed=MAY_MOVE)
    pending = enrolment.pending
    if pending is None or pending.fall_day is not None:
        raise NoPromotionPending(enrolment.id)
    promoted = acting(replace(enrolment, earned=pending.to, pending=None, update_time=now))
    step = moved(enrolment, promoted, TierChangeCause.CONFIRMED, now=now)
    assert step.change is not None
    reviewed = replace(
        step.change, period_last_day=pending.period_last_day, figures=pending.figures, as_of=pending.as_of
    )
    return step._replace(change=reviewed)


def last_day_violations(last_day: date, *, today: date) -> Iterator[Violation]:
    """What is wrong with the last day of an override, or of a membership. today: where the partner is."""
    if not today <= last_day <= today + timedelta(days=DAYS_AHEAD_AT_MOST):
        what = f"is not within {DAYS_AHEAD_AT_MOST} days from {today}"
        yield Violation("last_day", what, "OUT_OF_RANGE")


def override(enrolment: Enrolment, given: TierOverride, *, now: datetime) -> Step:
    """The membership with an override; WrongState."""
    require_state("enrolment", enrolment.id, enrolment.state, action="override the tier", allowed=MAY_MOVE)
    after = acting(replace(enrolment, override=given, update_time=now))
    event = EnrolmentOverridden(**names(enrolment), level=given.level, reason=given.reason, last_day=given.last_day)
    return moved(enrolment, after, TierChangeCause.OVERRIDDEN, now=now, first=event)


def end_override(enrolment: Enrolment, *, now: datetime) -> Step | None:
    """The membership at the level that it has earned, if the last day of its override is over; else None."""
    given = enrolment.override
    if given is None or now < end_of(given.last_day, enrolment.time_zone):
        return None
    after = acting(replace(enrolment, override=None, update_time=now))
    return moved(enrolment, after, TierChangeCause.OVERRIDE_ENDED, now=now, day=given.last_day + _DAY)


def acting(enrolment: Enrolment) -> Enrolment:
    """The membership with the level that acts: that of the override, else the one that it has earned."""
    return replace(enrolment, level=enrolment.override.level if enrolment.override else enrolment.earned)


def moved(
    before: Enrolment | None,
    after: Enrolment,
    cause: TierChangeCause,
    *,
    now: datetime,
    first: msgspec.Struct | None = None,
    day: date | None = None,
) -> Step:
    """The step from one level to another, with its row of the history. first: an event before that of the move. day:
    from which the level acts, where the clock decides that and not whoever records it; None for today."""
    event = TierReviewMoved(**names(after), cause=cause, level=after.level, earned=after.earned)
    change = TierChange(
        id="",
        enrolment_id=after.id,
        partner_id=after.partner_id,
        program=after.program,
        cause=cause,
        before=before.level if before else None,
        after=after.level,
        earned=after.earned,
        day=day or after.today(now),
        create_time=now,
    )
    return Step(after, (event,) if first is None else (first, event), change)


def names(enrolment: Enrolment) -> dict[str, str]:
    """The fields that every event of a membership has."""
    return {"enrolment_id": enrolment.id, "partner_id": enrolment.partner_id, "program": enrolment.program}
