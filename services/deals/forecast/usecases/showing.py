"""Shows the forecast, the chances, the snapshots, how good they were, and the deals that slipped."""

import hashlib
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from msgspec.structs import replace

from libs.call import Command
from libs.errors import InvalidInput, Violation
from libs.store.listing import Paging, rows_per_page
from libs.store.paging import ListCommand, filters_of, paged
from libs.store.port import ROWS_PER_PAGE, Page, Query, Scalar
from services.deals.claims.domain.states import STAGE_ORDER, Stage
from services.deals.forecast.documents import ENTRIES, SNAPSHOTS
from services.deals.forecast.domain.accuracy import (
    Accuracy,
    AccuracyTotal,
    ForecastEntry,
    ForecastSnapshot,
    Outcome,
    accuracy,
    summed,
)
from services.deals.forecast.domain.figures import ForecastGroup, ForecastLine, forecast
from services.deals.forecast.domain.learning import BANDS, Ages, Chance, chances
from services.deals.forecast.domain.months import MONTHS_A_QUARTER, first_of, month_of, named
from services.deals.forecast.reads import table_of, weighed
from services.deals.pipeline.documents import PIPELINE_DEALS
from services.deals.pipeline.domain.deals import PipelineDeal
from services.deals.pipeline.domain.history import PipelineState
from services.deals.pipeline.domain.rates import DEALS_READ, TooManyDeals
from services.deals.pipeline.reads import deals_with
from services.deals.settings import Env

COMPARED = 12  # months of snapshots in one answer
_EVER = date(1, 1, 1)


class GetForecast(Command, frozen=True, kw_only=True):
    """Show the forecast."""

    page_size: int = 0
    page_token: str = ""
    group_by: ForecastGroup | None = None
    partner_id: str = ""
    country: str = ""


class ListForecastSnapshots(ListCommand, frozen=True, kw_only=True):
    """List snapshots."""


class GetForecastAccuracy(Command, frozen=True, kw_only=True):
    """Compare snapshots with what came true. first_month, last_month: as `2026-11`, or empty."""

    first_month: str = ""
    last_month: str = ""
    month_count: int = 0
    partner_id: str = ""
    country: str = ""


class ListSlippedDeals(ListCommand, frozen=True, kw_only=True):
    """List deals that slipped."""

    partner_id: str = ""


class Forecast(NamedTuple):
    """A page of lines, the token of the next one, the day of the chances, and how many deals have no amount."""

    lines: Sequence[ForecastLine]
    next_page_token: str
    chances_date: date | None
    amountless_count: int


class StageRow(NamedTuple):
    """The chance of a stage, an age and a month."""

    stage: Stage
    first_day: int
    months_ahead: int
    chance: Chance


class Compared(NamedTuple):
    """What snapshots said, what came true, and the errors over all."""

    rows: tuple[Accuracy, ...]
    totals: tuple[AccuracyTotal, ...]


async def get_forecast(env: Env, cmd: GetForecast) -> Forecast:
    """A page of the lines. InvalidInput for a token of another request; TooManyDeals."""
    size, start = rows_per_page(cmd.page_size), _start(cmd)
    today = env.today()
    asked: dict[str, Scalar] = {"partner_id": cmd.partner_id}
    whose = await env.scope.narrowed(cmd.call.caller, PIPELINE_DEALS, asked)
    opened = await deals_with(env, {**whose, "state": PipelineState.OPEN})
    first = first_of(month_of(today))
    won = await deals_with(env, {**whose, "state": PipelineState.WON}, since=first)
    deals = [one for one in (*opened, *won) if not cmd.country or one.country == cmd.country]
    table = await table_of(env)
    lines = forecast(weighed(env, deals, table, today=today), cmd.group_by or ForecastGroup.NONE, today=today)
    token = f"{_mark(cmd)}.{start + size}" if len(lines) > start + size else ""
    missing = sum(one.expected_amount is None for one in deals if one.state is PipelineState.OPEN)
    return Forecast(lines[start : start + size], token, table.as_of if table else None, missing)


async def get_stage_chances(env: Env) -> tuple[tuple[StageRow, ...], date | None]:
    """A row for each stage, age and month, and the day of which they are; none if nothing was learned."""
    table = await table_of(env)
    if table is None:
        return (), None
    return tuple(
        StageRow(stage, first, ahead, one)
        for stage in STAGE_ORDER
        for first in (0, *BANDS)
        for ahead, one in enumerate(chances(table, Ages(stage, first, first)))
    ), table.as_of


