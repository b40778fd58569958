"""A forecast of demand as it was made, and how it compares with what came."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

import msgspec

from libs.document import Document
from libs.errors import AppError, Code
from services.orders.demand.domain.choice import Accuracy as Measured
from services.orders.demand.domain.choice import Caveat, Choice, Component, choose, scale_of
from services.orders.demand.domain.choice import accuracy as measured
from services.orders.demand.domain.periods import Basis, Grain, demand_of, following, season_of, starts
from services.orders.stock.domain.sales import Sales

_EXACTNESS = Decimal("0.001")


class Accuracy(msgspec.Struct, frozen=True, kw_only=True):
    """As `choice.Accuracy`, rounded to thousandths."""

    wape: Decimal | None = None
    bias: Decimal | None = None
    mase: Decimal | None = None


class DemandPeriod(msgspec.Struct, frozen=True, kw_only=True):
    """A known period."""

    start: date
    quantity: int


class ForecastPeriod(msgspec.Struct, frozen=True, kw_only=True):
    """A forecast period, in pieces. low, high: the band. reference: what seasonal naive says."""

    start: date
    mean: Decimal
    low: Decimal
    high: Decimal
    reference: Decimal


class DemandForecast(Document, frozen=True, kw_only=True):
    """partner_id: empty for the demand of all partners. components: the methods whose mean it is. accuracy,
    reference_accuracy: by rolling origin in the history, over `tested_count` origins. scale: see `choice.scale_of`."""

    partner_id: str = ""
    sku: str
    grain: Grain
    basis: Basis
    history: tuple[DemandPeriod, ...]
    periods: tuple[ForecastPeriod, ...]
    components: tuple[Component, ...]
    accuracy: Accuracy
    reference_accuracy: Accuracy
    tested_count: int
    caveats: tuple[Caveat, ...] = ()
    scale: float | None = None
    create_time: datetime


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came in the forecast periods that are over, and how wrong forecast and reference were about them.
    is_worse_than_reference: whether repeating the past would have been better."""

    periods: tuple[DemandPeriod, ...] = ()
    accuracy: Accuracy = Accuracy()
    reference_accuracy: Accuracy = Accuracy()
    is_worse_than_reference: bool = False


class NoDemand(AppError):
    """Nothing was sold in a whole period that is known, so there is nothing to forecast from."""

    code, reason = Code.FAILED_PRECONDITION, "NO_DEMAND"

    def __init__(self, sku: str) -> None:
        super().__init__(f"no demand for {sku} is known in any whole period", sku=sku)


def forecast_of(
    sales: Sequence[Sales],
    *,
    id: str,
    partner_id: str,
    sku: str,
    grain: Grain,
    basis: Basis,
    horizon: int,
    today: date,
    now: datetime,
) -> DemandForecast:
    """The forecast of the periods after the last known one; NoDemand."""
    first, values = demand_of(sales, grain=grain, basis=basis, today=today)
    if first is None:
        raise NoDemand(sku)
    season = season_of(grain)
    found = choose(values, season=season, horizon=horizon)
    known = starts(first, grain, len(values))
    return DemandForecast(
        id=id,
        partner_id=partner_id,
        sku=sku,
        grain=grain,
        basis=basis,
        history=tuple(DemandPeriod(start=day, quantity=one) for day, one in zip(known, values, strict=True)),
        periods=_periods(found, starts(following(known[-1], grain), grain, horizon)),
        components=found.components,
        accuracy=_rounded(found.accuracy),
        reference_accuracy=_rounded(found.reference_accuracy),
        tested_count=found.tested,
        caveats=found.caveats,
        scale=scale_of(values, season),
        create_time=now,
    )


def outcome_of(forecast: DemandForecast, sales: Sequence[Sales], *, today: date) -> Outcome:
    """How the forecast compares with what is known now."""
    first, values = demand_of(sales, grain=forecast.grain, basis=forecast.basis, today=today)
    if first is None:
        return Outcome()
    came = dict(zip(starts(first, forecast.grain, len(values)), values, strict=True))
    over = [one for one in forecast.periods if one.start in came]
    actual = [came[one.start] for one in over]
    ours = measured(actual, [float(one.mean) for one in over], scale=forecast.scale)
    naive = measured(actual, [float(one.reference) for one in over], scale=forecast.scale)
    return Outcome(
        periods=tuple(DemandPeriod(start=one.start, quantity=came[one.start]) for one in over),
        accuracy=_rounded(ours),
        reference_accuracy=_rounded(naive),
        is_worse_than_reference=(ours.wape or 0) > (naive.wape or 0),
    )


def _periods(found: Choice, days: Sequence[date]) -> tuple[ForecastPeriod, ...]:
    return tuple(
        ForecastPeriod(start=day, mean=_exact(mean), low=_exact(low), high=_exact(high), reference=_exact(reference))
        for day, mean, low, high, reference in zip(
            days, found.mean, found.low, found.high, found.reference, strict=True
        )
    )


def _rounded(found: Measured) -> Accuracy:
    wape, bias, mase = (None if one is None else _exact(one) for one in (found.wape, found.bias, found.mase))
    return Accuracy(wape=wape, bias=bias, mase=mase)


def _exact(value: float) -> Decimal:
    return Decimal(value).quantize(_EXACTNESS)
