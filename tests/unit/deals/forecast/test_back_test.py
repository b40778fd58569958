"""On a real pipeline: what deals that are open at the start of a quarter bring in it is forecast better by the counted
chances than by the yield of the quarter before. Nothing after the start of a quarter is known to its forecast.

The set has no stages and no list of changes: a deal is open from the day of its engagement. Deals that were never
engaged have no day and are left out. The value of an open deal is the list price of its product."""

import csv
import sys
from datetime import date
from itertools import pairwise
from typing import NamedTuple

import pytest

from services.deals.forecast.domain.accuracy import UNKNOWN
from services.deals.forecast.domain.learning import Course, Turn, ages_on, chance, learn
from services.deals.forecast.domain.months import MONTHS_A_QUARTER, month_of
from services.deals.pipeline.domain.history import PipelineState
from tests.data import DATA, needs_data

QUARTERS = (date(2017, 4, 1), date(2017, 7, 1), date(2017, 10, 1))


class Deal(NamedTuple):
    """A deal of the set. price: of its product; value: at which it was won, else 0."""

    course: Course
    price: int
    value: int


def _deals() -> list[Deal]:
    with (DATA / "crm_products.csv").open() as file:
        prices = {one["product"].replace(" ", ""): int(one["sales_price"]) for one in csv.DictReader(file)}
    found = []
    with (DATA / "crm_pipeline.csv").open() as file:
        for row in csv.DictReader(file):
            if not row["engage_date"]:
                continue
            course = [Turn(date.fromisoformat(row["engage_date"]), PipelineState.OPEN, None)]
            if row["close_date"]:
                end = PipelineState.WON if row["deal_stage"] == "Won" else PipelineState.LOST
                course.append(Turn(date.fromisoformat(row["close_date"]), end, None))
            value = int(float(row["close_value"] or 0))
            found.append(Deal(tuple(course), prices[row["product"].replace(" ", "")], value))
    return found


def _won(deals: list[Deal], start: date) -> int:
    """What the deals that were open at the start brought in the quarter."""
    return sum(
        one.value
        for one in deals
        if ages_on(one.course, start) is not None
        and one.course[-1].state is PipelineState.WON
        and month_of(one.course[-1].day) < month_of(start) + MONTHS_A_QUARTER
    )


def _forecast(deals: list[Deal], start: date) -> int | None:
    """The sum of prices times chances; None if a deal has none."""
    table = learn((one.course for one in deals), as_of=start)
    found = 0
    for one in deals:
        ages = ages_on(one.course, start)
        if ages is None:
            continue
        its = [chance(table, ages, ahead) for ahead in range(MONTHS_A_QUARTER)]
        points = [each.basis_points if each.known else UNKNOWN for each in its]
        if UNKNOWN in points:
            return None
        found += one.price * sum(points)
    return round(found / 10_000)


@needs_data
@pytest.mark.slow
def test_the_counted_chances_forecast_a_quarter_better_than_the_yield_of_the_one_before(
    capsys: pytest.CaptureFixture[str],
) -> None:
    deals = _deals()
    rows: list[tuple[int, int, int]] = []
    lines = []
    for before, start in pairwise(QUARTERS):
        opened = [sum(one.price for one in deals if ages_on(one.course, day)) for day in (before, start)]
        naive = opened[1] * _won(deals, before) // opened[0]
        said, came = _forecast(deals, start), _won(deals, start)
        assert said is not None
        rows.append((said, naive, came))
        errors = " and ".join(f"{one / came - 1:+.1%}" for one in (said, naive))
        lines.append(f"{start}: won {came}; forecast and yield before are off by {errors}")
    came = sum(one[2] for one in rows)
    wape, naive_wape = (sum(abs(one[place] - one[2]) for one in rows) / came for place in (0, 1))
    bias, naive_bias = (sum(one[place] - one[2] for one in rows) / came for place in (0, 1))
    lines.append(f"WAPE {wape:.1%} and {naive_wape:.1%}, bias {bias:+.1%} and {naive_bias:+.1%}")
    with capsys.disabled():
        sys.stdout.write("\n".join(["", *lines, ""]))
    assert _forecast(deals, QUARTERS[0]) is None  # a month of closings is too little: nothing is guessed
    assert wape < min(naive_wape, 0.39)
    assert abs(bias) < min(abs(naive_bias), 0.39)
    assert all(abs(said - true) < abs(other - true) for said, other, true in rows)
