"""The corridor of an item in a country, its faults, and which of several holds on a day."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime

import msgspec
from msgspec.structs import replace

from libs.day import first_day_violations
from libs.document import Document
from libs.errors import AppError, Code, Violation
from libs.money import Money, currency_violations


class PriceBounds(msgspec.Struct, frozen=True, kw_only=True):
    """What a corridor says; prm.partners.v1.PriceBounds describes each field."""

    country: str
    sku: str = ""
    product_line: str = ""
    floor: Money | None = None
    ceiling: Money | None = None
    recommended: Money | None = None
    first_day: date
    last_day: date | None = None
    rule_code: str

    @property
    def prices(self) -> dict[str, Money]:
        """The prices that are set, by field."""
        named = {"floor": self.floor, "recommended": self.recommended, "ceiling": self.ceiling}
        return {field: price for field, price in named.items() if price is not None}

    @property
    def currency(self) -> str:
        """The currency of its prices; empty without any."""
        return next((price.currency for price in self.prices.values()), "")


class PriceCorridor(Document, frozen=True, kw_only=True):
    """A corridor. country, sku, product_line, currency, first_day: those of the bounds, for the indexes."""

    country: str
    sku: str
    product_line: str
    currency: str
    first_day: date
    bounds: PriceBounds
    create_time: datetime
    update_time: datetime


class CorridorInForce(AppError):
    """The corridor holds already."""

    code, reason = Code.FAILED_PRECONDITION, "CORRIDOR_IN_FORCE"

    def __init__(self, corridor: PriceCorridor) -> None:
        super().__init__(
            f"corridor {corridor.id} holds since {corridor.first_day}; put another with a later first day",
            id=corridor.id,
            first_day=corridor.first_day,
        )


def open_corridor(id: str, bounds: PriceBounds, *, now: datetime) -> PriceCorridor:
    """A new corridor; the bounds must be checked before."""
    return PriceCorridor(
        id=id,
        country=bounds.country,
        sku=bounds.sku,
        product_line=bounds.product_line,
        currency=bounds.currency,
        first_day=bounds.first_day,
        bounds=bounds,
        create_time=now,
        update_time=now,
    )


def change(corridor: PriceCorridor, bounds: PriceBounds, *, today: date, now: datetime) -> PriceCorridor:
    """The corridor with other bounds; the same one if it is so already. CorridorInForce."""
    if bounds == corridor.bounds:
        return corridor
    if corridor.first_day <= today:
        ends_only = replace(corridor.bounds, last_day=bounds.last_day) == bounds
        if not ends_only or (bounds.last_day is not None and bounds.last_day < today):
            raise CorridorInForce(corridor)
    return replace(corridor, bounds=bounds, update_time=now)


def bounds_violations(bounds: PriceBounds, *, is_new: bool, today: date) -> Iterator[Violation]:
    """Every fault of the bounds. is_new: whether no corridor of the same item, currency and first day exists."""
    if not bounds.sku and not bounds.product_line:
        yield Violation("bounds.sku", "a product or a product line is needed", "REQUIRED")
    if bounds.sku and bounds.product_line:
        yield Violation("bounds.product_line", "cannot stand beside a sku", "NOT_ALLOWED")
    yield from first_day_violations("bounds.first_day", bounds.first_day)
    if is_new and bounds.first_day < today:
        yield Violation("bounds.first_day", f"is before today, {today}", "IN_THE_PAST")
    if bounds.last_day is not None and bounds.last_day < bounds.first_day:
        yield Violation("bounds.last_day", f"is before {bounds.first_day}", "DATES_OUT_OF_ORDER")
    yield from _price_violations(bounds)


def in_force(corridors: Iterable[PriceCorridor], day: date) -> PriceCorridor | None:
    """Of the corridors of one item the one that holds on a day: that with the latest first day, unless its last day has
    passed."""
    begun = max((one for one in corridors if one.first_day <= day), key=lambda one: one.first_day, default=None)
    if begun is None or (begun.bounds.last_day is not None and begun.bounds.last_day < day):
        return None
    return begun


def _price_violations(bounds: PriceBounds) -> Iterator[Violation]:
    prices = bounds.prices
    if not prices:
        yield Violation("bounds.floor", "a floor, a ceiling or a recommended price is needed", "REQUIRED")
        return
    yield from currency_violations(bounds.currency, f"bounds.{next(iter(prices))}.currency_code")
    rising: list[tuple[str, Money]] = []
    for field, price in prices.items():
        if price.currency != bounds.currency:
            yield Violation(f"bounds.{field}.currency_code", f"is not {bounds.currency}", "CURRENCY_MISMATCH")
            continue
        if price.amount <= 0:
            yield Violation(f"bounds.{field}", "must be positive", "BAD_AMOUNT")
        if rising and price < rising[-1][1]:
            yield Violation(f"bounds.{field}", f"is below the {rising[-1][0]}", "OUT_OF_ORDER")
        rising.append((field, price))
