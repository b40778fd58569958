"""The figures of a partner under a version of a programme, from the sources of its metrics and the exchange rates."""

from calendar import monthrange
from collections.abc import Collection, Iterable
from datetime import date
from fractions import Fraction
from itertools import starmap

from msgspec.structs import replace

from libs.exchange import RateTable, RateUnknown, average_rate, exchange_rate, first_day_for
from libs.rates_projection import tables_between
from libs.store.port import Loaded, Query, get
from services.partners.facts.reads import as_of
from services.partners.program.documents import PROGRAMS
from services.partners.program.domain.measures import Amount, Asked
from services.partners.program.domain.program import Program, ProgramLevel, RateBasis, Requirement
from services.partners.program.reads import SOURCES
from services.partners.settings import Env
from services.partners.tier_review.documents import ENROLMENTS, TIER_CHANGES
from services.partners.tier_review.domain.calendar import first_day_of
from services.partners.tier_review.domain.enrolment import Enrolment, Figures
from services.partners.tier_review.domain.errors import NotEnrolled
from services.partners.tier_review.domain.levels import HeldLevel
from services.partners.tier_review.domain.progress import (
    Conversion,
    Conversions,
    RateUsed,
    RequirementProgress,
    level_progress,
    requirement_progress,
)

_CHANGES_AT_ONCE = 10


async def active_enrolment(env: Env, partner_id: str) -> Loaded[Enrolment]:
    """The membership of a partner that has not ended; NotEnrolled."""
    page = await env.store.find(Query(kind=ENROLMENTS, equals={"active_key": partner_id}, limit=1))
    if not page.rows:
        raise NotEnrolled(partner_id)
    return page.rows[0]


async def level_is_known(env: Env, partner_id: str, day: date) -> bool:
    """Whether the history says what level acted on a partner at the end of a day: not as long as the job has not
    recorded that a membership or an override ended before that day."""
    page = await env.store.find(Query(kind=ENROLMENTS, equals={"active_key": partner_id}, limit=1))
    return not any(row.value.ended_before(day, now=env.clock.now()) for row in page.rows)


async def held_on(env: Env, partner_id: str, day: date) -> HeldLevel | None:
    """The level that acted on a partner at the end of a day; None if it had none."""
    query = Query(kind=TIER_CHANGES, equals={"partner_id": partner_id}, descending=True, limit=_CHANGES_AT_ONCE)
    while True:
        page = await env.store.find(query)
        for row in page.rows:
            if row.value.day <= day:
                return row.value.after
        if not page.next_cursor:
            return None
        query = replace(query, cursor=page.next_cursor)


async def level_of(env: Env, held: HeldLevel) -> ProgramLevel:
    """The level as its version says it."""
    loaded = await get(env.store, PROGRAMS, held.program_id)
    level = loaded.value.level(held.code) if loaded is not None else None
    assert level is not None, "a published version is never removed or changed"
    return level


async def figures_of(env: Env, partner_id: str, program: Program, *, last_day: date) -> Figures:
    """How far a partner is from every level of a version, with windows that end with a day."""
    until = await as_of(env)
    levels = [
        (level, [[(one, _asked(partner_id, one, last_day)) for one in group.requirements] for group in level.groups])
        for level in program.levels
    ]
    needs = [need for _, groups in levels for group in groups for need in group]
    amounts = await _amounts(env, dict.fromkeys(asked for _, asked in needs))
    wanted = {
        (amount.currency, one.currency, amount.month)
        for one, asked in needs
        for amount in amounts[asked]
        if amount.currency != one.currency
    }
    conversions = await _conversions(env, program, wanted)

    def progress(one: Requirement, asked: Asked) -> RequirementProgress:
        first = asked.first if one.window is not None else None
        measure = SOURCES[one.metric].measure
        return requirement_progress(one, measure, amounts[asked], conversions=conversions, first=first, last=last_day)

    found = (level_progress(level, [list(starmap(progress, group)) for group in groups]) for level, groups in levels)
    return Figures(program, last_day, tuple(found), until)


def _asked(partner_id: str, one: Requirement, last_day: date) -> Asked:
    first = first_day_of(one, last_day) or last_day
    return Asked(partner_id, one.metric, first, last_day, one.product_line, one.track, one.downline)


async def _amounts(env: Env, needed: Iterable[Asked]) -> dict[Asked, tuple[Amount, ...]]:
    """The amounts of every figure; levels that ask for the same one share them."""
    return {asked: await SOURCES[asked.metric].read(env, asked) for asked in needed}


async def _conversions(env: Env, program: Program, wanted: Collection[tuple[str, str, date]]) -> Conversions:
    """The rate of every amount in another currency than its requirement has, as the programme says; None where it has
    no source, or the source no rate. wanted: currency, currency of the requirement, month."""
    found: dict[tuple[str, str, date], Conversion | None] = {}
    for month in sorted({month for _, _, month in wanted}):
        tables = await _tables(env, program, month)
        for place in (one for one in wanted if one[2] == month):
            found[place] = _conversion(program, tables, place)
    return found


async def _tables(env: Env, program: Program, month: date) -> tuple[RateTable, ...]:
    """The tables of the programme's source that convert the amounts of a month."""
    if not program.rate_source:
        return ()
    if program.plan_rate_day is not None:
        first, last = first_day_for(program.plan_rate_day), program.plan_rate_day
    else:
        first, last = month, month.replace(day=monthrange(month.year, month.month)[1])
    return await tables_between(env.store, program.rate_source, first=first, last=last)


def _conversion(program: Program, tables: tuple[RateTable, ...], place: tuple[str, str, date]) -> Conversion | None:
    currency, to, month = place
    source = program.rate_source
    try:
        if program.plan_rate_day is not None:
            day, basis = program.plan_rate_day, RateBasis.PLAN
            exact = exchange_rate(tables, currency, to, on=day, source=source)
            rate, factor = exact.rate, Fraction(exact.numerator) / Fraction(exact.denominator)
        else:
            day, basis = month, RateBasis.MONTH_AVERAGE
            rate = average_rate(tables, currency, to, month=month, source=source).rate
            factor = Fraction(rate)
    except RateUnknown:
        return None
    used = RateUsed(from_currency=currency, to_currency=to, day=day, rate=rate, source=source, basis=basis)
    return Conversion(used, factor)
