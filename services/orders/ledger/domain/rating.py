"""What the lines of one beneficiary, plan version and period of sale earn.

Everything is an integer: a base in ten-thousandths of a unit times a rate in ten-thousandths is an amount in
hundred-millionths, exactly. Nothing is rounded but what a return takes back in its own period, in proportion.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from enum import Enum
from typing import NamedTuple

import msgspec

from services.orders.incentives.domain.plan import PAID_AT_MOST, ClawbackPeriod, Plan, RateKind, RateRule, first_day_of
from services.orders.ledger.domain.crediting import CreditedLine
from services.orders.ledger.domain.sources import share_of

PER_MONEY = 10_000  # hundred-millionths in a ten-thousandth


class StepKind(Enum):
    """What a step of a computation says."""

    BASE = "BASE"
    CONVERTED = "CONVERTED"
    SPLIT = "SPLIT"
    TAKEN_BACK = "TAKEN_BACK"
    BAND = "BAND"
    ACCELERATOR = "ACCELERATOR"
    CAP = "CAP"
    FLOOR = "FLOOR"
    EARNED_BEFORE = "EARNED_BEFORE"
    POSTED_BEFORE = "POSTED_BEFORE"
    PERIOD_CLOSED = "PERIOD_CLOSED"


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One step. base: in ten-thousandths; amount: in hundred-millionths; basis_points: a rate or share; about: the
    document, currency or day that it names."""

    kind: StepKind
    base: int = 0
    basis_points: int = 0
    amount: int = 0
    about: str = ""


class TargetKey(NamedTuple):
    """What an amount is for. clawback: False for what a line earned, True for what is taken back from it. taken_by: the
    document that took it back, if the plan counts each return in its own period. period: the first day of the period in
    which the amount counts."""

    clawback: bool
    document_id: str
    line_number: int
    taken_by: str
    period: date


class Target(NamedTuple):
    """An amount that follows from what is known now. band: its place in the rule, the last one that the line
    reached."""

    amount: int
    rule: str
    band: int
    basis_points: int
    line: CreditedLine
    day: date
    steps: tuple[Step, ...]


class Earned(NamedTuple):
    """What a line earns."""

    amount: int
    rule: str
    band: int
    basis_points: int
    steps: tuple[Step, ...]


def targets(plan: Plan, lines: Sequence[CreditedLine], *, claws: bool) -> Mapping[TargetKey, Target]:
    """What the lines earn and what returns take back of it, never more than was earned. claws: whether returns take
    anything from this beneficiary."""
    ordered = sorted(lines, key=lambda one: (one.day, one.document_id, one.line_number))
    gross = _earn(plan, ordered, [one.base for one in ordered])
    found = {
        _key(plan, line, line.day): _target(line, earned, line.day) for line, earned in zip(ordered, gross, strict=True)
    }
    if not claws:
        return found
    if plan.clawback is ClawbackPeriod.RETURN:
        for line, earned in zip(ordered, gross, strict=True):
            found |= _taken_later(plan, line, earned)
        return found
    net = _earn(plan, ordered, [one.left for one in ordered])
    for line, before, after in zip(ordered, gross, net, strict=True):
        if after.amount != before.amount:
            found[_key(plan, line, line.day, clawback=True)] = _taken_at_once(line, before, after)
    return found


def _earn(plan: Plan, lines: Sequence[CreditedLine], bases: Sequence[int]) -> list[Earned]:
    """What each line earns if its base is the one at its place."""
    rules = [plan.rule_of(line.product_line) for line in lines]
    totals: dict[str, int] = {}
    for rule, base in zip(rules, bases, strict=True):
        if rule is not None:
            totals[rule.code] = totals.get(rule.code, 0) + base
    found: list[Earned] = []
    reached, limited, so_far = dict.fromkeys(totals, 0), 0, 0
    for rule, base in zip(rules, bases, strict=True):
        if rule is None or not base:
            found.append(Earned(0, rule.code if rule else "", 0, 0, ()))
            continue
        earned = _rated(rule, base, at=reached[rule.code], total=totals[rule.code])
        reached[rule.code] += base
        so_far += earned.amount
        before, limited = limited, _limited(plan, so_far)
        found.append(_within(earned, limited - before, plan, so_far=so_far))
    return found


