"""Shares of revenue, classes by cumulated share, and the Lorenz curve; all in whole numbers.

Partners are ordered by revenue, the largest first, and those with equal revenue by id, the smallest first. Cumulated is
the revenue of a partner and of all before it. The class of a partner is the band in which the share of all partners
before it lies, a bound counted to the band above it. So the largest partner is in the first class, whatever its share,
and a partner that crosses a bound is in the class below that bound.
"""

from collections.abc import Sequence
from fractions import Fraction

import msgspec

from services.partners.scorecard.domain.model import WHOLE
from services.partners.segmentation.domain.model import SegmentClass

LORENZ_STEPS = 100


class LorenzPoint(msgspec.Struct, frozen=True, kw_only=True):
    """The revenue, in ten-thousandths, of the `partner_count` partners with the least."""

    partner_count: int
    revenue: int


def class_of(classes: Sequence[SegmentClass], before: int, total: int) -> str:
    """The code of the class of a partner. before: the revenue of all partners before it, below `total`."""
    return next(one.code for one in classes if before * WHOLE < one.upper_basis_points * total)


def basis_points(part: int, whole: int) -> int:
    """A share in basis points, rounded half to even; 0 of nothing."""
    return round(Fraction(part * WHOLE, whole)) if whole else 0


def lorenz_counts(partner_count: int) -> frozenset[int]:
    """After how many partners, from the smallest on, the Lorenz curve has a point: the whole percents of all partners,
    rounded down, so at most 101."""
    return frozenset(percent * partner_count // LORENZ_STEPS for percent in range(LORENZ_STEPS + 1))
