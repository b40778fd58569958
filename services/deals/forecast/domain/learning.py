"""How likely an open deal is won in each of the next months: counted in the cell's own history.

Nothing is estimated by a model. On the same day of every earlier month the deals that were open then are counted by
stage and by how long they had been in it, and how many of them were won in that month, in the next, and so on. A chance
is such a ratio, with its numerator and denominator. Only months that are over count, so nothing of the future is in it.

Three rules make the counts usable. (1) Closings follow quarters, so a chance is counted in months at the same place in
their quarter, and in all months only if those are too few. (2) A band of ages with fewer than MINIMUM deals takes in
its neighbours, the younger one first, one after the other, until it has as many. (3) A stage with fewer than MINIMUM
deals takes the deals of all stages, by how long they had been open. If those are too few, there is no chance, which is
not zero.

A deal that was open on that day of several months counts once in each. Months before the first deal ended count
nothing: nobody recorded ends then.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from enum import Enum
from typing import NamedTuple

import msgspec

from libs.document import Document
from services.deals.claims.domain.states import Stage
from services.deals.forecast.domain.months import MONTHS_A_QUARTER, day_in, month_of
from services.deals.pipeline.domain.history import PipelineState
from services.deals.pipeline.domain.rates import BASIS_POINTS, half_even

HORIZON = 12  # months, with the present one
LEARNED = 36  # months back
MINIMUM = 20  # deals in a denominator
BANDS = (14, 30, 60, 90, 180, 365)  # days in the stage at which a band begins; the first one begins at 0


_ENDS = frozenset({PipelineState.WON, PipelineState.LOST, PipelineState.DROPPED})


class Turn(NamedTuple):
    """A deal from a day on."""

    day: date
    state: PipelineState
    stage: Stage | None


Course = Sequence[Turn]
"""The turns of one deal, the oldest first."""


class ChanceBasis(Enum):
    """What a chance is counted in."""

    STAGE_IN_SEASON = "STAGE_IN_SEASON"
    STAGE = "STAGE"
    ALL_STAGES = "ALL_STAGES"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


class Chance(msgspec.Struct, frozen=True, kw_only=True):
    """That a deal is won in a certain month: won_count of deal_count were. basis_points: the ratio, rounded half to
    even; 0 with INSUFFICIENT_DATA."""

    won_count: int = 0
    deal_count: int = 0
    basis: ChanceBasis = ChanceBasis.INSUFFICIENT_DATA

    @property
    def known(self) -> bool:
        """Whether there is a chance."""
        return self.basis is not ChanceBasis.INSUFFICIENT_DATA

    @property
    def basis_points(self) -> int:
        """The chance in hundredths of a percent."""
        return half_even(self.won_count * BASIS_POINTS, self.deal_count) if self.known else 0


class Counted(msgspec.Struct, frozen=True):
    """The deals of one stage and band that were open on the day of one month. stage: None for all stages. won: how many
    were won in that month, in the next and so on, HORIZON numbers."""

    month: int
    stage: Stage | None
    band: int
    deal_count: int
    won: tuple[int, ...]


class ChanceTable(Document, frozen=True, kw_only=True):
    """What was counted on the same day of earlier months. as_of: that day; what ended on it or later is not counted."""

    as_of: date
    counted: tuple[Counted, ...] = ()


class Ages(NamedTuple):
    """How far an open deal is. stage_days: how long it has been in the stage; open_days: in the pipeline."""

    stage: Stage | None
    stage_days: int
    open_days: int


def learn(courses: Iterable[Course], *, as_of: date, id: str = "") -> ChanceTable:
    """Count the history before `as_of`."""
    known = [tuple(turn for turn in course if turn.day < as_of) for course in courses]
    ends = [turn.day for course in known for turn in course if turn.state in _ENDS]
    if not ends:
        return ChanceTable(id=id, as_of=as_of)
    now = month_of(as_of)
    first = max(month_of(min(ends)), now - LEARNED)
    opened: Counter[tuple[int, Stage | None, int]] = Counter()
    won: Counter[tuple[int, Stage | None, int, int]] = Counter()
    for course in known:
        end = month_of(course[-1].day) if course and course[-1].state is PipelineState.WON else None
        for month in range(first, now):
            ages = ages_on(course, day_in(month, as_of.day))
            if ages is None:
                continue
            own = ((ages.stage, ages.stage_days),) if ages.stage else ()
            for stage, days in (*own, (None, ages.open_days)):
                key = (month, stage, band_of(days))
                opened[key] += 1
                if end is not None and end - month < HORIZON:
                    won[(*key, end - month)] += 1
    counted = (
        Counted(*key, deal_count=opened[key], won=tuple(won[(*key, ahead)] for ahead in range(HORIZON)))
        for key in sorted(opened, key=lambda one: (one[0], one[1].value if one[1] else "", one[2]))
    )
    return ChanceTable(id=id, as_of=as_of, counted=tuple(counted))


def ages_on(course: Course, day: date) -> Ages | None:
    """How far the deal was at the beginning of a day; None unless it was open."""
    past = [turn for turn in course if turn.day < day]
    if not past or past[-1].state is not PipelineState.OPEN:
        return None
    opened = next(turn.day for turn in past if turn.state is PipelineState.OPEN)
    return Ages(past[-1].stage, (day - past[-1].day).days, (day - opened).days)


def band_of(days: int) -> int:
    """The place of the band of an age."""
    return bisect_right(BANDS, days)


def chances(table: ChanceTable, ages: Ages) -> tuple[Chance, ...]:
    """The chance that a deal is won in the rest of the month of `as_of`, in the next one and so on; HORIZON months."""
    return tuple(chance(table, ages, ahead) for ahead in range(HORIZON))


def chance(table: ChanceTable, ages: Ages, ahead: int) -> Chance:
    """The chance for the month that is so many months ahead."""
    ended = [one for one in table.counted if one.month + ahead < month_of(table.as_of)]
    season = [one for one in ended if (month_of(table.as_of) - one.month) % MONTHS_A_QUARTER == 0]
    for basis, rows, stage, days in (
        (ChanceBasis.STAGE_IN_SEASON, season, ages.stage, ages.stage_days),
        (ChanceBasis.STAGE, ended, ages.stage, ages.stage_days),
        (ChanceBasis.ALL_STAGES, season, None, ages.open_days),
        (ChanceBasis.ALL_STAGES, ended, None, ages.open_days),
    ):
        found = _pooled([one for one in rows if one.stage is stage], band_of(days), ahead)
        if found is not None:
            return Chance(won_count=found[0], deal_count=found[1], basis=basis)
    return Chance()


def _pooled(rows: Sequence[Counted], band: int, ahead: int) -> tuple[int, int] | None:
    """Won deals and deals of the band, with as many of its neighbours as MINIMUM takes; None if all have too few."""
    won, deals = [0] * (len(BANDS) + 1), [0] * (len(BANDS) + 1)
    for one in rows:
        won[one.band] += one.won[ahead]
        deals[one.band] += one.deal_count
    low = high = band
    while sum(deals[low : high + 1]) < MINIMUM:
        if low == 0 and high == len(BANDS):
            return None
        if low > 0:
            low -= 1
            if sum(deals[low : high + 1]) >= MINIMUM:
                break
        high = min(high + 1, len(BANDS))
    return sum(won[low : high + 1]), sum(deals[low : high + 1])
