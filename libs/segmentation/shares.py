"""Shares of revenue, classes by cumulated share, and the Lorenz curve; all in whole numbers.

Whoever is divided has a row. Rows are ordered by revenue, the largest first, and those with equal revenue by id, the
smallest first. Cumulated is the revenue of a row and of all before it. The class of a row is the band in which the
share of all rows before it lies, a bound counted to the band above it. So the largest row is in the first class,
whatever its share, and a row that crosses a bound is in the class below that bound.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise

import msgspec
from msgspec.structs import replace

from libs.errors import Violation

WHOLE = 10_000  # basis points
LORENZ_STEPS = 100


class SegmentClass(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A band of cumulated share: from the upper bound of the class before it (0 for the first) to its own."""

    code: str
    upper_basis_points: int
    actions: tuple[str, ...] = ()


class LorenzPoint(msgspec.Struct, frozen=True, kw_only=True):
    """The revenue, in ten-thousandths, of the `count` rows with the least revenue. `count` is stored as
    `partner_count`, as older rows have it."""

    count: int = msgspec.field(name="partner_count")
    revenue: int


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How many rows have their class so far; the row with the largest revenue gets it first. total: the revenue, in
    ten-thousandths, of all `ranked_count` rows with revenue above zero. cumulated, ranked: revenue and number of the
    rows that have their class. points: of the Lorenz curve, from all rows down."""

    total: int
    ranked_count: int
    cumulated: int = 0
    ranked: int = 0
    points: tuple["LorenzPoint", ...] = ()

    def next(self, classes: Sequence[SegmentClass], revenue: int | None) -> "tuple[Standing, str]":
        """The standing after the next row, and the code of its class; empty if its revenue is not above zero, or
        unknown."""
        if revenue is None or revenue <= 0:
            return self, ""
        code = class_of(classes, self.cumulated, self.total)
        cumulated, ranked, points = self.cumulated + revenue, self.ranked + 1, self.points
        if not points:
            points = (LorenzPoint(count=self.ranked_count, revenue=self.total),)
        if on_curve(left := self.ranked_count - ranked, self.ranked_count):
            points = (*points, LorenzPoint(count=left, revenue=self.total - cumulated))
        return replace(self, cumulated=cumulated, ranked=ranked, points=points), code


def class_of(classes: Sequence[SegmentClass], before: int, total: int) -> str:
    """The code of the class of a row. before: the revenue of all rows before it, below `total`."""
    return next(one.code for one in classes if before * WHOLE < one.upper_basis_points * total)


def basis_points(part: int, whole: int) -> int:
    """A share in basis points, rounded half to even; 0 of nothing."""
    return round(Fraction(part * WHOLE, whole)) if whole else 0


def on_curve(left: int, count: int) -> bool:
    """Whether the Lorenz curve has a point after the `left` smallest of `count` rows: at each whole percent of all
    rows, rounded down, so at most 101 points."""
    percent = -(-left * LORENZ_STEPS // count)
    return percent * count // LORENZ_STEPS == left


def band_violations(classes: Sequence[SegmentClass]) -> Iterator[Violation]:
    """BANDS_OVERLAP, BANDS_GAP, REPEATED: what is wrong with the classes of a model."""
    yield from repeated("classes", [one.code for one in classes])
    for place, one in enumerate(classes):
        yield from repeated(f"classes[{place}].actions", one.actions)
    for place, (lower, upper) in enumerate(pairwise(classes), start=1):
        if upper.upper_basis_points <= lower.upper_basis_points:
            at = f"classes[{place}].upper_basis_points"
            yield Violation(at, f"is not above that of {lower.code}, the class before", "BANDS_OVERLAP")
    if (last := classes[-1].upper_basis_points) != WHOLE:
        at = f"classes[{len(classes) - 1}].upper_basis_points"
        yield Violation(at, f"is {last}: no class has the shares above it up to {WHOLE}", "BANDS_GAP")


def repeated(field: str, values: Sequence[str]) -> Iterator[Violation]:
    """REPEATED for each value that is there more than once."""
    for value, count in Counter(values).items():
        if count > 1:
            yield Violation(field, f"has {value} {count} times", "REPEATED")
