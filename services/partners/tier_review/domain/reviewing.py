"""Reviews: what the figures of a period do to a membership.

earned a higher level    PROMOTED at once, or a proposal that a person confirms
kept its level           held; a notice or proposal is withdrawn
earned a lower one       notice; after notice and grace DEMOTED, unless it has earned its level again
missing rates decide     postponed by a day
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec.structs import replace

from services.partners.program.domain.program import Program, PromotionMode
from services.partners.tier_review.domain.calendar import end_of, last_day_of_period, start_of
from services.partners.tier_review.domain.enrolment import (
    Enrolment,
    Figures,
    PendingMove,
    Step,
    acting,
    moved,
    names,
)
from services.partners.tier_review.domain.levels import HeldLevel, TierChangeCause
from services.partners.tier_review.domain.progress import LevelProgress, earned
from services.partners.tier_review.events import (
    TierReviewHeld,
    TierReviewNoticeGiven,
    TierReviewNoticeWithdrawn,
    TierReviewPostponed,
    TierReviewPromotionProposed,
)

AGAIN = timedelta(days=1)  # after which a review is repeated that misses a rate


def review(enrolment: Enrolment, found: Figures, *, now: datetime) -> Step:
    """What the review of a period does."""
    place = _place_of(enrolment, found.levels)
    target = earned(found.levels, place)
    if target is None:
        event = TierReviewPostponed(**names(enrolment), period_last_day=found.last_day)
        return Step(replace(enrolment, review_at=now + AGAIN, update_time=now), (event,))
    last = last_day_of_period(found.program.review_every, enrolment.today(now))
    reviewed = replace(enrolment, review_last_day=last, review_at=end_of(last, enrolment.time_zone), update_time=now)
    to = _held(found.program, target)
    if target.rank > place.rank:
        return _rise(reviewed, found, to, now=now)
    if target.rank < place.rank:
        return _sink(reviewed, found, to, now=now)
    return _stay(reviewed, found, to, now=now)


def fall(enrolment: Enrolment, given: Figures, latest: Figures, *, now: datetime) -> Step:
    """What happens when notice and grace are over. given: the period of the notice, measured again. latest: up to the
    day before. Whichever is better counts."""
    pending = enrolment.pending
    assert pending is not None
    targets = [earned(one.levels, _place_of(enrolment, one.levels)) for one in (given, latest)]
    known = [one for one in targets if one is not None]
    place = _place_of(enrolment, given.levels)
    if any(one.rank >= place.rank for one in known):
        withdrawn = TierReviewNoticeWithdrawn(**names(enrolment), period_last_day=latest.last_day)
        return Step(replace(enrolment, pending=None, update_time=now), (withdrawn,))
    if len(known) < len(targets):
        postponed = TierReviewPostponed(**names(enrolment), period_last_day=pending.period_last_day)
        later = replace(pending, act_at=now + AGAIN)
        return Step(replace(enrolment, pending=later, update_time=now), (postponed,))
    best, figures = max(zip(known, (given, latest), strict=True), key=lambda one: one[0].rank)
    return _moved(enrolment, figures, _held(figures.program, best), TierChangeCause.DEMOTED, now=now)


def _place_of(enrolment: Enrolment, levels: Sequence[LevelProgress]) -> LevelProgress:
    """The level of a version that a partner holds: that with its code, else the highest that is not above its rank."""
    mine = enrolment.earned
    assert mine is not None
    same = next((one for one in levels if one.code == mine.code), None)
    return same or max((one for one in levels if one.rank <= mine.rank), key=lambda one: one.rank)


def _rise(enrolment: Enrolment, found: Figures, to: HeldLevel, *, now: datetime) -> Step:
    if found.program.promotion is PromotionMode.AT_ONCE:
        return _moved(enrolment, found, to, TierChangeCause.PROMOTED, now=now)
    event = TierReviewPromotionProposed(**names(enrolment), period_last_day=found.last_day, to=to)
    return Step(replace(enrolment, pending=_pending(found, to)), (event,))


def _stay(enrolment: Enrolment, found: Figures, to: HeldLevel, *, now: datetime) -> Step:
    mine, pending = enrolment.earned, enrolment.pending
    assert mine is not None
    if mine.code != to.code:
        return _moved(enrolment, found, to, TierChangeCause.LEVEL_REMOVED, now=now)
    withdrawn = pending is not None and pending.fall_day is not None
    event: type[TierReviewHeld] | type[TierReviewNoticeWithdrawn]
    event = TierReviewNoticeWithdrawn if withdrawn else TierReviewHeld
    told = event(**names(enrolment), period_last_day=found.last_day)
    kept = acting(replace(enrolment, earned=to, pending=None))
    if kept.level == enrolment.level:
        return Step(kept, (told,))
    return Step(
        kept, (told,), _reviewed(moved(enrolment, kept, TierChangeCause.VERSION_APPLIED, now=now), found).change
    )


def _sink(enrolment: Enrolment, found: Figures, to: HeldLevel, *, now: datetime) -> Step:
    rules, pending = found.program, enrolment.pending
    days = timedelta(days=rules.demotion_notice_days + rules.demotion_grace_days)
    if not days:
        return _moved(enrolment, found, to, TierChangeCause.DEMOTED, now=now)
    day = pending.fall_day if pending and pending.fall_day else enrolment.today(now) + days
    at = pending.act_at if pending and pending.act_at else start_of(day, enrolment.time_zone)
    event = TierReviewNoticeGiven(**names(enrolment), period_last_day=found.last_day, to=to, fall_day=day)
    notice = replace(_pending(found, to), fall_day=day, act_at=at)
    return Step(replace(enrolment, pending=notice), (event,))


def _moved(enrolment: Enrolment, found: Figures, to: HeldLevel, cause: TierChangeCause, *, now: datetime) -> Step:
    after = acting(replace(enrolment, earned=to, pending=None, update_time=now))
    return _reviewed(moved(enrolment, after, cause, now=now), found)


def _reviewed(step: Step, found: Figures) -> Step:
    """The step, with the figures of its review in the history."""
    assert step.change is not None
    change = replace(step.change, period_last_day=found.last_day, figures=found.levels, as_of=found.as_of)
    return step._replace(change=change)


def _pending(found: Figures, to: HeldLevel) -> PendingMove:
    return PendingMove(to=to, period_last_day=found.last_day, figures=found.levels, as_of=found.as_of)


def _held(program: Program, level: LevelProgress) -> HeldLevel:
    return HeldLevel(code=level.code, rank=level.rank, program_id=program.id)
