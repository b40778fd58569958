"""Amounts as callers give them: what can be wrong with one for a document of a currency."""

from collections.abc import Iterator, Mapping

from libs.errors import Violation
from libs.money import Money, minor_digits


def foreign(amounts: Mapping[str, Money | None], currency: str) -> Iterator[Violation]:
    """The fields whose amount is in another currency than the document."""
    for field, amount in amounts.items():
        if amount is not None and amount.currency != currency:
            yield Violation(field, f"is in {amount.currency}, not in {currency}", "CURRENCY_MISMATCH")


def as_price(amount: Money) -> Money:
    """The amount, in whole units where its currency has nothing smaller."""
    return amount if minor_digits(amount.currency) else amount.payable()


def wrong_prices(amounts: Mapping[str, Money | None], currency: str) -> Iterator[Violation]:
    """As `foreign`, and the fields with a fraction of what has none: a yen. Of others a price may be finer than can be
    paid, because what has to be paid is rounded once, on the document."""
    yield from foreign(amounts, currency)
    for field, amount in amounts.items():
        if amount is not None and amount != as_price(amount):
            yield Violation(field, f"{amount.currency} has no decimals", "BAD_AMOUNT")
