"""Where the figure of a dimension comes from: one function for each source, in `SOURCES`."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import date, datetime, time
from typing import NamedTuple
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from libs.partner import LEVELS
from libs.quarters import last_day_of
from libs.rights import certified
from libs.store.listing import everything
from libs.store.port import ROWS_PER_PAGE, Query, Scalar
from services.partners.certification.documents import COMPLETIONS, TRACKS
from services.partners.certification.domain.certificates import certified_tracks
from services.partners.certification.domain.completions import Completion
from services.partners.certification.domain.states import CompletionState
from services.partners.conduct.reads import points_at
from services.partners.facts.domain.metrics import Sum
from services.partners.facts.domain.sums import Fact
from services.partners.facts.reads import facts_between
from services.partners.hierarchy.domain import DownlineTooWide
from services.partners.hierarchy.reads import distributors_below
from services.partners.record.domain.partner import Partner
from services.partners.relations.reads import satisfaction_between
from services.partners.scorecard.documents import PARTNER_RATINGS, SCORECARDS
from services.partners.scorecard.domain.model import DimensionSource, ScorecardDimension, ScorecardModel, Unit, unit_of
from services.partners.scorecard.domain.run import run_id
from services.partners.scorecard.domain.scoring import Measured, ScorecardLine, ScorecardRate, line_of
from services.partners.scorecard.reads import MonthlyRates, converted
from services.partners.settings import Env

_COUNTED = frozenset({CompletionState.VALID, CompletionState.EXPIRED, CompletionState.RENEWED})


class Ask(NamedTuple):
    """Whose figure of which dimension is wanted, for which quarter."""

    partner: Partner
    dimension: ScorecardDimension
    quarter: date
    rates: MonthlyRates


Source = Callable[[Env, Ask], Awaitable[Measured]]


async def measured_lines(
    env: Env, model: ScorecardModel, partner: Partner, *, quarter: date, rates: MonthlyRates
) -> tuple[ScorecardLine, ...]:
    """The lines of a partner's card, in the order of the model."""
    found = []
    for one in model.dimensions:
        ask = Ask(partner, one, quarter, rates)
        found.append(line_of(one, await SOURCES[one.source](env, ask), model.currency))
    return tuple(found)


async def _facts(env: Env, ask: Ask) -> Measured:
    one = ask.dimension
    assert one.metric is not None
    facts = await facts_between(env, ask.partner.id, one.metric, first=ask.quarter, last=last_day_of(ask.quarter))
    sums = _by_month(one, facts)
    if not sums:
        return Measured()
    if unit_of(one) in (Unit.MONEY, Unit.RATIO_OF_MONEY):
        return await _converted(ask, sums)
    return Measured(sum(sums.values(), Sum()))


def _by_month(dimension: ScorecardDimension, facts: Iterable[Fact]) -> dict[tuple[str, date], Sum]:
    """The sums by currency and month; facts without documents of the partners that count are left out."""
    found: dict[tuple[str, date], Sum] = {}
    for fact in facts:
        counts = fact.own + fact.below if dimension.with_downline else fact.own
        if counts and fact.month and dimension.product_line in ("", fact.product_line):
            place = (fact.currency, fact.month)
            found[place] = found.get(place, Sum()) + counts
    return found


async def _converted(ask: Ask, sums: Mapping[tuple[str, date], Sum]) -> Measured:
    whole, used = Sum(), []
    for (currency, month), one in sorted(sums.items()):
        rate = await ask.rates.of(currency, month)
        if rate is None:
            return Measured(rate_unknown=True)
        whole += Sum(converted(one.value, rate), converted(one.of, rate))
        if rate.from_currency != rate.to_currency:
            used.append(ScorecardRate(currency=currency, month=month, rate=rate.rate, day_count=rate.day_count))
    return Measured(whole, tuple(used))


async def _certified_persons(env: Env, ask: Ask) -> Measured:
    """The persons who were certified for the track on the last day of the quarter; an erased person does not count."""
    day, code = last_day_of(ask.quarter), ask.dimension.track
    held: list[Completion] = []
    query = Query(kind=COMPLETIONS, equals={"partner_id": ask.partner.id}, limit=ROWS_PER_PAGE)
    while True:
        page = await env.store.find(query)
        held += (loaded.value for loaded in page.rows if _held(loaded.value, code, day))
        if not page.next_cursor:
            break
        query = replace(query, cursor=page.next_cursor)
    tracks = {one.code: one for one in await everything(env.store, TRACKS, {"code": code})}
    count = certified(
        certified_tracks((replace(one, state=CompletionState.VALID) for one in held), tracks), code, on=day
    )
    return Measured(Sum(count))


def _held(one: Completion, code: str, day: date) -> bool:
    return one.track == code and one.state in _COUNTED and not one.orphaned and one.completed_on <= day <= one.ends


async def _downline_score(env: Env, ask: Ask) -> Measured:
    """The scores of all partners below, at any level, by another model and for the same quarter; none if more
    distributors are below than one answer may read."""
    whole, sellers = Sum(), [ask.partner.id]
    try:
        for _ in range(LEVELS):
            for seller in sellers:
                whole += await _scores_below(env, seller, run_id(ask.dimension.downline_model, ask.quarter))
            sellers = await distributors_below(env, sellers)
    except DownlineTooWide:
        return Measured()
    return Measured(whole if whole.of else None)


async def _scores_below(env: Env, seller: str, run: str) -> Sum:
    """The sum and the number of the scores of the partners that bought directly from `seller`."""
    found = Sum()
    equals: dict[str, Scalar] = {"run_id": run, "latest": True, "parent_partner_id": seller}
    query = Query(kind=SCORECARDS, equals=equals, limit=ROWS_PER_PAGE)
    while True:
        page = await env.store.find(query)
        for loaded in page.rows:
            if loaded.value.score is not None:
                found += Sum(loaded.value.score, 1)
        if not page.next_cursor:
            return found
        query = replace(query, cursor=page.next_cursor)


async def _rating(env: Env, ask: Ask) -> Measured:
    equals: dict[str, Scalar] = {
        "partner_id": ask.partner.id,
        "aspect": ask.dimension.aspect,
        "quarter": ask.quarter,
    }
    page = await env.store.find(Query(kind=PARTNER_RATINGS, equals=equals, limit=1))
    return Measured(Sum(page.rows[0].value.score)) if page.rows else Measured()


async def _violation_points(env: Env, ask: Ask) -> Measured:
    noon = datetime.combine(last_day_of(ask.quarter), time(12), ZoneInfo(env.directory.here.time_zone))
    return Measured(Sum(await points_at(env, ask.partner.id, noon)))


async def _downline_satisfaction(env: Env, ask: Ask) -> Measured:
    last = last_day_of(ask.quarter)
    found = await satisfaction_between(env, ask.partner.id, first=ask.quarter, last=last)
    return Measured(sum(found.values(), Sum()) if found else None)


SOURCES: Mapping[DimensionSource, Source] = {
    DimensionSource.FACTS: _facts,
    DimensionSource.CERTIFIED_PERSONS: _certified_persons,
    DimensionSource.DOWNLINE_SCORE: _downline_score,
    DimensionSource.RATING: _rating,
    DimensionSource.VIOLATION_POINTS: _violation_points,
    DimensionSource.DOWNLINE_SATISFACTION: _downline_satisfaction,
}
