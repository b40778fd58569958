"""The findings of the cell by rule and dimension, and the mean scores."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from services.partners.quality.domain.rules import RULES, QualityDimension, QualityRule
from services.partners.quality.domain.tallies import QualityBook, QualityMean, mean_of


class QualityCounts(msgspec.Struct, frozen=True, kw_only=True):
    """Findings, counted; `prm.partners.v1` describes each field, of the structs below too."""

    open_count: int = 0
    dismissed_count: int = 0
    opened_count: int = 0
    mended_count: int = 0
    lapsed_count: int = 0

    def __add__(self, other: "QualityCounts") -> "QualityCounts":
        fields = self.__struct_fields__
        return QualityCounts(**{name: getattr(self, name) + getattr(other, name) for name in fields})


class QualityRuleSummary(msgspec.Struct, frozen=True, kw_only=True):
    rule: QualityRule
    counts: QualityCounts


class QualityDimensionSummary(msgspec.Struct, frozen=True, kw_only=True):
    dimension: QualityDimension
    counts: QualityCounts
    mean: QualityMean | None


class QualitySummary(msgspec.Struct, frozen=True, kw_only=True):
    rules: tuple[QualityRuleSummary, ...]
    dimensions: tuple[QualityDimensionSummary, ...]
    mean: QualityMean | None
    mean_time: datetime | None
    counts_are_lower_bounds: bool


def summary_of(counts: Mapping[QualityRule, QualityCounts], book: QualityBook, *, certain: bool) -> QualitySummary:
    """The summary. counts: of every rule. certain: whether all findings were counted, those of earlier releases too."""
    return QualitySummary(
        rules=tuple(QualityRuleSummary(rule=rule, counts=one) for rule, one in counts.items()),
        dimensions=tuple(
            QualityDimensionSummary(
                dimension=dimension,
                counts=sum(
                    (one for rule, one in counts.items() if RULES[rule].dimension is dimension), QualityCounts()
                ),
                mean=mean_of(book.counted, dimension),
            )
            for dimension in QualityDimension
        ),
        mean=mean_of(book.counted, None),
        mean_time=book.mean_time,
        counts_are_lower_bounds=not certain,
    )
