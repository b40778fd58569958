"""How a price is found, against an oracle that tries everything; and what makes a list a list."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from libs.errors import Violation
from libs.money import Money
from libs.store.codec import encode
from services.orders.ordering.domain.drafting import OrderLineDraft, price_lines
from services.orders.pricing.domain import (
    NoPrice,
    PriceList,
    PriceListItem,
    PriceOutsideCorridor,
    Promotion,
    VolumeBreak,
    check_list,
    choose_list,
)
from services.orders.record.domain.order import OrderLine
from services.orders.record.domain.states import LineKind, PriceSource
from tests.builders import NOW, an_id
from tests.unit.orders.orders import TODAY, eur

DAYS = st.integers(-3, 3).map(lambda days: TODAY + timedelta(days=days))
TIERS = ("GOLD", "SILVER")


def a_list(
    *items: PriceListItem, promotions: tuple[Promotion, ...] = (), number: int = 1, **fields: object
) -> PriceList:
    """A list in euros for everybody that holds for good."""
    content = {"valid_from": TODAY, "currency": "EUR", "create_time": NOW, "revision": 1, **fields}
    return PriceList(id=an_id("prl", number), code=f"list-{number}", items=items, promotions=promotions, **content)  # type: ignore[arg-type]  # fields of the struct


def an_item(price: str = "100", *, sku: str = "A", **fields: object) -> PriceListItem:
    """A product on a list."""
    content = {"sku": sku, "unit_price": eur(price), **fields}
    return PriceListItem(**content)  # type: ignore[arg-type]  # fields of the struct


def a_promotion(
    points: int, *, code: str = "P", first: date = TODAY, last: date = TODAY, **fields: object
) -> Promotion:
    """A discount that holds today."""
    return Promotion(code=code, discount_basis_points=points, valid_from=first, valid_until=last, **fields)  # type: ignore[arg-type]  # fields of the struct


def asked(quantity: int = 1, *, sku: str = "A", price: str = "") -> OrderLineDraft:
    """Pieces of a product."""
    return OrderLineDraft(kind=LineKind.PRODUCT, sku=sku, quantity=quantity, unit_price=eur(price) if price else None)


def priced(draft: OrderLineDraft, source: PriceList | None) -> OrderLine:
    """The line of one draft."""
    return price_lines((draft,), source, currency="EUR", on=TODAY)[0]


@st.composite
def lists(draw: st.DrawFn) -> list[PriceList]:
    return [
        a_list(
            number=number,
            currency=draw(st.sampled_from(["EUR", "USD"])),
            tiers=tuple(draw(st.sets(st.sampled_from(TIERS)))),
            valid_from=draw(DAYS),
            valid_until=draw(st.none() | DAYS),
        )
        for number in range(draw(st.integers(0, 6)))
    ]


@given(lists(), st.sampled_from([*TIERS, ""]))
def test_the_list_is_of_the_tier_if_one_is_and_began_last(found: list[PriceList], tier: str) -> None:
    chosen = choose_list(found, tier=tier, currency="EUR", on=TODAY)
    holding = [
        one
        for one in found
        if one.currency == "EUR" and one.valid_from <= TODAY and (one.valid_until is None or one.valid_until >= TODAY)
    ]
    own = [one for one in holding if tier in one.tiers]
    rest = own or [one for one in holding if not one.tiers]
    latest = [one for one in rest if one.valid_from == max(other.valid_from for other in rest)]
    assert chosen in latest if latest else chosen is None


@st.composite
def offers(draw: st.DrawFn) -> PriceList:
    steps = sorted(draw(st.sets(st.integers(2, 20), max_size=3)))
    breaks = tuple(VolumeBreak(min_quantity=one, unit_price=eur(str(draw(st.integers(1, 200))))) for one in steps)
    promotions = tuple(
        a_promotion(
            draw(st.integers(1, 10_000)),
            code=f"P{number}",
            sku=draw(st.sampled_from(["", "A", "B"])),
            product_line=draw(st.sampled_from(["", "ROUTERS", "CABLES"])),
            min_quantity=draw(st.integers(0, 20)),
            max_quantity=draw(st.just(0) | st.integers(1, 20)),
            first=draw(DAYS),
            last=draw(DAYS),
        )
        for number in range(draw(st.integers(0, 4)))
    )
    item = an_item(volume_breaks=breaks, product_line="ROUTERS")
    return a_list(item, promotions=promotions)


@given(offers(), st.integers(1, 25))
def test_the_deepest_break_and_the_best_promotion_hold(source: PriceList, quantity: int) -> None:
    line = priced(asked(quantity), source)
    price = source.items[0].unit_price
    for step in source.items[0].volume_breaks:
        if quantity >= step.min_quantity:
            price = step.unit_price
    points = 0
    for one in source.promotions:
        for_it = one.sku in ("", "A") and one.product_line in ("", "ROUTERS")
        in_time = one.valid_from <= TODAY <= one.valid_until
        in_number = quantity >= one.min_quantity and (one.max_quantity == 0 or quantity <= one.max_quantity)
        if for_it and in_time and in_number:
            points = max(points, one.discount_basis_points)
    gross = price * quantity
    assert (line.unit_price, line.discount, line.amount) == (
        price,
        gross.share(points, 10_000),
        gross - gross.share(points, 10_000),
    )
    assert (line.price.discount_basis_points, bool(line.price.promotion_code)) == (points, points > 0)
    assert (line.price.price_list_id, line.price.price_list_revision) == (source.id, 1)
    assert line.price.list_unit_price == source.items[0].unit_price


def test_a_given_price_stays_inside_the_corridor() -> None:
    source = a_list(an_item(min_unit_price=eur("80"), max_unit_price=eur("120")))
    for price in ("80", "120"):
        line = priced(asked(price=price), source)
        assert (line.unit_price, line.price.source) == (eur(price), PriceSource.GIVEN)
    for price in ("79.9999", "120.0001"):
        with pytest.raises(PriceOutsideCorridor) as refused:
            priced(asked(price=price), source)
        assert (refused.value.metadata["min"], refused.value.metadata["max"]) == ("80.0000", "120.0000")


def test_a_promotion_stops_at_the_floor_and_the_line_says_so() -> None:
    item = an_item(min_unit_price=eur("80"), volume_breaks=(VolumeBreak(min_quantity=10, unit_price=eur("90")),))
    half, tenth = a_promotion(5000, code="HALF"), a_promotion(1000, code="TENTH")
    cases = ((half, 3, "240", True), (half, 10, "800", True), (tenth, 3, "270", False))
    for promotion, quantity, amount, loaded in cases:
        line = priced(asked(quantity), a_list(item, promotions=(promotion,)))
        assert (line.amount, line.price.held_at_floor) == (eur(amount), loaded)
        assert line.discount == line.unit_price * quantity - line.amount
        assert line.price.promotion_code == promotion.code
    at_floor = priced(asked(), a_list(an_item("80", min_unit_price=eur("80")), promotions=(half,)))
    assert (at_floor.discount, at_floor.price.held_at_floor) == (eur("0"), True)


@given(offers(), st.integers(1, 25), st.integers(0, 200))
def test_no_promotion_takes_a_piece_below_the_floor(source: PriceList, quantity: int, floor: int) -> None:
    bound = replace(source.items[0], min_unit_price=eur(str(floor)))
    line = priced(asked(quantity), replace(source, items=(bound,)))
    free = priced(asked(quantity), source)
    assert eur("0") <= line.discount <= free.discount
    assert line.price.held_at_floor is (line.discount < free.discount)
    if eur(str(floor)) <= line.unit_price:
        assert eur(str(floor)) * quantity <= line.amount


def test_a_list_keeps_to_its_own_corridor() -> None:
    breaks = (VolumeBreak(min_quantity=5, unit_price=eur("80")), VolumeBreak(min_quantity=10, unit_price=eur("79")))
    corridor: dict[str, Any] = {"min_unit_price": eur("80"), "max_unit_price": eur("99")}
    items = (an_item("100", volume_breaks=breaks, **corridor), an_item("99", sku="B", **corridor))
    found = check_list(items, (), "EUR")
    assert [(one.field, one.reason) for one in found] == [
        ("items[0].unit_price", "PRICE_OUTSIDE_CORRIDOR"),
        ("items[0].volume_breaks[1].unit_price", "PRICE_OUTSIDE_CORRIDOR"),
    ]


def test_what_is_neither_listed_nor_given_has_no_price() -> None:
    for source in (None, a_list(an_item(sku="B"))):
        with pytest.raises(NoPrice):
            priced(asked(), source)
    with pytest.raises(NoPrice):
        priced(OrderLineDraft(kind=LineKind.CHARGE, sku="A", quantity=1), a_list(an_item()))


def test_everything_wrong_with_a_list_is_named_at_once() -> None:
    breaks = (VolumeBreak(min_quantity=5, unit_price=eur("1")), VolumeBreak(min_quantity=5, unit_price=eur("2")))
    yesterday = TODAY - timedelta(days=1)
    promotion = a_promotion(10, last=yesterday, min_quantity=5, max_quantity=4, sku="A", product_line="X")
    assert check_list((an_item(), an_item(volume_breaks=breaks)), (promotion,), "EUR") == (
        Violation("items[1].sku", "A stands there before", "DUPLICATE_SKU"),
        Violation("items[1].volume_breaks", "quantities must rise", "BREAKS_OUT_OF_ORDER"),
        Violation("promotions[0].valid_until", "is before valid_from", "DATES_OUT_OF_ORDER"),
        Violation("promotions[0].max_quantity", "is below min_quantity", "BREAKS_OUT_OF_ORDER"),
        Violation("promotions[0].product_line", "cannot go with a sku", "SKU_AND_PRODUCT_LINE"),
    )


def test_every_price_in_another_currency_is_named() -> None:
    dollar = Money.of(1, "USD")
    item = an_item(
        unit_price=dollar,
        min_unit_price=eur("2"),
        max_unit_price=dollar,
        volume_breaks=(VolumeBreak(min_quantity=5, unit_price=dollar),),
    )
    found = check_list((an_item(sku="B"), item), (), "EUR")
    assert [(one.field, one.reason) for one in found] == [
        (f"items[1].{field}", "CURRENCY_MISMATCH")
        for field in ("unit_price", "max_unit_price", "volume_breaks[0].unit_price")
    ]


@pytest.mark.parametrize(
    ("price", "currency", "reasons"), [("0.5", "JPY", ["BAD_AMOUNT"]), ("1", "JPY", []), ("0.0005", "EUR", [])]
)
def test_a_price_has_no_part_of_what_its_currency_does_not_divide(
    price: str, currency: str, reasons: list[str]
) -> None:
    found = check_list((an_item(unit_price=Money.of(price, currency)),), (), currency)
    assert [one.reason for one in found] == reasons


def test_a_corridor_whose_ceiling_is_below_its_floor_is_refused() -> None:
    (found,) = check_list((an_item(min_unit_price=eur("9"), max_unit_price=eur("8")),), (), "EUR")
    assert (found.field, found.reason) == ("items[0].max_unit_price", "BOUNDS_OUT_OF_ORDER")


class CountedItems(tuple[PriceListItem, ...]):
    """The articles of a list, which know how often somebody went through them."""

    walks = 0

    def __iter__(self) -> Iterator[PriceListItem]:
        self.walks += 1
        return super().__iter__()


def test_a_list_is_gone_through_once_however_many_orders_ask_it() -> None:
    items = CountedItems((an_item("1"), an_item("2", sku="B")))
    source = replace(a_list(), items=items)
    for _ in range(5):
        assert [priced(asked(sku=sku), source).unit_price for sku in "AB"] == [eur("1"), eur("2")]
    assert items.walks == 1


def test_a_list_that_was_asked_is_the_list_that_it_was() -> None:
    asked_list, source = a_list(an_item(), an_item(sku="B")), a_list(an_item(), an_item(sku="B"))
    assert set(asked_list.by_sku) == {"A", "B"}
    assert (asked_list, encode(asked_list)) == (source, encode(source))
    assert replace(asked_list, items=(an_item(sku="C"),)).by_sku.keys() == {"C"}
