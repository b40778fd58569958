"""The exchange rates that a service keeps of the orders service, which puts them: the same in every service that needs
to convert amounts.

A projection ignores revisions that are not newer than its own, so events may arrive in any order, and again.
"""

import datetime
from typing import Any

import msgspec
from msgspec.structs import replace

from libs.call import Call, Command
from libs.env import Env
from libs.exchange import Quote, RateTable, table_id
from libs.messaging.envelope import Envelope
from libs.messaging.events import EventCodec
from libs.messaging.intake import Consumer
from libs.slices import Slice
from libs.store.paging import serving
from libs.store.port import ROWS_PER_PAGE, Index, Kind, Query, Store, create, get

RATE_TABLES = Kind("rate_table", RateTable, (*serving("source", "base_currency", orders=("date",)), Index(("source",))))


class RatesPayload(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of the event that rates of a day were put."""

    source: str
    base_currency: str
    date: datetime.date
    revision: int
    quotes: tuple[Quote, ...]


class ProjectRates(Command, frozen=True, kw_only=True):
    """Store the rates of a day unless a newer revision is stored."""

    table: RateTable


async def project_rates(env: Env[Any], cmd: ProjectRates) -> RateTable:
    """The stored rates of the day afterwards."""
    loaded = await get(env.store, RATE_TABLES, cmd.table.id)
    if loaded is None:
        return await env.commit(create(RATE_TABLES, cmd.table), call=cmd.call)
    if loaded.value.revision >= cmd.table.revision:
        return loaded.value
    return await env.commit(loaded.put(cmd.table), call=cmd.call)


async def tables_between(
    store: Store, source: str, *, first: datetime.date, last: datetime.date
) -> tuple[RateTable, ...]:
    """The tables of a source of the days from `first` to `last`, for `libs.exchange`."""
    query = Query(
        kind=RATE_TABLES,
        equals={"source": source},
        order="date",
        at_least=first,
        below=last + datetime.timedelta(days=1) if last < datetime.date.max else None,
        limit=ROWS_PER_PAGE,
    )
    found: list[RateTable] = []
    while True:
        page = await store.find(query)
        found += (loaded.value for loaded in page.rows)
        if not page.next_cursor:
            return tuple(found)
        query = replace(query, cursor=page.next_cursor)


async def _on_rates(env: Env[Any], envelope: Envelope, call: Call) -> None:
    told = EventCodec.decode(envelope, RatesPayload)
    table = RateTable(
        id=table_id(told.source, told.base_currency, told.date),
        source=told.source,
        base_currency=told.base_currency,
        date=told.date,
        quotes=told.quotes,
        revision=told.revision,
    )
    await env.run(project_rates, ProjectRates(call=call, table=table))


CONSUMERS: tuple[Consumer[Any], ...] = (Consumer("orders.rates.put", _on_rates),)

SLICE = Slice(kinds=(RATE_TABLES,), consumers=CONSUMERS)
