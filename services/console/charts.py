"""Bars of a chart, computed on the server; the template draws them as SVG and writes their table beside them."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import msgspec

from services.console.methods import at
from services.console.pages import Chart, Graph
from services.console.server import Visit
from services.console.values import Shown, amount_of

WIDTH = 100
_PLACES = 2


class Bar(msgspec.Struct, frozen=True):
    """One bar. width: of WIDTH. value: as it is written beside it. band: the ends of its band as they are written, and
    low, high: where they are, of WIDTH; empty without a band."""

    labels: Sequence[Shown]
    value: Shown
    width: float
    band: Sequence[Shown] = ()
    low: float = 0.0
    high: float = 0.0


class Bars(msgspec.Struct, frozen=True):
    """Bars that share a scale. currency: of their amounts; empty for numbers."""

    currency: str
    bars: Sequence[Bar]


def bars_of(visit: Visit, chart: Chart, rows: Sequence[Any]) -> list[Bars]:
    """The bars of the rows, those of each currency by themselves."""
    by_currency: dict[str, list[tuple[Any, Decimal]]] = {}
    for row in rows:
        value = at(row, chart.value)
        if value is None:
            continue
        is_money = hasattr(value, "currency_code")
        currency = value.currency_code if is_money else ""
        amount = amount_of(value) if is_money else Decimal(value)
        if not amount:
            continue
        by_currency.setdefault(currency, []).append((row, amount))
    return [Bars(currency, _scaled(visit, chart, found)) for currency, found in sorted(by_currency.items())]


def bands_of(visit: Visit, graph: Graph, document: Any) -> list[Bars]:
    """The bars of a part of a document, each with its band, on one scale."""
    rows = getattr(document, graph.part)
    highest = max((Decimal(at(row, graph.high)) for row in rows), default=Decimal()) or Decimal(1)
    bars = [
        Bar(
            [visit.writer.at(row, path) for path in graph.labels],
            visit.writer.at(row, graph.value),
            _width(Decimal(at(row, graph.value)), highest),
            [visit.writer.at(row, path) for path in (graph.low, graph.high)],
            _width(Decimal(at(row, graph.low)), highest),
            _width(Decimal(at(row, graph.high)), highest),
        )
        for row in rows
    ]
    return [Bars("", bars)] if bars else []


def _scaled(visit: Visit, chart: Chart, rows: Sequence[tuple[Any, Decimal]]) -> list[Bar]:
    highest = max((amount for _, amount in rows), default=Decimal()) or Decimal(1)
    return [
        Bar(
            [found for path in chart.labels if not (found := visit.writer.at(row, path)).empty],
            visit.writer.at(row, chart.value),
            _width(amount, highest),
        )
        for row, amount in rows
    ]


def _width(amount: Decimal, highest: Decimal) -> float:
    return float(round(max(amount, Decimal()) * WIDTH / highest, _PLACES))
