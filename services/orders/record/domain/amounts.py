"""Checks of the amounts, currencies and exchange rates that callers send, and the rounding of an exact total that is
split over several documents."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal

from libs.day import first_day_violations
from libs.errors import Violation
from libs.money import Money, known_currencies, minor_digits, total
from services.orders.record.domain.order import FxRate, LineAmounts, Order
from services.orders.record.events import ProductLineAmount

PRODUCT_LINES_PER_EVENT = 50


def currency_mismatches(amounts: Mapping[str, Money | None], currency: str) -> Iterator[Violation]:
    """A CURRENCY_MISMATCH for each field whose amount is not in `currency`, the currency of the document."""
    for field, amount in amounts.items():
        if amount is not None and amount.currency != currency:
            yield Violation(field, f"is in {amount.currency}, not in {currency}", "CURRENCY_MISMATCH")


def as_price(amount: Money) -> Money:
    """The amount; rounded to whole units if its currency has no decimals, like the yen."""
    return amount if minor_digits(amount.currency) else amount.payable()


def price_violations(amounts: Mapping[str, Money | None], currency: str) -> Iterator[Violation]:
    """As `currency_mismatches`, and a BAD_AMOUNT for each field with a fraction of a currency that has no decimals. In
    other currencies a price may have more decimals than can be paid: the payable amount is rounded once, on the
    document."""
    yield from currency_mismatches(amounts, currency)
    for field, amount in amounts.items():
        if amount is not None and amount != as_price(amount):
            yield Violation(field, f"{amount.currency} has no decimals", "BAD_AMOUNT")


def fx_rate_violations(rate: FxRate | None, currency: str, *, latest: date) -> Iterator[Violation]:
    """What is wrong with the exchange rate of a document in `currency`; nothing if it has no rate. Every
    date after `latest` is in the future."""
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
    yield from first_day_violations("fx_rate.date", rate.date)


def next_payable(exact: Money, *, before: Money, paid_before: Money, whole: Money, most: Money) -> Money:
    """The payable amount of the next of several documents (invoices of an order, say) that split the total `whole`.

    `exact` is the amount of this document before rounding. The earlier documents come to `before`, not rounded, and to
    `paid_before`, rounded. The result is the rounded running total less `paid_before`, so rounding errors do not
    accumulate. The last document brings the payable total to exactly `most`. The result is never negative, even if
    each earlier document was rounded separately.
    """
    reached = before + exact
    upto = most if whole <= reached or most < reached.payable() else reached.payable()
    return Money(max(upto.amount - paid_before.amount, 0), exact.currency)


def product_line_amounts(parts: Iterable[tuple[str, LineAmounts]]) -> tuple[ProductLineAmount, ...]:
    """The amounts of the parts of a document by product line, the largest first; those beyond 50 product lines together
    in none. parts: the product line and the amounts of each."""
    found: dict[str, list[LineAmounts]] = {}
    for product_line, amounts in parts:
        found.setdefault(product_line, []).append(amounts)
    made = sorted((_line_amount(line, rows) for line, rows in found.items()), key=_largest_first)
    if len(made) <= PRODUCT_LINES_PER_EVENT:
        return tuple(made)
    kept = {one.product_line for one in made[: PRODUCT_LINES_PER_EVENT - 1]} - {""}
    rest = [amounts for line, rows in found.items() if line not in kept for amounts in rows]
    return (*(one for one in made if one.product_line in kept), _line_amount("", rest))


def by_product_line(order: Order, lines: Mapping[int, LineAmounts]) -> tuple[ProductLineAmount, ...]:
    """The same of a document about lines of an order, by their numbers."""
    named = ((order.line(number), amounts) for number, amounts in lines.items())
    return product_line_amounts((line.product_line if line else "", amounts) for line, amounts in named)


def _line_amount(product_line: str, rows: list[LineAmounts]) -> ProductLineAmount:
    currency = rows[0].amount.currency
    return ProductLineAmount(
        product_line=product_line,
        amount=total([row.amount for row in rows], currency),
        discount=total([row.discount for row in rows], currency),
    )


def _largest_first(one: ProductLineAmount) -> tuple[int, str]:
    return -one.amount.amount, one.product_line
