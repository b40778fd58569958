"""Exchange rates: tables of one day against one base currency, and the rate between two currencies that follows.

A date without a rate takes that of the last day before it, at most ten days earlier; else the rate is refused, not
guessed. A rate between two currencies of a table is made through its base, and both legs are named. Exact: a rate is a
fraction of two decimals; `rate` is its decimal, rounded half to even to 16 digits where it has more.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction

import msgspec

from libs.document import Document
from libs.errors import AppError, Code

DAYS_BACK = 10
DIGITS = 16

Day = date  # the type of fields that are named `date`


class Quote(msgspec.Struct, frozen=True, kw_only=True):
    """How much of `currency` one unit of the base of its table is worth, a decimal above zero as text."""

    currency: str
    rate: str


class RateTable(Document, frozen=True, kw_only=True):
    """The rates of a source on a day; the id is `table_id`. quotes: sorted by currency. revision: 1 at first; more with
    every correction."""

    source: str
    base_currency: str
    date: Day
    quotes: tuple[Quote, ...]
    revision: int = 1

    def decimal(self, currency: str) -> Decimal | None:
        """The rate of a currency, 1 for the base; None if the table has none."""
        if currency == self.base_currency:
            return Decimal(1)
        return next((Decimal(one.rate) for one in self.quotes if one.currency == currency), None)


class Leg(msgspec.Struct, frozen=True, kw_only=True):
    """A rate that was used: of `currency` against `base_currency`, of a day and revision. inverted: the amount was
    divided by it."""

    source: str
    base_currency: str
    currency: str
    rate: str
    date: Day
    revision: int
    inverted: bool = False


class ExchangeRate(msgspec.Struct, frozen=True, kw_only=True):
    """The rate between two currencies on a day. An amount is worth amount x numerator / denominator, exactly. legs: the
    rates of which it is made: none for the same currency, one, or two through the base."""

    from_currency: str
    to_currency: str
    date: Day
    rate: str
    numerator: str
    denominator: str
    legs: tuple[Leg, ...] = ()


class AverageRate(msgspec.Struct, frozen=True, kw_only=True):
    """The mean of the rates of all days of a month that have one. day_count: how many. rate: rounded half to even to 16
    digits; an amount converts with it as it is."""

    from_currency: str
    to_currency: str
    month: Day
    rate: str
    day_count: int


class RateUnknown(AppError):
    """No rate between two currencies is known for a day, nor for the ten days before it."""

    code, reason = Code.FAILED_PRECONDITION, "RATE_UNKNOWN"

    def __init__(self, source: str, from_currency: str, to_currency: str, on: date, *, month: bool = False) -> None:
        when = f"in the month from {on}" if month else f"on {on}, nor in the {DAYS_BACK} days before"
        super().__init__(
            f"{source or 'no source'} has no rate from {from_currency} to {to_currency} {when}",
            source=source,
            from_currency=from_currency,
            to_currency=to_currency,
            date=on,
        )


def table_id(source: str, base_currency: str, on: date) -> str:
    """The id of a table."""
    return f"{source}:{base_currency}:{on.isoformat()}"


def first_day_for(on: date) -> date:
    """The first day whose rates may stand for those of `on`."""
    return on - min(timedelta(days=DAYS_BACK), on - date.min)


def exchange_rate(
    tables: Iterable[RateTable], from_currency: str, to_currency: str, *, on: date, source: str
) -> ExchangeRate:
    """The rate on a day, from the youngest table of `source` that has it. RateUnknown."""
    first = first_day_for(on)
    if from_currency == to_currency:
        return _made(from_currency, to_currency, on, ())
    known = [one for one in tables if one.source == source and first <= one.date <= on]
    for table in sorted(known, key=lambda one: (one.date, one.base_currency), reverse=True):
        if (legs := _legs(table, from_currency, to_currency)) is not None:
            return _made(from_currency, to_currency, on, legs)
    raise RateUnknown(source, from_currency, to_currency, on)


def average_rate(
    tables: Iterable[RateTable], from_currency: str, to_currency: str, *, month: date, source: str
) -> AverageRate:
    """The mean over a month; of several bases on one day the first by name counts. RateUnknown."""
    if from_currency == to_currency:
        return AverageRate(from_currency=from_currency, to_currency=to_currency, month=month, rate="1", day_count=0)
    days: dict[date, Fraction] = {}
    for table in sorted(tables, key=lambda one: (one.date, one.base_currency)):
        within = table.source == source and (table.date.year, table.date.month) == (month.year, month.month)
        if within and table.date not in days and (legs := _legs(table, from_currency, to_currency)) is not None:
            days[table.date] = _fraction(legs)
    if not days:
        raise RateUnknown(source, from_currency, to_currency, month, month=True)
    mean = sum(days.values(), Fraction()) / len(days)
    rate = _decimal(mean)
    return AverageRate(
        from_currency=from_currency, to_currency=to_currency, month=month, rate=rate, day_count=len(days)
    )


def _legs(table: RateTable, from_currency: str, to_currency: str) -> tuple[Leg, ...] | None:
    """The legs from one currency to the other; None if the table lacks one of them."""
    found = []
    for currency, inverted in ((from_currency, True), (to_currency, False)):
        rate = table.decimal(currency)
        if rate is None:
            return None
        if currency != table.base_currency:
            found.append(
                Leg(
                    source=table.source,
                    base_currency=table.base_currency,
                    currency=currency,
                    rate=_text(rate),
                    date=table.date,
                    revision=table.revision,
                    inverted=inverted,
                )
            )
    return tuple(found)


def _made(from_currency: str, to_currency: str, on: date, legs: Sequence[Leg]) -> ExchangeRate:
    return ExchangeRate(
        from_currency=from_currency,
        to_currency=to_currency,
        date=on,
        rate=_decimal(_fraction(legs)),
        numerator=next((leg.rate for leg in legs if not leg.inverted), "1"),
        denominator=next((leg.rate for leg in legs if leg.inverted), "1"),
        legs=tuple(legs),
    )


def _fraction(legs: Sequence[Leg]) -> Fraction:
    found = Fraction(1)
    for leg in legs:
        found = found / Fraction(leg.rate) if leg.inverted else found * Fraction(leg.rate)
    return found


def _decimal(value: Fraction) -> str:
    context = Context(prec=DIGITS, rounding=ROUND_HALF_EVEN)
    return _text(context.divide(Decimal(value.numerator), Decimal(value.denominator)))


def _text(value: Decimal) -> str:
    """A decimal without exponent and without zeros at its end."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
