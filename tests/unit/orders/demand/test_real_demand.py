"""On real demand the chosen methods are at least a tenth better than seasonal naive, naive where no season fits."""

import csv
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date

import pytest

from services.orders.demand.domain.choice import choose, scale_of
from tests.data import DATA, needs_data

_ARTICLE = re.compile(r"[0-9]{5}.*")  # the others are postage, fees and manual corrections


def _months_of_resellers() -> list[list[int]]:
    """The pieces of each product per month from its first to its last order, of 24 months and more."""
    with (DATA / "aw_products.csv").open(encoding="utf-8") as file:
        products = {row["ProductKey"]: row["ProductAlternateKey"] for row in csv.DictReader(file)}
    sold: dict[str, Counter[int]] = defaultdict(Counter)
    with (DATA / "aw_order_lines.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            day = date.fromisoformat(row["OrderDate"])
            sold[products[row["ProductKey"]]][day.year * 12 + day.month] += int(row["OrderQuantity"])
    return [series for one in sold.values() if len(series := _filled(one, max(one))) >= 24]


def _weeks_of_retail() -> list[list[int]]:
    """The pieces of each article per whole week, from the week of its first sale; of 20 weeks and more, and four sales
    or more. Credit notes are not demand."""
    sold: dict[str, Counter[int]] = defaultdict(Counter)
    with (DATA / "retail_invoice_lines.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if _ARTICLE.fullmatch(row["StockCode"]) and row["IsCreditNote"] == "0":
                week = (date.fromisoformat(row["InvoiceDate"][:10]).toordinal() - 1) // 7
                sold[row["StockCode"]][week] += int(row["Quantity"])
    last_whole = max(max(one) for one in sold.values()) - 1
    series = [_filled(one, last_whole) for one in sold.values() if min(one) <= last_whole]
    return [one for one in series if len(one) >= 20 and sum(map(bool, one)) >= 4]


def _filled(sold: Counter[int], last: int) -> list[int]:
    return [sold[period] for period in range(min(sold), last + 1)]


def _ratios(series: Sequence[Sequence[int]], *, season: int, horizon: int, origins: int) -> tuple[float, float]:
    """WAPE and mean MASE of the chosen methods, each by that of the reference. Each origin knows only what was before
    it: the method is chosen anew."""
    chosen, reference, demand, chosen_scaled, reference_scaled = 0.0, 0.0, 0, 0.0, 0.0
    for values in series:
        for known in range(len(values) - origins - horizon + 1, len(values) - horizon + 1):
            came = values[known : known + horizon]
            found = choose(values[:known], season=season, horizon=horizon)
            ours = sum(abs(a - b) for a, b in zip(found.mean, came, strict=True))
            theirs = sum(abs(a - b) for a, b in zip(found.reference, came, strict=True))
            chosen, reference, demand = chosen + ours, reference + theirs, demand + sum(came)
            if scale := scale_of(values[:known], season):
                chosen_scaled, reference_scaled = chosen_scaled + ours / scale, reference_scaled + theirs / scale
    count = len(series) * origins * horizon
    sys.stdout.write(
        f"{len(series)} series, {horizon} ahead, {origins} origins: WAPE {chosen / demand:.3f} "
        f"(reference {reference / demand:.3f}), MASE {chosen_scaled / count:.3f} "
        f"(reference {reference_scaled / count:.3f})\n"
    )
    return chosen / reference, chosen_scaled / reference_scaled


@needs_data
@pytest.mark.parametrize("horizon", [1, 3])
def test_monthly_demand_of_resellers(horizon: int) -> None:
    series = _months_of_resellers()
    assert len(series) == 57
    wape, mase = _ratios(series, season=12, horizon=horizon, origins=6)
    assert wape <= 0.9
    assert mase <= 0.9


@needs_data
@pytest.mark.parametrize("horizon", [1, 3])
def test_weekly_demand_of_retail(horizon: int) -> None:
    series = _weeks_of_retail()
    assert len(series) > 1_000
    wape, mase = _ratios(series, season=52, horizon=horizon, origins=4)
    assert wape <= 0.9
    assert mase <= 0.9
