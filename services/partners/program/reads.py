"""The version of a programme that is in force, and the sources of what its requirements measure.

`SOURCES` has an entry for each metric: how it is measured, and who answers it. A new metric is a new entry.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import date, datetime, time
from typing import NamedTuple
from zoneinfo import ZoneInfo

from libs.rights import certified
from libs.store.listing import everything
from libs.store.port import get
from services.partners.certification.documents import CERTIFICATIONS
from services.partners.conduct.domain.points import PER_POINT
from services.partners.conduct.reads import points_at
from services.partners.facts.domain.metrics import FactMetric, Sum
from services.partners.facts.reads import facts_between
from services.partners.program.documents import PROGRAMS
from services.partners.program.domain.measures import Amount, Asked, Measure, RequirementUnit
from services.partners.program.domain.program import NoProgramInForce, Program, in_force
from services.partners.relations.reads import satisfaction_between
from services.partners.settings import Env


class Source(NamedTuple):
    """A metric: how it is measured, and what answers its amounts."""

    measure: Measure
    read: Callable[[Env, Asked], Awaitable[tuple[Amount, ...]]]


async def _from_facts(env: Env, asked: Asked) -> tuple[Amount, ...]:
    """The sums of the facts, by month and currency."""
    sums: dict[tuple[date, str], Sum] = {}
    for fact in await facts_between(
        env, asked.partner_id, FactMetric(asked.metric), first=asked.first, last=asked.last
    ):
        if fact.month is None or asked.product_line not in ("", fact.product_line):
            continue
        place = (fact.month, fact.currency)
        sums[place] = sums.get(place, Sum()) + fact.own + (fact.below if asked.downline else Sum())
    return tuple(Amount(month, currency, sums_.value, sums_.of) for (month, currency), sums_ in sorted(sums.items()))


async def _certified_persons(env: Env, asked: Asked) -> tuple[Amount, ...]:
    """The persons certified for the track on the last day."""
    loaded = await get(env.store, CERTIFICATIONS, asked.partner_id)
    persons = certified(loaded.value.tracks, asked.track, on=asked.last) if loaded else 0
    return (Amount(asked.last.replace(day=1), "", persons, 0),)


async def _violation_points(env: Env, asked: Asked) -> tuple[Amount, ...]:
    """What is left of the points for breaches on the last day, in thousandths."""
    noon = datetime.combine(asked.last, time(12), ZoneInfo(env.directory.here.time_zone))
    return (Amount(asked.last.replace(day=1), "", await points_at(env, asked.partner_id, noon), 0),)


async def _downline_satisfaction(env: Env, asked: Asked) -> tuple[Amount, ...]:
    """What resellers think of the partner, by quarter."""
    found = await satisfaction_between(env, asked.partner_id, first=asked.first, last=asked.last)
    return tuple(Amount(month, "", sums.value, sums.of) for month, sums in found.items())


_OF_MONEY = Measure(RequirementUnit.MONEY, in_money=True)
_OF_COUNTS = Measure(RequirementUnit.COUNT)
_RATIO_OF_COUNTS = Measure(RequirementUnit.RATIO)

_FACTS: Mapping[FactMetric, Measure] = {
    FactMetric.REVENUE_ORDERED: _OF_MONEY,
    FactMetric.REVENUE_INVOICED: _OF_MONEY,
    FactMetric.COLLECTED: _OF_MONEY,
    FactMetric.ORDERS: _OF_COUNTS,
    FactMetric.ORDER_TOTAL: _OF_MONEY,
    FactMetric.DISCOUNT: Measure(RequirementUnit.RATIO, in_money=True),
    FactMetric.REGISTRATIONS: _OF_COUNTS,
    FactMetric.REGISTRATIONS_APPROVED: _OF_COUNTS,
    FactMetric.REGISTRATIONS_CONVERTED: _OF_COUNTS,
    FactMetric.DEALS_WON: _OF_COUNTS,
    FactMetric.DEALS_LOST: _OF_COUNTS,
    FactMetric.CONVERSION: _RATIO_OF_COUNTS,
    FactMetric.OVERDUE_INVOICES: _OF_COUNTS,
    FactMetric.OVERDUE_AMOUNT: _OF_MONEY,
    FactMetric.DAYS_LATE: _RATIO_OF_COUNTS,
    FactMetric.PAID_ON_TIME: _RATIO_OF_COUNTS,
    FactMetric.TICKETS: _OF_COUNTS,
    FactMetric.BREACHED_TICKETS: _OF_COUNTS,
    FactMetric.FIRST_RESPONSE_IN_TIME: _RATIO_OF_COUNTS,
    FactMetric.RESOLUTION_IN_TIME: _RATIO_OF_COUNTS,
    FactMetric.TICKETS_IN_TIME: _RATIO_OF_COUNTS,
    FactMetric.SATISFACTION: _RATIO_OF_COUNTS,
    FactMetric.COMPLAINTS: _OF_COUNTS,
    FactMetric.LEADS_IN_TIME: _RATIO_OF_COUNTS,
    FactMetric.CAMPAIGNS_ATTENDED: _RATIO_OF_COUNTS,
}
SOURCES: Mapping[str, Source] = {
    **{metric.value: Source(measure, _from_facts) for metric, measure in _FACTS.items()},
    "CERTIFIED_PERSONS": Source(Measure(RequirementUnit.COUNT, on_day=True, tracked=True), _certified_persons),
    "VIOLATION_POINTS": Source(Measure(RequirementUnit.COUNT, on_day=True, per_unit=PER_POINT), _violation_points),
    "DOWNLINE_SATISFACTION": Source(Measure(RequirementUnit.RATIO, undivided=True), _downline_satisfaction),
}
MEASURES: Mapping[str, Measure] = {name: source.measure for name, source in SOURCES.items()}


async def program_in_force(env: Env, code: str, *, on: date) -> Program:
    """The version of a programme that is in force on a day; NoProgramInForce."""
    found = in_force(await everything(env.store, PROGRAMS, {"code": code}), on=on)
    if found is None:
        raise NoProgramInForce(code, on)
    return found
