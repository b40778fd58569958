"""Amounts as callers give them, what can be wrong with one for a document of a currency; and what has to be paid of an
exact amount that several documents make up."""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal

from libs.errors import Violation
from libs.money import Money, current_currencies, known_currencies, minor_digits
from services.orders.record.domain.order import FxRate


def currency_mismatches(amounts: Mapping[str, Money | None], currency: str) -> Iterator[Violation]:
    """The fields whose amount is in another currency than the document."""
    for field, amount in amounts.items():
        if amount is not None and amount.currency != currency:
            yield Violation(field, f"is in {amount.currency}, not in {currency}", "CURRENCY_MISMATCH")


def as_price(amount: Money) -> Money:
    """The amount, in whole units where its currency has nothing smaller."""
    return amount if minor_digits(amount.currency) else amount.payable()


def price_violations(amounts: Mapping[str, Money | None], currency: str) -> Iterator[Violation]:
    """As `currency_mismatches`, and the fields with a fraction of a currency that has none, like the yen. In others a
    price may be finer than can be paid, because what has to be paid is rounded once, on the document."""
    yield from currency_mismatches(amounts, currency)
    for field, amount in amounts.items():
        if amount is not None and amount != as_price(amount):
            yield Violation(field, f"{amount.currency} has no decimals", "BAD_AMOUNT")


def currency_violations(currency: str) -> Iterator[Violation]:
    """The field of a new document's currency if nobody can pay in it today; old documents may be in any known one."""
    if currency not in current_currencies():
        yield Violation("currency", f"{currency!r} is no currency of ISO 4217 today", "UNKNOWN_CURRENCY")


def fx_rate_violations(rate: FxRate | None, currency: str, *, latest: date) -> Iterator[Violation]:
    """The fields of a rate that no document of a currency can have; `latest` is the last day that has begun."""
    if rate is None:
        return
    if rate.from_currency != currency:
        yield Violation("fx_rate.from_currency", f"is not {currency}", "CURRENCY_MISMATCH")
    if rate.to_currency not in known_currencies():
        yield Violation("fx_rate.to_currency", f"{rate.to_currency!r} is not an ISO 4217 code", "UNKNOWN_CURRENCY")
    if rate.to_currency == rate.from_currency:
        yield Violation("fx_rate.to_currency", "is the same currency", "SAME_CURRENCY")
    if not Decimal(rate.rate):
        yield Violation("fx_rate.rate", "must be above zero", "BAD_RATE")
    if rate.date > latest:
        yield Violation("fx_rate.date", "is in the future", "IN_THE_FUTURE")


def next_payable(exact: Money, *, before: Money, paid_before: Money, whole: Money, most: Money) -> Money:
    """What one of the documents that together make up `whole` comes to in payable money.

    The exact sum of all so far is rounded, and what those before it came to (`before` exact, `paid_before` payable) is
    taken off: so no rounding adds up, and the document that takes the last of `whole` brings them to exactly `most`.
    Never negative, even if each of those before it was rounded separately.
    """
    reached = before + exact
    upto = most if whole <= reached or most < reached.payable() else reached.payable()
    return Money(max(upto.amount - paid_before.amount, 0), exact.currency)
