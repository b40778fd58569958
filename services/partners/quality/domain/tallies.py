"""The mean of the scores of partners, added up exactly while a walk goes over them."""

from collections.abc import Iterable
from datetime import date, datetime
from fractions import Fraction

import msgspec
from msgspec.structs import replace

from libs.document import Document
from services.partners.quality.domain.findings import QualityRecord
from services.partners.quality.domain.rules import RULES, WHOLE, QualityDimension, QualityScore, score_of

BOOK = "quality"  # the id of the book


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """The partners whose applicable weights are the same, of a dimension or, with None, of all: how many there are, and
    their kept weights added up."""

    dimension: QualityDimension | None
    applicable_weight: int
    kept_weight: int = 0
    partner_count: int = 0


class QualityBook(Document, frozen=True, kw_only=True):
    """Where the walk over all records is, and what the last complete one added up. day: of the walk. contacts: whether
    it is at the contacts; removed: at the records of contacts, of which some may be gone. tallies: those of this walk;
    counted: those of the last one, as of mean_time."""

    day: date | None = None
    walking: bool = False
    contacts: bool = False
    removed: bool = False
    cursor: str = ""
    tallies: tuple[Tally, ...] = ()
    counted: tuple[Tally, ...] = ()
    mean_time: datetime | None = None


class QualityMean(msgspec.Struct, frozen=True, kw_only=True):
    """The mean of exact scores, rounded once."""

    partner_count: int
    mean_basis_points: int


def scores_of(record: QualityRecord) -> dict[QualityDimension | None, QualityScore]:
    """The scores of a record by dimension, and with None over all rules; those without a rule that applies are left
    out."""
    found = {
        dimension: score_of(
            (one.rule, one.outcome)
            for one in record.states
            if dimension is None or RULES[one.rule].dimension is dimension
        )
        for dimension in (None, *QualityDimension)
    }
    return {dimension: score for dimension, score in found.items() if score is not None}


def added(tallies: Iterable[Tally], record: QualityRecord) -> tuple[Tally, ...]:
    """The tallies with one more partner."""
    by_place = {(one.dimension, one.applicable_weight): one for one in tallies}
    for dimension, score in scores_of(record).items():
        place = (dimension, score.applicable_weight)
        held = by_place.get(place) or Tally(dimension=dimension, applicable_weight=score.applicable_weight)
        kept_weight = held.kept_weight + score.kept_weight
        by_place[place] = replace(held, kept_weight=kept_weight, partner_count=held.partner_count + 1)
    return tuple(by_place.values())


def mean_of(tallies: Iterable[Tally], dimension: QualityDimension | None) -> QualityMean | None:
    """The mean score; None if no partner has one."""
    own = [one for one in tallies if one.dimension is dimension]
    count = sum(one.partner_count for one in own)
    if not count:
        return None
    total = sum((Fraction(one.kept_weight, one.applicable_weight) for one in own), Fraction(0))
    return QualityMean(partner_count=count, mean_basis_points=round(total / count * WHOLE))
