"""The life of a version of a rule: drafted, published before it applies, never changed afterwards.

A version applies from its effective day until a later one does. What was begun under a version keeps it. One that does
not apply yet can be withdrawn: it then applies to nothing, and stands in the way of no other.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from enum import Enum
from typing import TypeVar

from msgspec.structs import replace

from libs.document import Document
from libs.errors import AppError, Code, require_state

VERSIONS_PER_CELL = 500


class RuleState(Enum):
    """Whether the version may still change."""

    DRAFT = "DRAFT"
    PUBLISHED = "PUBLISHED"
    WITHDRAWN = "WITHDRAWN"


class RuleVersion(Document, frozen=True, kw_only=True):
    """The fields of every version. number: among the versions of its rule, from 1. effective_day: the first day on
    which it applies, in the cell's time zone; None in a draft."""

    number: int
    state: RuleState = RuleState.DRAFT
    effective_day: date | None = None
    publish_time: datetime | None = None
    create_time: datetime
    update_time: datetime


class CodedVersion(RuleVersion, frozen=True, kw_only=True):
    """A version of one of several rules of a kind. code: of the rule; number: among the versions of its code."""

    code: str


V = TypeVar("V", bound=RuleVersion)
C = TypeVar("C", bound=CodedVersion)


class EffectiveTooSoon(AppError):
    """A published version applies only after its notice period."""

    code, reason = Code.FAILED_PRECONDITION, "EFFECTIVE_TOO_SOON"

    def __init__(self, effective_day: date, earliest: date, notice_days: int) -> None:
        super().__init__(
            f"{effective_day} is less than {notice_days} days ahead; the earliest day is {earliest}",
            effective_day=effective_day,
            earliest_day=earliest,
            notice_days=notice_days,
        )


class VersionNotLater(AppError):
    """A version that was published before applies from the same day or from a later one."""

    code, reason = Code.FAILED_PRECONDITION, "VERSION_NOT_LATER"

    def __init__(self, effective_day: date, id: str, latest: date) -> None:
        super().__init__(
            f"{id} applies from {latest} on, so a later version must apply from a day after that, not {effective_day}",
            id=id,
            effective_day=effective_day,
            latest_day=latest,
        )


class VersionInForce(AppError):
    """A version that applies, or has applied, cannot be withdrawn."""

    code, reason = Code.FAILED_PRECONDITION, "VERSION_IN_FORCE"

    def __init__(self, id: str, effective_day: date) -> None:
        super().__init__(
            f"{id} applies since {effective_day}; publish a later version instead", id=id, effective_day=effective_day
        )


class TooManyModels(AppError):
    """The cell has the maximum number of versions of a rule."""

    code, reason = Code.FAILED_PRECONDITION, "TOO_MANY_MODELS"

    def __init__(self) -> None:
        super().__init__(f"the rule has {VERSIONS_PER_CELL} versions, which is the maximum", limit=VERSIONS_PER_CELL)


def published(
    rule: V, effective_day: date, others: Iterable[V], *, name: str, notice_days: int, today: date, now: datetime
) -> V:
    """The version, published. others: all versions of the rule. WrongState, EffectiveTooSoon, VersionNotLater."""
    require_state(name, rule.id, rule.state, action="publish", allowed={RuleState.DRAFT})
    earliest = today + timedelta(days=notice_days)
    if effective_day < earliest:
        raise EffectiveTooSoon(effective_day, earliest, notice_days)
    for one in others:
        if _counts(one) and one.effective_day is not None and one.effective_day >= effective_day:
            raise VersionNotLater(effective_day, one.id, one.effective_day)
    return replace(rule, state=RuleState.PUBLISHED, effective_day=effective_day, publish_time=now, update_time=now)


def withdrawn(rule: V, *, name: str, today: date, now: datetime) -> V:
    """The version, withdrawn before its first day. WrongState, VersionInForce."""
    require_state(name, rule.id, rule.state, action="withdraw", allowed={RuleState.PUBLISHED})
    refuse_in_force(rule.id, rule.effective_day, today)
    return replace(rule, state=RuleState.WITHDRAWN, update_time=now)


def refuse_in_force(id: str, effective_day: date | None, today: date) -> None:
    """VersionInForce from its first day on."""
    if effective_day is not None and effective_day <= today:
        raise VersionInForce(id, effective_day)


def in_force(versions: Iterable[V], day: date) -> V | None:
    """The version that applies on a day: of those effective by then, the latest; None without one."""
    effective = [one for one in versions if _counts(one) and one.effective_day and one.effective_day <= day]
    return max(effective, key=lambda one: (one.effective_day or day, one.number), default=None)


def applying(versions: Iterable[C], day: date) -> dict[str, C]:
    """By code, the version that applies on a day."""
    by_code: dict[str, list[C]] = {}
    for one in versions:
        by_code.setdefault(one.code, []).append(one)
    found = {code: in_force(some, day) for code, some in by_code.items()}
    return {code: one for code, one in found.items() if one is not None}


def _counts(rule: RuleVersion) -> bool:
    return rule.state is RuleState.PUBLISHED
