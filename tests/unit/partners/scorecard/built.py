"""Models and lines for tests; each is valid unless the test says otherwise."""

from datetime import date
from typing import Any

from msgspec.structs import replace

from services.partners.facts.domain.metrics import FactMetric, Sum
from services.partners.scorecard.domain.model import DimensionSource, ScorecardDimension, ScorecardModel
from services.partners.scorecard.domain.scoring import Measured, ScorecardLine, line_of
from tests.builders import NOW, an_id

QUARTER = date(2026, 4, 1)


def dimension(code: str = "ORDERS", weight: int = 10_000, **fields: Any) -> ScorecardDimension:
    """The number of orders, from none to ten."""
    given = {"source": DimensionSource.FACTS, "metric": FactMetric.ORDERS, "worst": "0", "target": "10", **fields}
    return ScorecardDimension(code=code, weight_basis_points=weight, **given)


def conversion(code: str = "WON", weight: int = 10_000, **fields: Any) -> ScorecardDimension:
    """The share of deals that were won, from 20 % to 70 %."""
    return dimension(code, weight, **{"metric": FactMetric.CONVERSION, "worst": "0.2", "target": "0.7", **fields})


def revenue(code: str = "REVENUE", weight: int = 10_000, **fields: Any) -> ScorecardDimension:
    """The revenue ordered, from none to a thousand euros."""
    return dimension(code, weight, **{"metric": FactMetric.REVENUE_ORDERED, "target": "1000", **fields})


def a_model(*dimensions: ScorecardDimension, **fields: Any) -> ScorecardModel:
    """A draft for all kinds of partners, without peer keys, in euros."""
    model = ScorecardModel(
        id=an_id("scm"),
        code="RESELLERS",
        number=1,
        dimensions=dimensions or (dimension(),),
        currency="EUR",
        rate_source="ecb",
        create_time=NOW,
        update_time=NOW,
    )
    return replace(model, **fields)


def a_line(one: ScorecardDimension, value: int | None, of: int = 0) -> ScorecardLine:
    """The line of a figure; None: without documents."""
    return line_of(one, Measured(None if value is None else Sum(value, of)), "EUR")