async def list_forecast_snapshots(env: Env, cmd: ListForecastSnapshots) -> Page[ForecastSnapshot]:
    """Snapshots, by month."""
    return await env.listing(SNAPSHOTS, {}, call=cmd.call, **paged(cmd))


async def get_forecast_accuracy(env: Env, cmd: GetForecastAccuracy) -> Compared:
    """The comparison of snapshots whose months are over. InvalidInput, TooManyDeals."""
    months = cmd.month_count or MONTHS_A_QUARTER
    over = month_of(env.today()) - months
    last = _month(cmd.last_month) if cmd.last_month else over
    first = _month(cmd.first_month) if cmd.first_month else last - COMPARED + 1
    if not 0 <= last - first < COMPARED:
        raise InvalidInput([Violation("last_month", f"is not within {COMPARED} months of the first", "OUT_OF_RANGE")])
    asked: dict[str, Scalar] = {"partner_id": cmd.partner_id}
    whose = await env.scope.narrowed(cmd.call.caller, ENTRIES, asked)
    rows: list[Accuracy] = []
    read = 0
    months_asked = range(max(first, month_of(date.min)), min(last, over) + 1)
    held = await env.store.get_many(SNAPSHOTS, [named(month) for month in months_asked])
    for snapshot in (one.value for one in held.values() if one.value.complete):
        entries = await _entries(env, {**whose, "snapshot_id": snapshot.id}, DEALS_READ - read)
        read += len(entries)
        kept = [one for one in entries if not cmd.country or one.country == cmd.country]
        outcomes = await _outcomes(env, kept)
        if cmd.call.caller.partner_id:  # what another partner made of a deal is not for the one that had it
            outcomes = [one for one in outcomes if one.deal and one.deal.partner_id == one.entry.partner_id]
        rows += accuracy(snapshot.id, snapshot.taken_date, outcomes, months=months)
    return Compared(tuple(rows), summed(rows))


async def list_slipped_deals(env: Env, cmd: ListSlippedDeals) -> Page[PipelineDeal]:
    """Open deals that were first expected to end before today, the earliest first."""
    filters = {**filters_of(cmd, "partner_id"), "state": PipelineState.OPEN}
    dated = Paging(order="first_expected_close_date", at_least=_EVER, below=env.today())
    page: Paging = {**paged(cmd), **dated}
    return await env.listing(PIPELINE_DEALS, filters, call=cmd.call, **page)


async def _entries(env: Env, equals: dict[str, Scalar], limit: int) -> list[ForecastEntry]:
    wanted = {field: value for field, value in equals.items() if value}
    query = Query(kind=ENTRIES, equals=wanted, limit=ROWS_PER_PAGE)
    found: list[ForecastEntry] = []
    while True:
        page = await env.store.find(query)
        found += (loaded.value for loaded in page.rows)
        if len(found) > limit:
            raise TooManyDeals
        if not page.next_cursor:
            return found
        query = replace(query, cursor=page.next_cursor)


async def _outcomes(env: Env, entries: Sequence[ForecastEntry]) -> list[Outcome]:
    found: list[Outcome] = []
    for start in range(0, len(entries), ROWS_PER_PAGE):
        part = entries[start : start + ROWS_PER_PAGE]
        deals = await env.store.get_many(PIPELINE_DEALS, [one.registration_id for one in part])
        for one in part:
            held = deals.get(one.registration_id)
            found.append(Outcome(one, held.value if held else None))
    return found


def _month(text: str) -> int:
    year, _, month = text.partition("-")
    return int(year) * 12 + int(month) - 1


def _mark(cmd: GetForecast) -> str:
    asked = repr((cmd.group_by, cmd.partner_id, cmd.country))
    return hashlib.blake2b(asked.encode(), digest_size=6).hexdigest()


def _start(cmd: GetForecast) -> int:
    """How many lines the pages before had."""
    if not cmd.page_token:
        return 0
    mark, _, start = cmd.page_token.partition(".")
    if mark != _mark(cmd) or not (start.isascii() and start.isdecimal() and len(start) < 8):
        raise InvalidInput([Violation("page_token", "is not from a page of this query", "FOREIGN_PAGE_TOKEN")])
    return int(start)
