"""A scorecard model: what is measured, how it is scaled and weighed, and with whom a partner is compared.

A version (`libs/versions.py`) applies from the quarter that begins on its effective day until a later version does.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from enum import Enum

import msgspec

from libs.errors import Violation
from libs.money import currency_violations
from libs.quarters import quarter_violations
from libs.segmentation.shares import WHOLE, repeated
from libs.versions import CodedVersion
from services.partners.facts.domain.metrics import SHAPES, FactMetric
from services.partners.record.domain.states import PartnerKind


class DimensionSource(Enum):
    """Where the figure of a dimension comes from; `usecases/sources.py` has an entry for each."""

    FACTS = "FACTS"
    CERTIFIED_PERSONS = "CERTIFIED_PERSONS"
    DOWNLINE_SCORE = "DOWNLINE_SCORE"
    RATING = "RATING"
    VIOLATION_POINTS = "VIOLATION_POINTS"
    DOWNLINE_SATISFACTION = "DOWNLINE_SATISFACTION"


class RatedAspect(Enum):
    """What a person of the vendor rates."""

    WILLINGNESS = "WILLINGNESS"
    ABILITY = "ABILITY"


class PeerKey(Enum):
    """What the partners of one peer group have in common."""

    COUNTRY = "COUNTRY"
    KIND = "KIND"
    TIER = "TIER"


class Unit(Enum):
    """The unit of a figure, and how it is compared with a scale: money in units of the currency, a count as it is or
    divided by a thousand, a ratio as its quotient, a mean of scores in points."""

    MONEY = "MONEY"
    COUNT = "COUNT"
    THOUSANDTHS = "THOUSANDTHS"
    RATIO = "RATIO"
    RATIO_OF_MONEY = "RATIO_OF_MONEY"
    MEAN_SCORE = "MEAN_SCORE"


class ScorecardDimension(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of a model; `prm.partners.v1.ScorecardDimension` describes each field."""

    code: str
    source: DimensionSource
    metric: FactMetric | None = None
    with_downline: bool = False
    product_line: str = ""
    track: str = ""
    aspect: RatedAspect | None = None
    downline_model: str = ""
    weight_basis_points: int
    worst: str
    target: str
    minimum: int = 0
    zero_without_documents: bool = False


class ScorecardModel(CodedVersion, frozen=True, kw_only=True):
    """A version of a model. effective_day: the first day of the first quarter to which it applies; None in a draft."""

    name: str = ""
    partner_kinds: tuple[PartnerKind, ...] = ()
    peer_keys: tuple[PeerKey, ...] = ()
    dimensions: tuple[ScorecardDimension, ...]
    currency: str = ""
    rate_source: str = ""
    settling_days: int = 0
    revised_for_days: int = 0
    published_at_close: bool = False


_WITH_DENOMINATOR = frozenset({Unit.RATIO, Unit.RATIO_OF_MONEY, Unit.MEAN_SCORE})
_WITH_CURRENCY = frozenset({Unit.MONEY, Unit.RATIO_OF_MONEY})

# Which fields a dimension of each source has; it must have all of the first, and may have those of the second.
_FIELDS: dict[DimensionSource, tuple[tuple[str, ...], tuple[str, ...]]] = {
    DimensionSource.FACTS: (("metric",), ("with_downline", "product_line", "zero_without_documents")),
    DimensionSource.CERTIFIED_PERSONS: (("track",), ()),
    DimensionSource.DOWNLINE_SCORE: (("downline_model",), ()),
    DimensionSource.RATING: (("aspect",), ()),
    DimensionSource.VIOLATION_POINTS: ((), ()),
    DimensionSource.DOWNLINE_SATISFACTION: ((), ()),
}
_OPTIONAL = sorted({field for needed, allowed in _FIELDS.values() for field in (*needed, *allowed)})


