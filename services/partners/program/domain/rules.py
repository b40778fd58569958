"""The rules that a version of a programme must obey; every fault is named."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, timedelta

from libs.errors import Violation
from libs.money import currency_violations
from services.partners.program.domain.measures import Measure, RequirementUnit
from services.partners.program.domain.program import (
    Program,
    ProgramContent,
    ProgramLevel,
    RateBasis,
    Requirement,
    WindowType,
)

REQUIREMENTS_AT_MOST = 60


def content_violations(
    content: ProgramContent | Program, *, measures: Mapping[str, Measure], tracks: Collection[str]
) -> Iterator[Violation]:
    """What is wrong in the content of a version. measures: by the name of their metric. tracks: the codes of those that
    exist."""
    yield from _level_violations(content.levels)
    for path, requirement in _requirements(content.levels):
        yield from _requirement_violations(requirement, path, measures, tracks)
    if sum(1 for _ in _requirements(content.levels)) > REQUIREMENTS_AT_MOST:
        yield Violation("levels", f"have more than {REQUIREMENTS_AT_MOST} requirements together", "TOO_MANY")
    yield from _rate_violations(content)


def publication_violations(
    program: Program, *, previous: Program | None, today: date, quoted: Collection[str]
) -> Iterator[Violation]:
    """What stops the publication of a version whose content is right. previous: the published version with the latest
    effective day. quoted: the currencies of which the rate source has a rate."""
    notice = max(program.notice_days, previous.notice_days if previous else 0)
    first = today + timedelta(days=notice)
    if program.effective_day < first:
        yield Violation("effective_day", f"cannot be before {first}", "EFFECTIVE_TOO_SOON")
    elif previous is not None and program.effective_day <= previous.effective_day:
        what = f"must be after {previous.effective_day}, from which version {previous.number} is in force"
        yield Violation("effective_day", what, "EFFECTIVE_TOO_SOON")
    if program.rate_source:
        for currency in sorted(currencies_of(program) - set(quoted)):
            what = f"{program.rate_source} has no rate of {currency} that could convert other amounts"
            yield Violation("rate_source", what, "RATE_UNKNOWN")


def currencies_of(content: ProgramContent | Program) -> frozenset[str]:
    """The currencies of the thresholds."""
    return frozenset(one.currency for _, one in _requirements(content.levels) if one.currency)


def _level_violations(levels: Sequence[ProgramLevel]) -> Iterator[Violation]:
    if not any(one.rank == 1 and not one.groups for one in levels):
        yield Violation("levels", "need one of rank 1 without requirements, at which partners enter", "NO_ENTRY_LEVEL")
    for field, reason in (("code", "DUPLICATE_LEVEL"), ("rank", "DUPLICATE_RANK")):
        values = [getattr(one, field) for one in levels]
        for place, value in enumerate(values):
            if value in values[:place]:
                yield Violation(f"levels[{place}].{field}", f"{value} stands there twice", reason)
    ranks = {one.rank for one in levels}
    if gaps := sorted(set(range(1, len(ranks) + 1)) - ranks):
        missing = ", ".join(str(one) for one in gaps)
        yield Violation("levels", f"have ranks from 1 without a gap; {missing} is missing", "RANK_GAP")
    for place, level in enumerate(levels):
        if level.rank > 1 and not level.groups:
            yield Violation(f"levels[{place}].groups", "are needed above rank 1", "REQUIRED")
        credit = level.benefits.credit_proposal
        if credit is not None and credit.amount < 0:
            yield Violation(f"levels[{place}].benefits.credit_proposal", "is below zero", "BAD_AMOUNT")


def _requirement_violations(
    asked: Requirement, path: str, measures: Mapping[str, Measure], tracks: Collection[str]
) -> Iterator[Violation]:
    measure = measures.get(asked.metric)
    if measure is None:
        yield Violation(f"{path}.metric", f"{asked.metric} is nothing that is measured", "UNKNOWN_METRIC")
        return
    given = {
        "currency": (bool(asked.currency), measure.in_money),
        "track": (bool(asked.track), measure.tracked),
        "window": (asked.window is not None, not measure.on_day),
        "months": (asked.months > 0, asked.window is WindowType.ROLLING_MONTHS),
    }
    for field, (is_given, is_needed) in given.items():
        if is_needed and not is_given:
            yield Violation(f"{path}.{field}", f"{asked.metric} needs it", "REQUIRED")
        if is_given and not is_needed:
            yield Violation(f"{path}.{field}", f"{asked.metric} does not go with it", "NOT_ALLOWED")
    undivided = measure.on_day or measure.undivided
    unfit = {
        "minimum_data": asked.minimum_data > 0 and measure.unit is not RequirementUnit.RATIO,
        "product_line": bool(asked.product_line) and undivided,
        "downline": asked.downline and undivided,
    }
    for field in (field for field, is_unfit in unfit.items() if is_unfit):
        yield Violation(f"{path}.{field}", f"{asked.metric} does not go with it", "NOT_ALLOWED")
    if asked.currency:
        yield from currency_violations(asked.currency, f"{path}.currency")
    if measure.tracked and asked.track and asked.track not in tracks:
        yield Violation(f"{path}.track", f"there is no track {asked.track}", "UNKNOWN_TRACK")


def _rate_violations(content: ProgramContent | Program) -> Iterator[Violation]:
    given = {
        "rate_basis": (content.rate_basis is not None, bool(content.rate_source), "a rate source"),
        "plan_rate_day": (content.plan_rate_day is not None, content.rate_basis is RateBasis.PLAN, "RATE_BASIS_PLAN"),
    }
    for field, (is_given, is_needed, other) in given.items():
        if is_given is not is_needed:
            reason = "REQUIRED" if is_needed else "NOT_ALLOWED"
            yield Violation(field, f"goes with {other}, and with nothing else", reason)
    if not content.rate_source and len(currencies_of(content)) > 1:
        yield Violation("rate_source", "is needed where thresholds are in several currencies", "REQUIRED")


def _requirements(levels: Sequence[ProgramLevel]) -> Iterator[tuple[str, Requirement]]:
    """Each requirement with its path."""
    for i, level in enumerate(levels):
        for j, group in enumerate(level.groups):
            for k, requirement in enumerate(group.requirements):
                yield f"levels[{i}].groups[{j}].requirements[{k}]", requirement