def _rated(rule: RateRule, base: int, *, at: int, total: int) -> Earned:
    """What a base earns. at: the sum of the bases before it under the same rule. total: the sum of all of them."""
    steps, amount, last, rate = [], 0, 0, 0
    for place, band in enumerate(rule.bands):
        part = base if band.holds(total) else 0
        if rule.kind is not RateKind.RETROACTIVE:
            end = band.below_amount.amount if band.below_amount else None
            part = _overlap(band.from_amount.amount, end, at, at + base)
        if part:
            amount, last, rate = amount + part * band.basis_points, place, band.basis_points
            steps.append(_step(StepKind.BAND, part, rate, about=str(place + 1)))
    if extra := rule.accelerator:
        above = _overlap(extra.above_amount.amount, None, at, at + base)
        if above:
            amount += above * extra.added_basis_points
            steps.append(_step(StepKind.ACCELERATOR, above, extra.added_basis_points))
    return Earned(amount, rule.code, last, rate, tuple(steps))


def _step(kind: StepKind, base: int, basis_points: int, *, about: str = "") -> Step:
    """A rate on a part of a line. It shows no more than a period can pay."""
    amount = min(base * basis_points, PAID_AT_MOST * PER_MONEY)
    return Step(kind=kind, base=base, basis_points=basis_points, amount=amount, about=about)


def _overlap(first: int, end: int | None, low: int, high: int) -> int:
    return max((high if end is None else min(end, high)) - max(first, low), 0)


def _limited(plan: Plan, amount: int) -> int:
    """What a period pays if its sales have earned this amount; without a sale it pays nothing, whatever the floor."""
    if plan.floor is not None:
        amount = max(amount, plan.floor.amount * PER_MONEY)
    return min(amount, plan.most * PER_MONEY)


def _within(earned: Earned, amount: int, plan: Plan, *, so_far: int) -> Earned:
    """The part of a line after the cap and the floor of its period, which has earned `so_far` with it."""
    if amount == earned.amount:
        return earned
    floor = plan.floor.amount if plan.floor else 0
    kind, limit = (StepKind.CAP, plan.most) if so_far > plan.most * PER_MONEY else (StepKind.FLOOR, floor)
    step = Step(kind=kind, base=limit, amount=amount)
    return earned._replace(amount=amount, steps=(*earned.steps, step))


def _target(line: CreditedLine, earned: Earned, day: date) -> Target:
    steps = [Step(kind=StepKind.BASE, base=line.source_base.amount, about=line.source_base.currency)]
    if line.fx is not None:
        about = f"{line.fx.rate} {line.fx.source} {line.fx.date}"
        steps.append(Step(kind=StepKind.CONVERTED, about=about))
    steps.append(Step(kind=StepKind.SPLIT, base=line.base, basis_points=line.basis_points))
    return Target(earned.amount, earned.rule, earned.band, earned.basis_points, line, day, (*steps, *earned.steps))


def _taken_at_once(line: CreditedLine, before: Earned, after: Earned) -> Target:
    """What the period of the sale loses, computed again with what is left of it."""
    back = tuple(Step(kind=StepKind.TAKEN_BACK, base=one.base, about=one.document_id) for one in line.reversals)
    lost = Step(kind=StepKind.EARNED_BEFORE, amount=before.amount)
    day = max((one.day for one in line.reversals), default=line.day)
    steps = (*back, *after.steps, lost)
    return Target(after.amount - before.amount, before.rule, after.band, after.basis_points, line, day, steps)


def _taken_later(plan: Plan, line: CreditedLine, earned: Earned) -> Mapping[TargetKey, Target]:
    """What each return takes back in its own period: its share of what the line earned, at the rate of the sale."""
    found: dict[TargetKey, Target] = {}
    done = 0
    for one in line.reversals:
        if not line.base:
            continue
        before, done = share_of(earned.amount, done, line.base), done + one.base
        lost = share_of(earned.amount, done, line.base) - before
        key = _key(plan, line, one.day, clawback=True, taken_by=one.document_id)
        steps = (
            Step(kind=StepKind.EARNED_BEFORE, base=line.base, amount=earned.amount),
            Step(kind=StepKind.TAKEN_BACK, base=one.base, amount=lost, about=one.document_id),
        )
        held = found[key].amount if key in found else 0
        found[key] = Target(held - lost, earned.rule, earned.band, earned.basis_points, line, one.day, steps)
    return found


def _key(plan: Plan, line: CreditedLine, day: date, *, clawback: bool = False, taken_by: str = "") -> TargetKey:
    period = first_day_of(plan.calendar, day)
    return TargetKey(clawback, line.document_id, line.line_number, taken_by, period)
