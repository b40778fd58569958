"""Whose sale it is: conversion into the currency of the plan, costs, and the split among those who share a sale."""

from collections.abc import Iterator, Sequence
from datetime import date
from fractions import Fraction

import msgspec

from libs.errors import Violation
from libs.money import LIMIT_UNITS, PER_UNIT, Money
from services.orders.incentives.domain.plan import BeneficiaryKind, Plan, PlanBasis
from services.orders.ledger.domain.sources import Reversal, SourceLine, share_of

WHOLE = 10_000  # basis points
Day = date  # the type of fields that are named `date`


class Fx(msgspec.Struct, frozen=True, kw_only=True):
    """A rate as it was pinned when the line was counted. An amount is worth amount x numerator / denominator."""

    from_currency: str
    rate: str
    numerator: str
    denominator: str
    date: Day
    source: str


class SalesShare(msgspec.Struct, frozen=True, kw_only=True):
    """Whose part of a sale, for one role; the shares of a role add up to the whole. role: empty for partners. country,
    tier: of the beneficiary when the sale was shared."""

    kind: BeneficiaryKind
    role: str = ""
    beneficiary_id: str
    country: str = ""
    tier: str = ""
    basis_points: int


class CreditedLine(msgspec.Struct, frozen=True, kw_only=True):
    """A beneficiary's part of a source line. base and the reversals: in ten-thousandths of the plan's currency, after
    costs. source_base: the whole line before conversion, costs and split."""

    document_id: str
    line_number: int
    day: date
    product_line: str
    quantity: int
    source_base: Money
    base: int
    basis_points: int
    fx: Fx | None = None
    reversals: tuple[Reversal, ...] = ()

    @property
    def left(self) -> int:
        """What was not taken back."""
        return self.base - sum(one.base for one in self.reversals)


def share_violations(shares: Sequence[SalesShare]) -> Iterator[Violation]:
    """What is wrong with the split of a sale."""
    named = [(one.kind, one.role, one.beneficiary_id) for one in shares]
    for place, one in enumerate(shares):
        if named[place] in named[:place]:
            yield Violation(f"shares[{place}].beneficiary_id", "has a share in this role already", "NAMED_TWICE")
        if (one.kind is BeneficiaryKind.PERSON) != bool(one.role):
            yield Violation(f"shares[{place}].role", "persons have a role, partners have none", "NOT_ALLOWED")
    for kind, role in dict.fromkeys((one.kind, one.role) for one in shares):
        together = sum(one.basis_points for one in shares if (one.kind, one.role) == (kind, role))
        if together != WHOLE:
            who = f"of role {role}" if role else "of partners"
            what = f"the shares {who} come to {together / 100:.2f} %, not to 100 %"
            yield Violation("shares", what, "SPLIT_NOT_WHOLE")


def credited(
    line: SourceLine, shares: Sequence[SalesShare], plan: Plan, *, currency: str, fx: Fx | None
) -> tuple[CreditedLine, ...]:
    """Each share's part of a line, in the order of the shares. currency: of the line; fx: None if it is the plan's. The
    parts add up to the whole exactly. What was taken back is taken from each in proportion."""
    whole = max(_converted(line.base, fx) - _cost(line, plan), 0)
    parts = largest_remainder(whole, [one.basis_points for one in shares])
    return tuple(
        CreditedLine(
            document_id=line.document_id,
            line_number=line.line_number,
            day=line.day,
            product_line=line.product_line,
            quantity=line.quantity,
            source_base=Money(line.base, currency),
            base=part,
            basis_points=share.basis_points,
            fx=fx,
            reversals=_scaled(line, part),
        )
        for share, part in zip(shares, parts, strict=True)
    )


def largest_remainder(whole: int, weights: Sequence[int]) -> tuple[int, ...]:
    """The whole split in proportion to the weights; what rounding down leaves goes, one by one, to the largest
    remainders, the first of equal ones."""
    if not weights:
        return ()
    total = sum(weights)
    floors = [whole * weight // total for weight in weights]
    by_rest = sorted(range(len(weights)), key=lambda place: (-(whole * weights[place] % total), place))
    for place in by_rest[: whole - sum(floors)]:
        floors[place] += 1
    return tuple(floors)


def _converted(amount: int, fx: Fx | None) -> int:
    if fx is None:
        return amount
    rate = Fraction(fx.numerator) / Fraction(fx.denominator)
    return min(share_of(amount, rate.numerator, rate.denominator), LIMIT_UNITS * PER_UNIT)


def _cost(line: SourceLine, plan: Plan) -> int:
    """What the pieces cost; all that was sold if the plan names no cost, so that the line earns nothing."""
    if plan.basis is not PlanBasis.MARGIN:
        return 0
    costs = {one.sku: one.cost.amount for one in plan.unit_costs}
    return costs[line.sku] * line.quantity if line.sku in costs else _EVERYTHING


def _scaled(line: SourceLine, base: int) -> tuple[Reversal, ...]:
    """The reversals of a line in proportion to a part of it; all of them together take back all of it."""
    found, done = [], 0
    for one in line.reversals:
        before, done = share_of(base, done, line.base), done + one.base
        found.append(Reversal(document_id=one.document_id, day=one.day, base=share_of(base, done, line.base) - before))
    return tuple(found)


_EVERYTHING = 10**20
