"""The version of a programme that is in force, and the sources of what its requirements measure.

`SOURCES` has an entry for each metric: how it is measured, and who answers it. Every metric of the facts has one; a
metric of another kind is a new entry.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import date, datetime, time
from typing import NamedTuple
from zoneinfo import ZoneInfo

from libs.rights import certified
from libs.store.listing import everything
from libs.store.port import get
from libs.versions import in_force
from services.partners.certification.documents import CERTIFICATIONS
from services.partners.conduct.domain.points import PER_POINT
from services.partners.conduct.reads import points_at
from services.partners.facts.domain.metrics import SHAPES, FactMetric, Shape, Sum
from services.partners.facts.reads import facts_between
from services.partners.program.documents import PROGRAMS
from services.partners.program.domain.measures import Amount, Asked, Measure, RequirementUnit
from services.partners.program.domain.program import NoProgramInForce, Program
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


_MEASURES: Mapping[Shape, Measure] = {
    Shape.MONEY: Measure(RequirementUnit.MONEY, in_money=True),
    Shape.COUNT: Measure(RequirementUnit.COUNT),
    Shape.RATIO: Measure(RequirementUnit.RATIO),
    Shape.RATIO_OF_MONEY: Measure(RequirementUnit.RATIO, in_money=True),
}
SOURCES: Mapping[str, Source] = {
    **{metric.value: Source(_MEASURES[SHAPES[metric]], _from_facts) for metric in FactMetric},
    "CERTIFIED_PERSONS": Source(Measure(RequirementUnit.COUNT, on_day=True, tracked=True), _certified_persons),
    "VIOLATION_POINTS": Source(Measure(RequirementUnit.COUNT, on_day=True, per_unit=PER_POINT), _violation_points),
    "DOWNLINE_SATISFACTION": Source(Measure(RequirementUnit.RATIO, undivided=True), _downline_satisfaction),
}
MEASURES: Mapping[str, Measure] = {name: source.measure for name, source in SOURCES.items()}


async def program_in_force(env: Env, code: str, *, on: date) -> Program:
    """The version of a programme that is in force on a day; NoProgramInForce."""
    found = in_force(await everything(env.store, PROGRAMS, {"code": code}), on)
    if found is None:
        raise NoProgramInForce(code, on)
    return found
