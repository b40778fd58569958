"""Money as an integer and a currency; never a float, never added across currencies.

The unit is a ten-thousandth of the main unit of any currency. Every minor unit of ISO 4217 (none to four digits) and
the four-decimal prices of real price lists are whole numbers of it, so sums are exact. An amount to pay is rounded to
the currency's own minor unit once, on the document (`payable`).
"""

from collections.abc import Iterator
from decimal import Context, Decimal, DecimalException
from functools import cache, lru_cache

import msgspec
from babel.core import get_global
from babel.numbers import get_currency_precision
from iso4217 import Currency

from libs.errors import AppError, Code, Violation

DIGITS = 4
PER_UNIT: int = 10**DIGITS
LIMIT_UNITS = 100_000_000_000_000  # keeps every amount inside a signed 64-bit integer

_CURRENCIES_CACHED = 1_024  # a bound, because the codes come from callers
_NO_AMOUNT = Decimal("NaN")


class CurrencyMismatch(AppError):
    """Amounts of different currencies cannot be added or compared."""

    code, reason = Code.FAILED_PRECONDITION, "CURRENCY_MISMATCH"

    def __init__(self, one: str, other: str) -> None:
        super().__init__(f"amounts in {one} and {other} cannot be combined", one=one, other=other)


class Money(msgspec.Struct, frozen=True, order=False):
    """An amount: `amount` ten-thousandths of one unit of `currency` (ISO 4217)."""

    amount: int
    currency: str

    @classmethod
    def of(cls, value: Decimal | int | str, currency: str) -> "Money":
        """The exact amount of a decimal; ValueError if it has more than four decimals or is out of range."""
        try:
            exact = Decimal(value)
            digits = len(exact.as_tuple().digits) or 1
            scaled = exact.scaleb(DIGITS, Context(prec=digits))  # moves the point and rounds nothing
        except DecimalException:
            scaled = _NO_AMOUNT
        whole = scaled.is_finite() and scaled == scaled.to_integral_value()
        if not whole or scaled.copy_abs() > LIMIT_UNITS * PER_UNIT:
            raise ValueError(f"{value} is not an amount of at most {DIGITS} decimals and {LIMIT_UNITS} units")
        return cls(int(scaled), currency)

    @classmethod
    def zero(cls, currency: str) -> "Money":
        """The amount zero in a currency."""
        return cls(0, currency)

    @property
    def decimal(self) -> Decimal:
        """The exact value in main units."""
        return Decimal(self.amount).scaleb(-DIGITS)

    def __add__(self, other: "Money") -> "Money":
        return Money(self.amount + self._same(other).amount, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.amount - self._same(other).amount, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.amount, self.currency)

    def __mul__(self, count: int) -> "Money":
        return Money(self.amount * count, self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.amount < self._same(other).amount

    def __le__(self, other: "Money") -> bool:
        return self.amount <= self._same(other).amount

    def share(self, numerator: int, denominator: int) -> "Money":
        """This amount times a fraction, rounded half to even to a ten-thousandth."""
        return Money(_half_even(self.amount * numerator, denominator), self.currency)

    def payable_share(self, numerator: int, denominator: int) -> "Money":
        """This amount times a fraction, rounded once, half to even, to the currency's minor unit."""
        step = 10 ** (DIGITS - minor_digits(self.currency))
        return Money(_half_even(self.amount * numerator, denominator * step) * step, self.currency)

    def payable(self) -> "Money":
        """This amount rounded half to even to the currency's minor unit, so that it can be paid."""
        return self.payable_share(1, 1)

    def _same(self, other: "Money") -> "Money":
        if self.currency != other.currency:
            raise CurrencyMismatch(self.currency, other.currency)
        return other


def total(amounts: "list[Money]", currency: str) -> Money:
    """The sum; zero of `currency` for none."""
    return sum(amounts, Money.zero(currency))


@lru_cache(maxsize=_CURRENCIES_CACHED)
def minor_digits(currency: str) -> int:
    """The number of decimals of the currency's minor unit in ISO 4217: 2 for EUR and RSD, 0 for JPY, 3 for IQD. For a
    former currency, which ISO does not list, the number in CLDR."""
    found = _minor_units().get(currency)
    return get_currency_precision(currency) if found is None else found


@cache
def current_currencies() -> frozenset[str]:
    """The ISO 4217 codes of currencies in use; without metals and test codes, which have no minor unit."""
    return frozenset(_minor_units())


@cache
def known_currencies() -> frozenset[str]:
    """The current currencies, and those that CLDR lists as former legal tender, because old orders may be in DEM."""
    past = {code for spans in get_global("territory_currencies").values() for code, _, _, tender in spans if tender}
    return current_currencies() | past


def currency_violations(currency: str, field: str = "currency") -> Iterator[Violation]:
    """An UNKNOWN_CURRENCY unless the currency is in use today. For whatever begins something: a claim, a price list, an
    order, terms, a payment on account. What continues a document has its currency; an import may have any known one."""
    if currency not in current_currencies():
        yield Violation(field, f"{currency!r} is no currency of ISO 4217 today", "UNKNOWN_CURRENCY")


@cache
def _minor_units() -> dict[str, int]:
    return {one.code: one.exponent for one in Currency if one.exponent is not None}


def _half_even(numerator: int, denominator: int) -> int:
    """The quotient rounded half to even. Computed in integers, because Decimal would round it to 28 digits first."""
    if denominator < 0:
        numerator, denominator = -numerator, -denominator
    quotient, rest = divmod(numerator, denominator)
    return quotient + (2 * rest > denominator or (2 * rest == denominator and quotient % 2))
