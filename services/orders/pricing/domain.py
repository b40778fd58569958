"""Price lists, the choice of the list for a partner, and the price of a line with its explanation."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from functools import cached_property
from itertools import pairwise

import msgspec

from libs.day import first_day_violations
from libs.document import Document, changed_fields
from libs.errors import AppError, Code, InvalidInput, Violation
from libs.money import Money, currency_violations
from services.orders.record.domain.amounts import price_violations
from services.orders.record.domain.order import PriceExplanation
from services.orders.record.domain.states import PriceSource

WHOLE_BASIS_POINTS = 10_000


class VolumeBreak(msgspec.Struct, frozen=True, kw_only=True):
    """The price of one piece from `min_quantity` pieces on."""

    min_quantity: int
    unit_price: Money


class PriceListItem(msgspec.Struct, frozen=True, kw_only=True):
    """The prices of one product. volume_breaks: by rising quantity. min_unit_price, max_unit_price: the price corridor;
    None: no bound."""

    sku: str
    product_line: str = ""
    description: str = ""
    unit_price: Money
    volume_breaks: tuple[VolumeBreak, ...] = ()
    min_unit_price: Money | None = None
    max_unit_price: Money | None = None


class Promotion(msgspec.Struct, frozen=True, kw_only=True):
    """A temporary discount. max_quantity 0: no limit; valid_until: the last day."""

    code: str
    sku: str = ""
    product_line: str = ""
    discount_basis_points: int
    min_quantity: int = 0
    max_quantity: int = 0
    valid_from: date
    valid_until: date

    def fits(self, item: PriceListItem, quantity: int, on: date) -> bool:
        """Whether the promotion applies to `quantity` pieces of the item on a day."""
        wanted = self.sku in ("", item.sku) and self.product_line in ("", item.product_line)
        enough = self.min_quantity <= quantity and (not self.max_quantity or quantity <= self.max_quantity)
        return wanted and enough and self.valid_from <= on <= self.valid_until


class PriceListContent(msgspec.Struct, frozen=True, kw_only=True):
    """The content of a revision of a list. valid_until: the last day; None: until it is replaced."""

    code: str
    currency: str
    tiers: tuple[str, ...] = ()
    valid_from: date
    valid_until: date | None = None
    items: tuple[PriceListItem, ...]
    promotions: tuple[Promotion, ...] = ()


class PriceList(Document, frozen=True, kw_only=True, dict=True):
    """The newest revision of a list. valid_until: the last day; None: until it is replaced."""

    code: str
    revision: int
    currency: str
    tiers: tuple[str, ...] = ()
    valid_from: date
    valid_until: date | None = None
    items: tuple[PriceListItem, ...]
    promotions: tuple[Promotion, ...] = ()
    create_time: datetime

    @cached_property
    def by_sku(self) -> Mapping[str, PriceListItem]:
        """The items by SKU; computed once, because many orders look prices up in a list."""
        return {item.sku: item for item in self.items}

    def says_the_same(self, other: "PriceList") -> bool:
        """Whether the two revisions differ only in number and time."""
        return set(changed_fields(other, self)) <= {"revision", "create_time"}

    def is_for(self, tier: str) -> bool:
        """Whether the list applies to partners of this tier (empty: without a tier)."""
        return not self.tiers or tier in self.tiers

    def holds(self, currency: str, on: date) -> bool:
        """Whether the list applies to this currency on a day."""
        return (
            self.currency == currency and self.valid_from <= on and (self.valid_until is None or on <= self.valid_until)
        )


class PriceListRevision(Document, frozen=True, kw_only=True):
    """A stored revision; the id is `<list>:<revision>`."""

    content: PriceList


class NoPrice(AppError):
    """The line has no price: none is listed, and the caller gave none."""

    code, reason = Code.FAILED_PRECONDITION, "NO_PRICE"

    def __init__(self, line: int, sku: str) -> None:
        super().__init__(f"line {line}: {sku} has no price for this partner, currency and day", line=line, sku=sku)


class PriceOutsideCorridor(AppError):
    """A price that the caller gave is below the minimum or above the maximum of the list."""

    code, reason = Code.FAILED_PRECONDITION, "PRICE_OUTSIDE_CORRIDOR"

    def __init__(self, line: int, price: Money, item: PriceListItem) -> None:
        low, high = (bound.decimal if bound else "" for bound in (item.min_unit_price, item.max_unit_price))
        super().__init__(
            f"line {line}: {price.decimal} {price.currency} is not between {low or 'any'} and {high or 'any'}",
            line=line,
            sku=item.sku,
            min=low,
            max=high,
        )


class FoundPrice(msgspec.Struct, frozen=True, kw_only=True):
    """A price and its explanation. The discount in the explanation is not yet taken off `unit_price`."""

    unit_price: Money
    explanation: PriceExplanation
    item: PriceListItem | None = None


def revised(before: PriceList | None, content: PriceListContent, *, id: str, now: datetime) -> PriceList:
    """The next revision of a list; if `before` is None, the first one, with this id. InvalidInput with all
    violations."""
    if found := tuple(_violations(before, content)):
        raise InvalidInput(found)
    return PriceList(
        id=before.id if before else id,
        code=content.code,
        revision=before.revision + 1 if before else 1,
        currency=content.currency,
        tiers=content.tiers,
        valid_from=content.valid_from,
        valid_until=content.valid_until,
        items=content.items,
        promotions=content.promotions,
        create_time=now,
    )


def check_list(
    items: tuple[PriceListItem, ...], promotions: tuple[Promotion, ...], currency: str
) -> tuple[Violation, ...]:
    """The violations of the items and promotions of a list."""
    found: list[Violation] = []
    seen: set[str] = set()
    for place, item in enumerate(items):
        path = f"items[{place}]"
        if item.sku in seen:
            found.append(Violation(f"{path}.sku", f"{item.sku} stands there before", "DUPLICATE_SKU"))
        seen.add(item.sku)
        found += _check_item(item, path, currency)
    for place, promotion in enumerate(promotions):
        found += _check_promotion(promotion, f"promotions[{place}]")
    return tuple(found)


def choose_list(lists: Iterable[PriceList], *, tier: str, currency: str, on: date) -> PriceList | None:
    """The list for a partner; None if none applies. A list of its tier comes before one for everybody, then the later
    valid_from, then the newer revision."""
    fitting = [one for one in lists if one.holds(currency, on) and one.is_for(tier)]
    return max(fitting, key=lambda one: (bool(one.tiers), one.valid_from, one.create_time, one.id), default=None)


def list_price(source: PriceList, item: PriceListItem, quantity: int, on: date) -> FoundPrice:
    """The price of a listed product: of the highest volume break reached, with the promotion that takes off most."""
    reached = [one for one in item.volume_breaks if one.min_quantity <= quantity]
    step = reached[-1] if reached else None
    promotion = best_promotion(source.promotions, item, quantity, on)
    explanation = PriceExplanation(
        source=PriceSource.VOLUME_BREAK if step else PriceSource.LIST,
        price_list_id=source.id,
        price_list_revision=source.revision,
        list_unit_price=item.unit_price,
        min_quantity=step.min_quantity if step else 0,
        promotion_code=promotion.code if promotion else "",
        discount_basis_points=promotion.discount_basis_points if promotion else 0,
    )
    return FoundPrice(unit_price=step.unit_price if step else item.unit_price, explanation=explanation, item=item)


def given_price(price: Money, source: PriceList | None, item: PriceListItem | None, line: int) -> FoundPrice:
    """The price that the caller gave; PriceOutsideCorridor if the list has bounds and the price is outside."""
    if source is None or item is None:
        return FoundPrice(unit_price=price, explanation=PriceExplanation(source=PriceSource.GIVEN))
    if not _within(price, item.min_unit_price, item.max_unit_price):
        raise PriceOutsideCorridor(line, price, item)
    explanation = PriceExplanation(
        source=PriceSource.GIVEN,
        price_list_id=source.id,
        price_list_revision=source.revision,
        list_unit_price=item.unit_price,
    )
    return FoundPrice(unit_price=price, explanation=explanation, item=item)


def best_promotion(promotions: tuple[Promotion, ...], item: PriceListItem, quantity: int, on: date) -> Promotion | None:
    """The promotion that applies and takes off most, the first by code if several do; None if none applies."""
    fitting = [one for one in promotions if one.fits(item, quantity, on)]
    return min(fitting, key=lambda one: (-one.discount_basis_points, one.code), default=None)


def _violations(before: PriceList | None, content: PriceListContent) -> Iterator[Violation]:
    yield from currency_violations(content.currency)
    yield from check_list(content.items, content.promotions, content.currency)
    yield from first_day_violations("valid_from", content.valid_from)
    if content.valid_until is not None and content.valid_until < content.valid_from:
        yield Violation("valid_until", "is before valid_from", "DATES_OUT_OF_ORDER")
    if before is not None and before.currency != content.currency:
        yield Violation("currency", f"is {before.currency} in every revision", "CURRENCY_FIXED")


def _check_item(item: PriceListItem, path: str, currency: str) -> Iterable[Violation]:
    low, high = item.min_unit_price, item.max_unit_price
    prices = {"unit_price": item.unit_price, "min_unit_price": low, "max_unit_price": high}
    breaks = {f"volume_breaks[{place}].unit_price": one.unit_price for place, one in enumerate(item.volume_breaks)}
    yield from price_violations({f"{path}.{field}": price for field, price in (prices | breaks).items()}, currency)
    sold = {f"{path}.{field}": price for field, price in ({"unit_price": item.unit_price} | breaks).items()}
    low, high = (one if one is not None and one.currency == currency else None for one in (low, high))
    if low is not None and high is not None and high < low:
        yield Violation(f"{path}.max_unit_price", "is below min_unit_price", "BOUNDS_OUT_OF_ORDER")
    else:
        yield from _outside({field: price for field, price in sold.items() if price.currency == currency}, low, high)
    quantities = [one.min_quantity for one in item.volume_breaks]
    if any(later <= earlier for earlier, later in pairwise(quantities)):
        yield Violation(f"{path}.volume_breaks", "quantities must rise", "BREAKS_OUT_OF_ORDER")


def _outside(prices: Mapping[str, Money], low: Money | None, high: Money | None) -> Iterator[Violation]:
    bounds = f"{low.decimal if low else 'any'} and {high.decimal if high else 'any'}"
    for field, price in prices.items():
        if not _within(price, low, high):
            yield Violation(field, f"is not between {bounds}", "PRICE_OUTSIDE_CORRIDOR")


def _within(price: Money, low: Money | None, high: Money | None) -> bool:
    return (low is None or low <= price) and (high is None or price <= high)


def _check_promotion(promotion: Promotion, path: str) -> Iterable[Violation]:
    yield from first_day_violations(f"{path}.valid_from", promotion.valid_from)
    if promotion.valid_until < promotion.valid_from:
        yield Violation(f"{path}.valid_until", "is before valid_from", "DATES_OUT_OF_ORDER")
    if promotion.max_quantity and promotion.max_quantity < promotion.min_quantity:
        yield Violation(f"{path}.max_quantity", "is below min_quantity", "BREAKS_OUT_OF_ORDER")
    if promotion.sku and promotion.product_line:
        yield Violation(f"{path}.product_line", "cannot go with a sku", "SKU_AND_PRODUCT_LINE")
