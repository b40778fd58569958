"""Tables of what the clock and people do to a membership: up, confirmation, notice, grace, override, end."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from libs.errors import WrongState
from services.partners.program.domain.measures import RequirementUnit
from services.partners.program.domain.program import (
    Comparison,
    Program,
    PromotionMode,
    RequirementMatch,
    ReviewPeriod,
    WindowType,
)
from services.partners.tier_review.domain import enrolment as domain
from services.partners.tier_review.domain import reviewing
from services.partners.tier_review.domain.calendar import (
    end_of,
    first_day_of,
    last_complete_period,
    last_day_of_period,
)
from services.partners.tier_review.domain.enrolment import (
    Enrolment,
    EnrolmentState,
    Figures,
    Step,
    TierOverride,
    last_day_violations,
)
from services.partners.tier_review.domain.errors import NoPromotionPending
from services.partners.tier_review.domain.levels import HeldLevel, OverrideReason, TierChangeCause
from services.partners.tier_review.domain.progress import (
    GroupProgress,
    LevelProgress,
    RequirementProgress,
    RequirementStatus,
    level_progress,
    reached,
)
from tests.builders import NOW, an_id
from tests.unit.partners.program.built import BASIC, GOLD, need, program

ZONE = "Europe/Berlin"
LAST = date(2026, 3, 31)
AT = end_of(LAST, ZONE)
DAY = timedelta(days=1)
MET, NOT, FEW, RATE = (
    RequirementStatus.MET,
    RequirementStatus.NOT_MET,
    RequirementStatus.INSUFFICIENT_DATA,
    RequirementStatus.RATE_UNKNOWN,
)


def level_of(version: Program, code: str) -> HeldLevel:
    """A level under a version."""
    level = version.level(code)
    assert level is not None
    return domain.held(version, level)


def membership(code: str = "SILVER", version: Program | None = None) -> Enrolment:
    """A membership at a level since the beginning of March."""
    version = version or program()
    level = version.level(code)
    assert level is not None
    id, partner = an_id("enr"), an_id("ptn")
    return domain.start(id, partner, version, level=level, time_zone=ZONE, now=NOW).enrolment


def figures(
    silver: RequirementStatus, gold: RequirementStatus, version: Program | None = None, **fields: Any
) -> Figures:
    """What a review has found of the requirement of each level."""
    version = version or program(**fields)
    found = {"SILVER": [[_figure(silver)]], "GOLD": [[_figure(gold)]]}
    levels = tuple(level_progress(one, found.get(one.code, [])) for one in version.levels)
    return Figures(version, LAST, levels, AT)


def _figure(status: RequirementStatus) -> RequirementProgress:
    return RequirementProgress(
        metric="ORDERS",
        comparison=Comparison.AT_LEAST,
        status=status,
        need="1",
        unit=RequirementUnit.COUNT,
        last_day=LAST,
    )


def told(step: Step) -> list[str]:
    """The names of the events."""
    return [type(one).__name__ for one in step.events]


@pytest.mark.parametrize(
    ("start", "silver", "gold", "event", "after"),
    [
        ("BASIC", NOT, NOT, "TierReviewHeld", "BASIC"),
        ("BASIC", MET, NOT, "TierReviewMoved", "SILVER"),
        ("BASIC", MET, MET, "TierReviewMoved", "GOLD"),
        ("BASIC", NOT, MET, "TierReviewMoved", "GOLD"),  # the highest level counts, whatever is between
        ("BASIC", FEW, FEW, "TierReviewHeld", "BASIC"),  # too little data earns nothing
        ("SILVER", FEW, NOT, "TierReviewHeld", "SILVER"),  # and takes nothing
        ("SILVER", NOT, NOT, "TierReviewNoticeGiven", "SILVER"),
        ("SILVER", NOT, MET, "TierReviewMoved", "GOLD"),
        ("GOLD", MET, NOT, "TierReviewNoticeGiven", "GOLD"),
        ("GOLD", MET, MET, "TierReviewHeld", "GOLD"),
        ("BASIC", RATE, NOT, "TierReviewPostponed", "BASIC"),
        ("SILVER", MET, RATE, "TierReviewPostponed", "SILVER"),
        ("BASIC", RATE, MET, "TierReviewMoved", "GOLD"),  # the missing rate decides nothing
    ],
)
def test_a_review_moves_up_at_once_and_gives_notice_before_it_moves_down(
    start: str, silver: RequirementStatus, gold: RequirementStatus, event: str, after: str
) -> None:
    step = reviewing.review(membership(start), figures(silver, gold), now=AT)
    assert (told(step), step.enrolment.level and step.enrolment.level.code) == ([event], after)
    assert (step.change is not None) is (event == "TierReviewMoved")
    expected = LAST if event == "TierReviewPostponed" else date(2026, 6, 30)
    assert step.enrolment.review_last_day == expected
    assert step.enrolment.act_at is not None
    assert step.enrolment.act_at > AT


def test_a_promotion_may_take_a_person() -> None:
    found = figures(MET, MET, promotion=PromotionMode.BY_CONFIRMATION)
    step = reviewing.review(membership("BASIC"), found, now=AT)
    assert (told(step), step.change) == (["TierReviewPromotionProposed"], None)
    assert step.enrolment.level == level_of(program(), "BASIC")
    confirmed = domain.confirm(step.enrolment, now=AT + DAY)
    change = confirmed.change
    assert change is not None
    assert (change.cause, change.period_last_day, change.figures) == (TierChangeCause.CONFIRMED, LAST, found.levels)
    assert confirmed.enrolment.level == confirmed.enrolment.earned == level_of(found.program, "GOLD")
    with pytest.raises(NoPromotionPending):
        domain.confirm(confirmed.enrolment, now=AT)


def test_a_proposal_ends_with_the_next_review_that_does_not_repeat_it() -> None:
    found = figures(MET, NOT, promotion=PromotionMode.BY_CONFIRMATION)
    proposed = reviewing.review(membership("BASIC"), found, now=AT).enrolment
    later = reviewing.review(proposed, figures(NOT, NOT), now=AT + 91 * DAY)
    assert (told(later), later.enrolment.pending) == (["TierReviewHeld"], None)


def test_a_notice_cannot_be_confirmed() -> None:
    noticed = reviewing.review(membership("GOLD"), figures(MET, NOT), now=AT).enrolment
    with pytest.raises(NoPromotionPending):
        domain.confirm(noticed, now=AT)


def noticed(**fields: Any) -> Enrolment:
    """Gold, with notice to fall to silver."""
    enrolment = reviewing.review(membership("GOLD"), figures(MET, NOT, **fields), now=AT).enrolment
    assert enrolment.pending is not None
    return enrolment


def test_the_fall_comes_after_notice_and_grace_where_the_partner_is() -> None:
    pending = noticed().pending
    assert pending is not None
    assert (pending.fall_day, pending.act_at) == (date(2026, 6, 30), datetime(2026, 6, 29, 22, tzinfo=UTC))


@pytest.mark.parametrize(
    ("given", "latest", "event", "after"),
    [
        ((MET, NOT), (MET, NOT), "TierReviewMoved", "SILVER"),
        ((NOT, NOT), (MET, NOT), "TierReviewMoved", "SILVER"),  # the better of both counts
        ((NOT, NOT), (NOT, NOT), "TierReviewMoved", "BASIC"),
        ((MET, MET), (NOT, NOT), "TierReviewNoticeWithdrawn", "GOLD"),  # a correction of the period
        ((NOT, NOT), (MET, MET), "TierReviewNoticeWithdrawn", "GOLD"),  # made up for in the grace
        ((MET, NOT), (MET, FEW), "TierReviewNoticeWithdrawn", "GOLD"),
        ((MET, RATE), (MET, NOT), "TierReviewPostponed", "GOLD"),
        ((MET, RATE), (MET, MET), "TierReviewNoticeWithdrawn", "GOLD"),
    ],
)
def test_at_the_end_of_the_grace_the_better_figures_count(
    given: tuple[RequirementStatus, RequirementStatus],
    latest: tuple[RequirementStatus, RequirementStatus],
    event: str,
    after: str,
) -> None:
    now = datetime(2026, 6, 29, 22, tzinfo=UTC)
    step = reviewing.fall(noticed(), figures(*given), figures(*latest), now=now)
    assert (told(step), step.enrolment.level and step.enrolment.level.code) == ([event], after)
    if event == "TierReviewMoved":
        assert step.change is not None
        assert (step.change.cause, step.enrolment.pending) == (TierChangeCause.DEMOTED, None)
    if event == "TierReviewPostponed":
        assert step.enrolment.act_at == now + DAY


def test_a_second_notice_keeps_the_day_of_the_first() -> None:
    first = noticed()
    again = reviewing.review(first, figures(NOT, NOT), now=AT + 30 * DAY).enrolment
    assert first.pending is not None
    assert again.pending is not None
    assert (again.pending.fall_day, again.pending.to.code) == (first.pending.fall_day, "BASIC")


def test_a_notice_is_withdrawn_by_a_review_that_is_met() -> None:
    step = reviewing.review(noticed(), figures(MET, MET), now=AT + 30 * DAY)
    assert (told(step), step.enrolment.pending) == (["TierReviewNoticeWithdrawn"], None)


def test_without_notice_and_grace_a_partner_falls_at_once() -> None:
    found = figures(NOT, NOT, demotion_notice_days=0, demotion_grace_days=0)
    step = reviewing.review(membership("GOLD"), found, now=AT)
    assert step.change is not None
    assert (step.change.cause, step.change.after) == (TierChangeCause.DEMOTED, level_of(program(), "BASIC"))


def overridden(enrolment: Enrolment, code: str, last: date) -> Step:
    """The membership with an override."""
    given = TierOverride(level=level_of(program(), code), reason=OverrideReason.STRATEGIC, last_day=last)
    return domain.override(enrolment, given, now=NOW)


def test_an_override_wins_until_its_day_is_over() -> None:
    step = overridden(membership("BASIC"), "GOLD", date(2026, 4, 10))
    assert told(step) == ["EnrolmentOverridden", "TierReviewMoved"]
    assert step.enrolment.level == level_of(program(), "GOLD")
    reviewed = reviewing.review(step.enrolment, figures(MET, NOT), now=AT)
    assert reviewed.enrolment.earned == level_of(program(), "SILVER")
    assert reviewed.enrolment.level == level_of(program(), "GOLD")
    over = datetime(2026, 4, 10, 22, tzinfo=UTC)
    assert reviewed.enrolment.act_at == over
    assert domain.end_override(reviewed.enrolment, now=over - timedelta.resolution) is None
    ended = domain.end_override(reviewed.enrolment, now=over)
    assert ended is not None
    assert ended.change is not None
    assert (ended.change.cause, ended.enrolment.level) == (
        TierChangeCause.OVERRIDE_ENDED,
        level_of(program(), "SILVER"),
    )
    assert domain.end_override(ended.enrolment, now=over) is None


def test_a_level_that_a_version_no_longer_has_becomes_the_next_lower_one() -> None:
    smaller = program(BASIC, replace(GOLD, rank=2), number=2)
    held = replace(membership("SILVER"), earned=replace(level_of(program(), "SILVER"), rank=1))
    step = reviewing.review(held, figures(MET, NOT, version=smaller), now=AT)
    assert step.change is not None
    assert (step.change.cause, step.change.after) == (TierChangeCause.LEVEL_REMOVED, level_of(smaller, "BASIC"))


def test_a_review_takes_the_level_into_the_version_of_its_period() -> None:
    second = program(number=2)
    step = reviewing.review(membership("SILVER"), figures(MET, NOT, version=second), now=AT)
    assert (told(step), step.enrolment.level) == (["TierReviewHeld"], level_of(second, "SILVER"))


def test_an_ended_membership_takes_no_step() -> None:
    step = domain.end(membership(), reason=None, now=NOW)
    ended = step.enrolment
    assert told(step) == ["EnrolmentEnded", "TierReviewMoved"]
    assert (ended.state, ended.level, ended.act_at, ended.active_key) == (EnrolmentState.ENDED, None, None, None)
    with pytest.raises(WrongState):
        domain.end(ended, reason=None, now=NOW)
    with pytest.raises(WrongState):
        domain.confirm(ended, now=NOW)
    with pytest.raises(WrongState):
        overridden(ended, "GOLD", LAST)


@pytest.mark.parametrize(("days", "is_right"), [(-1, False), (0, True), (366, True), (367, False)])
def test_an_override_ends_within_a_year(days: int, is_right: bool) -> None:
    assert bool([*last_day_violations(LAST + days * DAY, today=LAST)]) is not is_right


@pytest.mark.parametrize(
    ("any_of", "statuses", "met", "kept"),
    [
        (False, (MET, MET), True, True),
        (False, (MET, FEW), False, True),
        (False, (MET, NOT), False, False),
        (False, (FEW, RATE), False, False),
        (True, (MET, NOT), True, True),
        (True, (FEW, NOT), False, True),
        (True, (NOT, NOT), False, False),
    ],
)
def test_a_group_takes_all_or_one(any_of: bool, statuses: tuple[RequirementStatus, ...], met: bool, kept: bool) -> None:
    match = RequirementMatch.ANY if any_of else RequirementMatch.ALL
    group = GroupProgress(match=match, met=False, requirements=tuple(_figure(one) for one in statuses))
    level = LevelProgress(code="SILVER", rank=2, met=False, kept=False, groups=(group,))
    assert (reached(level, unknown=False), reached(level, unknown=False, keeping=True)) == (met, kept)


@pytest.mark.parametrize(
    ("window", "months", "last", "first"),
    [
        (WindowType.ROLLING_MONTHS, 1, date(2026, 3, 2), date(2026, 3, 1)),
        (WindowType.ROLLING_MONTHS, 12, date(2026, 3, 31), date(2025, 4, 1)),
        (WindowType.ROLLING_MONTHS, 3, date(2026, 1, 31), date(2025, 11, 1)),
        (WindowType.MONTH, 0, date(2026, 2, 28), date(2026, 2, 1)),
        (WindowType.QUARTER, 0, date(2026, 6, 30), date(2026, 4, 1)),
        (WindowType.YEAR, 0, date(2026, 12, 31), date(2026, 1, 1)),
    ],
)
def test_a_window_ends_with_the_day_that_is_asked_about(
    window: WindowType, months: int, last: date, first: date
) -> None:
    assert first_day_of(need(window=window, months=months), last) == first


@pytest.mark.parametrize(
    ("every", "day", "last", "before"),
    [
        (ReviewPeriod.MONTH, date(2026, 2, 1), date(2026, 2, 28), date(2026, 1, 31)),
        (ReviewPeriod.QUARTER, date(2026, 1, 1), date(2026, 3, 31), date(2025, 12, 31)),
        (ReviewPeriod.QUARTER, date(2026, 12, 31), date(2026, 12, 31), date(2026, 9, 30)),
        (ReviewPeriod.YEAR, date(2026, 7, 9), date(2026, 12, 31), date(2025, 12, 31)),
    ],
)
def test_periods_are_those_of_the_calendar(every: ReviewPeriod, day: date, last: date, before: date) -> None:
    assert (last_day_of_period(every, day), last_complete_period(every, day)) == (last, before)
