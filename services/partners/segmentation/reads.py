"""Reads the revenue of a partner in one currency, and runs that are complete."""

from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from libs.errors import NotFound
from libs.exchange import RateUnknown, average_rate, exchange_rate, first_day_for
from libs.quarters import last_day_of, months_after
from libs.rates_projection import tables_between
from libs.store.port import Query, get
from services.partners.facts.domain.sums import Fact
from services.partners.facts.reads import facts_between
from services.partners.segmentation.documents import SEGMENTATIONS
from services.partners.segmentation.domain.model import SegmentationModel
from services.partners.segmentation.domain.run import RunPhase, Segmentation, run_id
from services.partners.settings import Env

_EVER = date(1900, 1, 1)


class Revenue(NamedTuple):
    """What a partner's own documents sum up to. months: those with documents. earning: those with revenue above zero in
    some currency. converted: by month, in ten-thousandths of the model's currency; None if a rate is unknown."""

    months: frozenset[date]
    earning: frozenset[date]
    converted: dict[date, int] | None


class Rates:
    """The factors into the currency of a model, each read once. For one page of a job: it keeps all it has read."""

    def __init__(self, env: Env, model: SegmentationModel) -> None:
        self._env = env
        self._model = model
        self._known: dict[tuple[str, date], Fraction | None] = {}

    async def of(self, currency: str, month: date) -> Fraction | None:
        """What one unit of a currency was worth in a month, or on the day of the plan; None if that is not known.
        StoreUnavailable."""
        place = (currency, self._model.plan_rate_day or month)
        if place not in self._known:
            same = currency == self._model.currency
            self._known[place] = Fraction(1) if same else await self._read(*place)
        return self._known[place]

    async def _read(self, currency: str, day: date) -> Fraction | None:
        planned, source = self._model.plan_rate_day is not None, self._model.rate_source
        if not source:
            return None
        first, last = (first_day_for(day), day) if planned else (day, _last_of(day))
        tables = await tables_between(self._env.store, source, first=first, last=last)
        try:
            if planned:
                exact = exchange_rate(tables, currency, self._model.currency, on=day, source=source)
                return Fraction(exact.numerator) / Fraction(exact.denominator)
            return Fraction(average_rate(tables, currency, self._model.currency, month=day, source=source).rate)
        except RateUnknown:
            return None


async def revenue_of(env: Env, model: SegmentationModel, partner_id: str, *, quarter: date, rates: Rates) -> Revenue:
    """The revenue of a partner until the end of a quarter. Amounts of a month and currency convert at the rate of that
    month, or of the plan, rounded half to even to ten-thousandths. Months that no rule of the model compares are not
    converted."""
    facts = await facts_between(env, partner_id, model.metric, first=_EVER, last=last_day_of(quarter))
    sums = _by_month(facts)
    rules = model.life_cycle_rules
    compared = months_after(quarter, 3 - max(model.window_months, 2 * rules.trend_months))
    converted: dict[date, int] | None = {}
    for (month, currency), amount in sums.items():
        if converted is None or month < compared:
            continue
        rate = await rates.of(currency, month)
        converted = None if rate is None else {**converted, month: converted.get(month, 0) + round(amount * rate)}
    return Revenue(
        months=frozenset(month for month, _ in sums),
        earning=frozenset(month for (month, _), amount in sums.items() if amount > 0),
        converted=converted,
    )


async def complete_run(env: Env, model_code: str, quarter: date | None) -> Segmentation:
    """The complete run of a model for a quarter, the newest without one. NotFound."""
    if quarter is not None:
        loaded = await get(env.store, SEGMENTATIONS, run_id(model_code, quarter))
        if loaded is not None and loaded.value.phase is RunPhase.COMPLETE:
            return loaded.value
        raise NotFound(SEGMENTATIONS.name, run_id(model_code, quarter))
    page = await env.store.find(
        Query(
            kind=SEGMENTATIONS,
            equals={"model_code": model_code, "phase": RunPhase.COMPLETE},
            order="quarter",
            descending=True,
            limit=1,
        )
    )
    for row in page.rows:
        return row.value
    raise NotFound(SEGMENTATIONS.name, model_code)


def _by_month(facts: Iterable[Fact]) -> dict[tuple[date, str], int]:
    """The partner's own sums by month and currency, without those of which no document is left."""
    found: dict[tuple[date, str], int] = {}
    for fact in facts:
        if fact.own and fact.month:
            place = (fact.month, fact.currency)
            found[place] = found.get(place, 0) + fact.own.value
    return found


def _last_of(month: date) -> date:
    return date.fromordinal(months_after(month, 1).toordinal() - 1)
