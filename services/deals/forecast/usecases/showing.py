"""Shows the forecast, the chances, the snapshots, how good they were, and the deals that slipped."""

import hashlib
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from libs.call import Command
from libs.errors import InvalidInput, Violation
from libs.store.listing import Paging, rows_per_page
from libs.store.paging import ListCommand, filters_of, paged
from libs.store.port import Page, Scalar, get_all
from services.deals.claims.domain.states import STAGE_ORDER, Stage
from services.deals.forecast.documents import SNAPSHOTS, TALLIES
from services.deals.forecast.domain.accuracy import (
    Accuracy,
    AccuracyTotal,
    ForecastSnapshot,
    summed,
)
from services.deals.forecast.domain.figures import ForecastGroup, ForecastLine, forecast
from services.deals.forecast.domain.learning import BANDS, Ages, Chance, chances
from services.deals.forecast.domain.months import MONTHS_A_QUARTER, first_of, month_of, named
from services.deals.forecast.domain.tallies import accuracy, tally_id
from services.deals.forecast.reads import table_of, weighed
from services.deals.pipeline.documents import PIPELINE_DEALS
from services.deals.pipeline.domain.deals import PipelineDeal
from services.deals.pipeline.domain.history import PipelineState
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
    """The comparison of snapshots whose months are over and were compared. InvalidInput."""
    months = cmd.month_count or MONTHS_A_QUARTER
    over = month_of(env.today()) - months
    last = _month(cmd.last_month) if cmd.last_month else over
    first = _month(cmd.first_month) if cmd.first_month else last - COMPARED + 1
    if not 0 <= last - first < COMPARED:
        raise InvalidInput([Violation("last_month", f"is not within {COMPARED} months of the first", "OUT_OF_RANGE")])
    asked: dict[str, Scalar] = {"partner_id": cmd.partner_id}
    whose = await env.scope.narrowed(cmd.call.caller, TALLIES, asked)
    months_asked = range(max(first, month_of(date.min)), min(last, over) + 1)
    held = await env.store.get_many(SNAPSHOTS, [named(month) for month in months_asked])
    compared = [one.value.id for one in held.values() if one.value.tallied_months >= months]
    partner = str(whose.get("partner_id") or "")
    tallies = await get_all(env.store, TALLIES, (tally_id(one, partner) for one in compared))
    # What another partner made of a deal is not for the one that had it.
    with_moved = not cmd.call.caller.partner_id
    rows = [
        row
        for _, one in sorted(tallies.items())
        for row in accuracy(one.value, months=months, country=cmd.country, with_moved=with_moved)
    ]
    return Compared(tuple(rows), summed(rows))


async def list_slipped_deals(env: Env, cmd: ListSlippedDeals) -> Page[PipelineDeal]:
    """Open deals that were first expected to end before today, the earliest first."""
    filters = {**filters_of(cmd, "partner_id"), "state": PipelineState.OPEN}
    dated = Paging(order="first_expected_close_date", at_least=_EVER, below=env.today())
    page: Paging = {**paged(cmd), **dated}
    return await env.listing(PIPELINE_DEALS, filters, call=cmd.call, **page)


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
