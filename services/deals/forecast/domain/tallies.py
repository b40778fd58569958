"""What the deals of a snapshot promised and what came true, added up once their months are over.

A tally of the cell and one of each partner have the sums for one month, two, and so on up to twelve. So an answer reads
a few rows, however many deals a snapshot has.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

import msgspec
from msgspec.structs import replace

from libs.document import Document
from libs.money import Money
from services.deals.forecast.domain.accuracy import UNKNOWN, Accuracy, ForecastSnapshot, Outcome
from services.deals.forecast.domain.figures import weighted
from services.deals.forecast.domain.learning import HORIZON
from services.deals.forecast.domain.months import month_of
from services.deals.pipeline.domain.deals import PipelineDeal
from services.deals.pipeline.domain.history import PipelineState
from services.deals.pipeline.domain.rates import BASIS_POINTS

CELL = "cell"

Place = tuple[str, str, int, bool]
"""Country, currency, months, moved: of a row."""


class TallyRow(msgspec.Struct, frozen=True, kw_only=True):
    """The deals in one country and currency over the first `months` months. moved: those that another partner has now,
    or that are gone. said_amount, said_basis_points: the sum of amounts times chances, in units of Money and the rest.
    came_amount: what came true. unknown_count: deals without a chance for one of the months, which are on neither
    side."""

    country: str
    currency: str
    months: int
    moved: bool
    deal_count: int = 0
    unknown_count: int = 0
    said_amount: int = 0
    said_basis_points: int = 0
    came_amount: int = 0


class ForecastTally(Document, frozen=True, kw_only=True):
    """The sums of a snapshot, of the cell (partner_id empty) or of a partner."""

    snapshot_id: str
    partner_id: str = ""
    rows: tuple[TallyRow, ...] = ()


def tally_id(snapshot_id: str, partner_id: str) -> str:
    """The id of the tally of a partner, or of the cell for none."""
    return f"{snapshot_id}.{partner_id or CELL}"


def months_over(snapshot: ForecastSnapshot, *, today: date) -> int:
    """How many months of a snapshot are over, its own being the first; HORIZON at most."""
    return max(0, min(HORIZON, month_of(today) - snapshot.month_number))


def added(
    tallies: Mapping[str, ForecastTally], snapshot: ForecastSnapshot, outcomes: Iterable[Outcome], months: range
) -> dict[str, ForecastTally]:
    """The tallies to write, by id: with these deals, for each of these numbers of months. tallies: those that are
    stored, of the cell and of the partners of the deals."""
    sums: defaultdict[str, defaultdict[Place, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0, 0, 0]))
    for outcome in outcomes:
        for partner in ("", outcome.entry.partner_id):
            for place, counted in _counted(snapshot, outcome, months):
                row = sums[partner][place]
                for at, more in enumerate(counted):
                    row[at] += more
    found = {}
    for partner, places in sums.items():
        key = tally_id(snapshot.id, partner)
        held = tallies.get(key) or ForecastTally(id=key, snapshot_id=snapshot.id, partner_id=partner)
        rows = {_place(one): one for one in held.rows}
        rows |= {place: _sum(rows.get(place), place, counted) for place, counted in places.items()}
        found[key] = replace(held, rows=tuple(rows[place] for place in sorted(rows)))
    return found


def accuracy(tally: ForecastTally, *, months: int, country: str, with_moved: bool) -> tuple[Accuracy, ...]:
    """The forecast of the first months against what came true, by currency. country: of the deals; empty for all.
    with_moved: also what another partner made of a deal."""
    found: defaultdict[str, list[TallyRow]] = defaultdict(list)
    for row in tally.rows:
        if row.months == months and country in ("", row.country) and (with_moved or not row.moved):
            found[row.currency].append(row)
    return tuple(
        Accuracy(
            snapshot_month=tally.snapshot_id,
            currency=currency,
            deal_count=sum(one.deal_count for one in rows),
            unknown_count=sum(one.unknown_count for one in rows),
            forecast_amount=weighted(sum(_said(one) for one in rows), currency),
            actual_amount=Money(sum(one.came_amount for one in rows), currency),
        )
        for currency, rows in sorted(found.items())
    )


def _counted(snapshot: ForecastSnapshot, outcome: Outcome, months: range) -> Iterator[tuple[Place, tuple[int, ...]]]:
    """What one deal adds to the row of each number of months: 1 deal or 1 unknown one, what was said in units of Money
    times basis points, what came true. A deal counts as won with its present amount if that is in the same currency,
    else with the one that it had."""
    entry, deal = outcome
    amount = entry.expected_amount
    if amount is None:
        return
    moved = deal is None or deal.partner_id != entry.partner_id
    for count in months:
        place, points = (entry.country, amount.currency, count, moved), entry.basis_points[:count]
        if UNKNOWN in points:
            yield place, (0, 1, 0, 0)
        else:
            came = _came(deal, amount, end=snapshot.month_number + count)
            yield place, (1, 0, amount.amount * sum(points), came)


def _came(deal: PipelineDeal | None, amount: Money, *, end: int) -> int:
    if not deal or deal.state is not PipelineState.WON or not deal.closed_date or month_of(deal.closed_date) >= end:
        return 0
    now = deal.expected_amount
    return now.amount if now and now.currency == amount.currency else amount.amount


def _sum(row: TallyRow | None, place: Place, counted: Sequence[int]) -> TallyRow:
    """The row with what more deals add to it."""
    country, currency, months, moved = place
    before = row or TallyRow(country=country, currency=currency, months=months, moved=moved)
    deals, unknown, said, came = counted
    whole, rest = divmod(_said(before) + said, BASIS_POINTS)
    return replace(
        before,
        deal_count=before.deal_count + deals,
        unknown_count=before.unknown_count + unknown,
        said_amount=whole,
        said_basis_points=rest,
        came_amount=before.came_amount + came,
    )


def _said(row: TallyRow) -> int:
    """In units of Money times basis points: a sum of these can be too large for the store."""
    return row.said_amount * BASIS_POINTS + row.said_basis_points


def _place(row: TallyRow) -> Place:
    return row.country, row.currency, row.months, row.moved
