"""The rates with which a plan converts amounts into the currency of a target."""

from collections.abc import Sequence
from datetime import date
from enum import Enum
from fractions import Fraction

import msgspec

from libs.exchange import RateTable, RateUnknown, average_rate, exchange_rate


class PlanRateBasis(Enum):
    """The rates of which days."""

    MONTH_AVERAGE = "MONTH_AVERAGE"
    FIRST_DAY = "FIRST_DAY"


class PlanRates(msgspec.Struct, frozen=True, kw_only=True):
    """With which rates a plan converts. source: empty: with none. basis: None: as MONTH_AVERAGE."""

    source: str = ""
    basis: PlanRateBasis | None = None


class PlanRate(msgspec.Struct, frozen=True, kw_only=True):
    """A rate that was used. day_count: of how many days it is the mean; 0: the rate of one day. An amount is worth
    amount x numerator / denominator, exactly; `rate` is that in at most 16 digits."""

    from_currency: str
    to_currency: str
    source: str
    day: date
    day_count: int = 0
    rate: str
    numerator: str
    denominator: str = "1"

    @property
    def exact(self) -> Fraction:
        """The rate as a fraction."""
        return Fraction(self.numerator) / Fraction(self.denominator)


class Conversion:
    """The rates of one plan. tables: those of its source for all days that may matter. first_day: of the plan."""

    def __init__(self, rates: PlanRates, tables: Sequence[RateTable], *, first_day: date) -> None:
        self._rates, self._tables, self._first_day = rates, tables, first_day
        self._found: dict[tuple[str, str, date], PlanRate | None] = {}

    def rate(self, from_currency: str, to_currency: str, month: date) -> PlanRate | None:
        """The rate for a figure of a month; None if none is known."""
        day = self._first_day if self._rates.basis is PlanRateBasis.FIRST_DAY else month
        key = (from_currency, to_currency, day)
        if key not in self._found:
            self._found[key] = self._looked_up(*key)
        return self._found[key]

    def _looked_up(self, from_currency: str, to_currency: str, day: date) -> PlanRate | None:
        source = self._rates.source
        try:
            if self._rates.basis is PlanRateBasis.FIRST_DAY:
                one = exchange_rate(self._tables, from_currency, to_currency, on=day, source=source)
                days, rate, numerator, denominator = 0, one.rate, one.numerator, one.denominator
            else:
                mean = average_rate(self._tables, from_currency, to_currency, month=day, source=source)
                days, rate, numerator, denominator = mean.day_count, mean.rate, mean.rate, "1"
        except RateUnknown:
            return None
        return PlanRate(
            from_currency=from_currency,
            to_currency=to_currency,
            source=source,
            day=day,
            day_count=days,
            rate=rate,
            numerator=numerator,
            denominator=denominator,
        )
