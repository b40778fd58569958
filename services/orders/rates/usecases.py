"""Puts exchange rates, and finds the rate between two currencies."""

from calendar import monthrange
from datetime import date

from libs.call import Command
from libs.errors import NotFound
from libs.exchange import (
    AverageRate,
    ExchangeRate,
    Quote,
    RateTable,
    average_rate,
    exchange_rate,
    first_day_for,
    table_id,
)
from libs.rates_projection import RATE_TABLES, tables_between
from libs.store.paging import ListCommand, Range, filters_of, paged
from libs.store.port import Page, create, get
from services.orders.rates.documents import RATE_REVISIONS
from services.orders.rates.domain import RateRevision, put, put_event, rate_violations
from services.orders.record.domain.violations import refuse
from services.orders.record.reads import latest_day
from services.orders.settings import Env

_DATE = Range("date", "date_from", "date_before")
Day = date  # the type of fields that are named `date`


class PutRates(Command, frozen=True, kw_only=True):
    """Set rates of a day."""

    source: str
    base_currency: str
    date: Day
    quotes: tuple[Quote, ...]


class GetRate(Command, frozen=True, kw_only=True):
    """Find the rate between two currencies on a day."""

    source: str
    from_currency: str
    to_currency: str
    date: Day


class GetAverageRate(Command, frozen=True, kw_only=True):
    """Find the mean of the rates of a month. month: any of its days."""

    source: str
    from_currency: str
    to_currency: str
    month: Day


class GetRateTable(Command, frozen=True, kw_only=True):
    """Show the rates of a day; revision 0 is the newest."""

    source: str
    base_currency: str
    date: Day
    revision: int = 0


class ListRates(ListCommand, frozen=True, kw_only=True):
    """List the tables of a source and base; empty filters filter nothing."""

    source: str = ""
    base_currency: str = ""
    date_from: Day | None = None
    date_before: Day | None = None


async def put_rates(env: Env, cmd: PutRates) -> RateTable:
    """The table of the day afterwards; unchanged if all rates are so already. Earlier revisions are kept."""
    refuse(*rate_violations(cmd.base_currency, cmd.date, cmd.quotes, latest=latest_day(env)))
    loaded = await get(env.store, RATE_TABLES, table_id(cmd.source, cmd.base_currency, cmd.date))
    table = put(
        loaded.value if loaded else None,
        source=cmd.source,
        base_currency=cmd.base_currency,
        on=cmd.date,
        quotes=cmd.quotes,
    )
    if loaded is not None and table is loaded.value:
        return await env.unchanged(loaded, call=cmd.call)
    write = loaded.put(table) if loaded else create(RATE_TABLES, table)
    kept = RateRevision(id=f"{table.id}:{table.revision}", content=write.document)
    return await env.commit(write, create(RATE_REVISIONS, kept), events=[put_event(table)], call=cmd.call)


async def get_rate(env: Env, cmd: GetRate) -> ExchangeRate:
    """The rate; RateUnknown."""
    tables = await tables_between(env.store, cmd.source, first=first_day_for(cmd.date), last=cmd.date)
    return exchange_rate(tables, cmd.from_currency, cmd.to_currency, on=cmd.date, source=cmd.source)


async def get_average_rate(env: Env, cmd: GetAverageRate) -> AverageRate:
    """The mean of the month; RateUnknown."""
    first = cmd.month.replace(day=1)
    last = first.replace(day=monthrange(first.year, first.month)[1])
    tables = await tables_between(env.store, cmd.source, first=first, last=last)
    return average_rate(tables, cmd.from_currency, cmd.to_currency, month=first, source=cmd.source)


async def get_rate_table(env: Env, cmd: GetRateTable) -> RateTable:
    """The table in that revision; NotFound."""
    shown = table_id(cmd.source, cmd.base_currency, cmd.date)
    if not cmd.revision:
        return await env.show(RATE_TABLES, shown, call=cmd.call)
    kept = await get(env.store, RATE_REVISIONS, f"{shown}:{cmd.revision}")
    if kept is None:
        raise NotFound(RATE_TABLES.name, f"{shown}:{cmd.revision}")
    return kept.value.content


async def list_rates(env: Env, cmd: ListRates) -> Page[RateTable]:
    """A page of tables, by day."""
    asked = paged(cmd, _DATE)
    asked["order"] = _DATE.order
    return await env.listing(RATE_TABLES, filters_of(cmd, "source", "base_currency"), call=cmd.call, **asked)
