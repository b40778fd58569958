"""How good forecasts were: what snapshots said of some months, against what came true of the same deals."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

import msgspec

from libs.document import Document
from libs.money import Money
from services.deals.claims.domain.states import Stage
from services.deals.forecast.domain.learning import Chance
from services.deals.pipeline.domain.deals import PipelineDeal
from services.deals.pipeline.domain.rates import BASIS_POINTS, half_even

UNKNOWN = -1  # in place of basis points
MOST = 10**15  # basis points that an answer shows


class ForecastSnapshot(Document, frozen=True, kw_only=True):
    """That the open deals of a day were kept. The id is the month (`2026-11`), month_number its number. cursor: how far
    that is; empty once it is complete. tallied_months: for how many months its deals were compared with what came true;
    tally_months, tally_cursor: the months that are compared now, and how far that is."""

    month_number: int
    taken_date: date
    deal_count: int = 0
    unknown_count: int = 0
    cursor: str = ""
    complete: bool = False
    tallied_months: int = 0
    tally_months: int = 0
    tally_cursor: str = ""


class ForecastEntry(Document, frozen=True, kw_only=True):
    """An open deal as it was in a snapshot. basis_points: the chance for each of the next months, UNKNOWN without."""

    snapshot_id: str
    registration_id: str
    partner_id: str
    country: str
    stage: Stage | None
    expected_amount: Money | None
    expected_close_date: date | None
    basis_points: tuple[int, ...]


class Accuracy(msgspec.Struct, frozen=True, kw_only=True):
    """What a snapshot said of its first months in one currency, and what came true. unknown_count: deals without a
    chance for one of the months, which are on neither side."""

    snapshot_month: str
    currency: str
    deal_count: int
    unknown_count: int
    forecast_amount: Money
    actual_amount: Money


class AccuracyTotal(msgspec.Struct, frozen=True, kw_only=True):
    """Over all snapshots, in one currency. wape_basis_points: the sum of absolute errors over what came true;
    bias_basis_points: the error of the sum over the same, positive if too much was promised. known: false if nothing
    came true or nothing was forecast, so that there is nothing to divide by."""

    currency: str
    snapshot_count: int
    forecast_amount: Money
    actual_amount: Money
    error_amount: Money
    wape_basis_points: int
    bias_basis_points: int
    known: bool


class Outcome(NamedTuple):
    """An entry, and its deal as it is now; None if it is gone."""

    entry: ForecastEntry
    deal: PipelineDeal | None


def entry_of(deal: PipelineDeal, chances: Sequence[Chance], snapshot: ForecastSnapshot) -> ForecastEntry:
    """The deal as it is kept in a snapshot."""
    return ForecastEntry(
        id=f"{snapshot.id}.{deal.id}",
        snapshot_id=snapshot.id,
        registration_id=deal.id,
        partner_id=deal.partner_id,
        country=deal.country,
        stage=deal.stage,
        expected_amount=deal.expected_amount,
        expected_close_date=deal.expected_close_date,
        basis_points=tuple(one.basis_points if one.known else UNKNOWN for one in chances),
    )


def summed(rows: Iterable[Accuracy]) -> tuple[AccuracyTotal, ...]:
    """The errors over all snapshots, by currency. A snapshot in which no deal had a chance does not count."""
    found: defaultdict[str, list[Accuracy]] = defaultdict(list)
    for row in rows:
        if row.deal_count:
            found[row.currency].append(row)
    return tuple(_total(currency, found[currency]) for currency in sorted(found))


def _total(currency: str, rows: Sequence[Accuracy]) -> AccuracyTotal:
    said = sum(one.forecast_amount.amount for one in rows)
    came = sum(one.actual_amount.amount for one in rows)
    error = sum(abs(one.forecast_amount.amount - one.actual_amount.amount) for one in rows)
    sign = -1 if said < came else 1
    return AccuracyTotal(
        currency=currency,
        snapshot_count=len(rows),
        forecast_amount=Money(said, currency),
        actual_amount=Money(came, currency),
        error_amount=Money(error, currency),
        wape_basis_points=_over(error, came),
        bias_basis_points=sign * _over(abs(said - came), came),
        known=came > 0,
    )


def _over(error: int, came: int) -> int:
    """An error over what came true, in basis points; MOST if it is more, 0 if nothing came true."""
    return min(MOST, half_even(error * BASIS_POINTS, came)) if came else 0