def unit_of(dimension: ScorecardDimension) -> Unit:
    """The unit of a dimension's figure."""
    if dimension.source is DimensionSource.DOWNLINE_SCORE:
        return Unit.MEAN_SCORE
    if dimension.source is DimensionSource.VIOLATION_POINTS:
        return Unit.THOUSANDTHS
    if dimension.source is DimensionSource.DOWNLINE_SATISFACTION:
        return Unit.RATIO
    return Unit[SHAPES[dimension.metric].name] if dimension.metric is not None else Unit.COUNT


def model_violations(model: ScorecardModel) -> Iterator[Violation]:
    """Everything that is wrong with a draft."""
    total = sum(one.weight_basis_points for one in model.dimensions)
    if total != WHOLE:
        yield Violation("dimensions", f"the weights sum to {total} basis points, not to {WHOLE}", "WEIGHTS_NOT_WHOLE")
    yield from repeated("dimensions", [one.code for one in model.dimensions])
    yield from repeated("partner_kinds", [one.name for one in model.partner_kinds])
    yield from repeated("peer_keys", [one.name for one in model.peer_keys])
    for place, one in enumerate(model.dimensions):
        yield from _dimension_violations(f"dimensions[{place}]", one, model.code)
    priced = any(unit_of(one) in _WITH_CURRENCY for one in model.dimensions)
    for field in ("currency", "rate_source"):
        if priced and not getattr(model, field):
            yield Violation(field, "is needed to convert the amounts of a dimension", "MISSING")
    if model.currency:
        yield from currency_violations(model.currency)


def effective_violations(effective_day: date) -> Iterator[Violation]:
    """NOT_A_QUARTER for a day on which no version can begin to apply."""
    yield from quarter_violations("effective_day", effective_day)


def downline_violations(model: ScorecardModel, published: Iterable[ScorecardModel]) -> Iterator[Violation]:
    """UNKNOWN_MODEL for a model of the downline that was never published; DOWNLINE_OF_DOWNLINE if the cards of one
    model would need cards that need the downline themselves. published: the versions of all codes."""
    others = [one for one in published if one.code != model.code]
    codes = {one.code for one in others}
    needing = {one.code for one in others if _downline_models(one)}
    named = {code for one in others for code in _downline_models(one)}
    for place, one in enumerate(model.dimensions):
        at = f"dimensions[{place}].downline_model"
        if one.downline_model and one.downline_model not in codes:
            yield Violation(at, f"no version of {one.downline_model} was published", "UNKNOWN_MODEL")
        if one.downline_model and (one.downline_model in needing or model.code in named):
            yield Violation(at, "is about the downline itself, or another model takes this one", "DOWNLINE_OF_DOWNLINE")


def _dimension_violations(at: str, one: ScorecardDimension, code: str) -> Iterator[Violation]:
    needed, allowed = _FIELDS[one.source]
    for field in _OPTIONAL:
        value = getattr(one, field)
        if field in needed and not value:
            yield Violation(f"{at}.{field}", f"is needed for {one.source.name}", "MISSING")
        if value and field not in (*needed, *allowed):
            yield Violation(f"{at}.{field}", f"does not go with {one.source.name}", "NOT_APPLICABLE")
    if Decimal(one.worst) == Decimal(one.target):
        yield Violation(f"{at}.target", "is the same as worst", "SCALE_EMPTY")
    unit = unit_of(one)
    if one.minimum and unit not in _WITH_DENOMINATOR:
        yield Violation(f"{at}.minimum", "is for figures with a denominator", "NOT_APPLICABLE")
    if one.zero_without_documents and unit in _WITH_DENOMINATOR:
        yield Violation(f"{at}.zero_without_documents", "is not for ratios", "NOT_APPLICABLE")
    if one.downline_model == code:
        yield Violation(f"{at}.downline_model", "is the model itself", "ITSELF")


def _downline_models(model: ScorecardModel) -> frozenset[str]:
    return frozenset(one.downline_model for one in model.dimensions if one.downline_model)
