"""Prices the lines that a partner asks for."""

from collections.abc import Iterator
from datetime import date

import msgspec
from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from libs.document import Changes
from libs.errors import AppError, Code, InvalidInput, Violation
from libs.money import LIMIT_UNITS, PER_UNIT, Money
from libs.person import Person
from services.orders.pricing.domain import (
    WHOLE_BASIS_POINTS,
    FoundPrice,
    NoPrice,
    PriceList,
    PriceListItem,
    given_price,
    list_price,
)
from services.orders.record.domain.amounts import as_price, price_violations
from services.orders.record.domain.order import FxRate, Order, OrderLine, PriceExplanation, allocate, totals_of
from services.orders.record.domain.states import LineKind, OrderState, PriceSource


class OrderLineDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A requested line; without `unit_price` the price of the list applies."""

    kind: LineKind
    sku: str
    description: str = ""
    quantity: int
    unit_price: Money | None = None
    tax_basis_points: int = 0


class OrderChanges(Changes, frozen=True, kw_only=True):
    """The fields that an update of a draft may set."""

    purchase_order_number: str | UnsetType | None = UNSET
    fx_rate: FxRate | UnsetType | None = UNSET
    lines: tuple[OrderLineDraft, ...] | UnsetType = UNSET
    freight: Money | UnsetType | None = UNSET
    territory: str | UnsetType = UNSET
    ship_to_country: str | UnsetType = UNSET
    ship_to_subdivision: str | UnsetType = UNSET
    ship_to_contact: Person | UnsetType | None = UNSET
    requested_delivery_date: date | UnsetType | None = UNSET


class ConvertedLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a converted registration; `expected_amount`: the amount that the partner expected for all pieces."""

    sku: str
    quantity: int
    expected_amount: Money | None = None


class OrderEmpty(AppError):
    """The order has no lines."""

    code, reason = Code.FAILED_PRECONDITION, "ORDER_EMPTY"

    def __init__(self, id: str) -> None:
        super().__init__(f"order {id} has no lines", id=id)


class RegistrationNotOfPartner(AppError):
    """The registration belongs neither to the partner nor to a partner below it."""

    code, reason = Code.FAILED_PRECONDITION, "REGISTRATION_NOT_OF_PARTNER"

    def __init__(self, registration_id: str, partner_id: str) -> None:
        super().__init__(
            f"registration {registration_id} is neither of partner {partner_id} nor of a partner below it",
            registration_id=registration_id,
            partner_id=partner_id,
        )


class PricesExpired(AppError):
    """The prices of the order are not those of today; somebody has to see the new prices first."""

    code, reason = Code.FAILED_PRECONDITION, "PRICES_EXPIRED"

    def __init__(self, order: Order, lines: list[int]) -> None:
        names, draft = ", ".join(str(one) for one in lines), order.state is OrderState.DRAFT
        rest = "update its lines and submit it again" if draft else "release it at its prices, or cancel it"
        super().__init__(f"order {order.id} has other prices today in line {names}; {rest}", id=order.id, lines=names)


def amount_violations(drafts: tuple[OrderLineDraft, ...], freight: Money | None, currency: str) -> Iterator[Violation]:
    """The violations of the unit prices and the freight of an order in this currency."""
    prices = {f"lines[{place}].unit_price": draft.unit_price for place, draft in enumerate(drafts)}
    return price_violations({**prices, "freight": freight}, currency)


def price_lines(
    drafts: tuple[OrderLineDraft, ...], source: PriceList | None, *, currency: str, on: date
) -> tuple[OrderLine, ...]:
    """The lines with their prices, numbered from 1; NoPrice, PriceOutsideCorridor."""
    items = source.by_sku if source else {}
    return tuple(
        _line(number, draft, _found(number, draft, source, items.get(draft.sku), on), currency)
        for number, draft in enumerate(drafts, start=1)
    )


def price_converted_lines(
    drafts: tuple[OrderLineDraft, ...], source: PriceList | None, *, currency: str, on: date
) -> tuple[OrderLine, ...]:
    """As `price_lines`, for an order that no caller waits for: a line gets the price source MISSING if it has no price,
    or if it would bring the order above LIMIT_UNITS. PriceOutsideCorridor."""
    items = source.by_sku if source else {}
    room, lines = Money(LIMIT_UNITS * PER_UNIT, currency), []
    for number, draft in enumerate(drafts, start=1):
        try:
            line = _line(number, draft, _found(number, draft, source, items.get(draft.sku), on), currency)
        except NoPrice:
            line = _unpriced(number, draft, currency)
        if room < _most(line):
            line = _unpriced(number, draft, currency)
        room -= _most(line)
        lines.append(line)
    return tuple(lines)


def converted_drafts(
    lines: tuple[ConvertedLine, ...], source: PriceList | None, currency: str
) -> tuple[OrderLineDraft, ...]:
    """The lines of a registration as drafts: at the list price if the list has one, else at the price that the partner
    expected, else without a price, which somebody has to fill in."""
    listed = source.by_sku if source else {}
    return tuple(
        OrderLineDraft(
            kind=LineKind.PRODUCT,
            sku=line.sku,
            quantity=line.quantity,
            unit_price=None if line.sku in listed else _expected_price(line, currency),
        )
        for line in lines
    )


def require_complete(order: Order) -> None:
    """OrderEmpty without lines; NoPrice for the first line whose price is MISSING."""
    if not order.lines:
        raise OrderEmpty(order.id)
    for line in order.lines:
        if line.price.source is PriceSource.MISSING:
            raise NoPrice(line.line_number, line.sku)


def repriced(order: Order, source: PriceList | None, on: date) -> Order:
    """The order, its prices checked against those of the day `on` and explained by them. PricesExpired if any differ or
    are gone; PriceOutsideCorridor for a price that was given by hand."""
    items = source.by_sku if source else {}
    lines, expired = [], []
    for before, draft in zip(order.lines, drafts_of(order), strict=True):
        try:
            found = _found(before.line_number, draft, source, items.get(draft.sku), on)
        except NoPrice:
            expired.append(before.line_number)
            continue
        line = _line(before.line_number, draft, found, order.currency)
        lines.append(line)
        if (line.unit_price, line.discount) != (before.unit_price, before.discount):
            expired.append(line.line_number)
    if expired:
        raise PricesExpired(order, expired)
    return with_lines(order, tuple(lines), order.freight)


def allocate_freight(lines: tuple[OrderLine, ...], freight: Money) -> tuple[OrderLine, ...]:
    """The lines with the freight of the order spread in proportion to their amounts, in equal shares if all are zero;
    the shares add up exactly."""
    shares = allocate(freight, [line.amount.amount for line in lines])
    return tuple(replace(line, freight=share) for line, share in zip(lines, shares, strict=True))


def with_lines(order: Order, lines: tuple[OrderLine, ...], freight: Money) -> Order:
    """The order with these lines, with freight spread over them and its totals; InvalidInput above LIMIT_UNITS."""
    placed = allocate_freight(lines, freight)
    totals = totals_of(placed, order.currency)
    if (totals.total + totals.discount).amount > LIMIT_UNITS * PER_UNIT:
        raise InvalidInput([Violation("lines", f"come to more than {LIMIT_UNITS} {order.currency}", "OUT_OF_RANGE")])
    return replace(order, lines=placed, totals=totals, freight=freight)


def drafts_of(order: Order) -> tuple[OrderLineDraft, ...]:
    """The lines of the order as drafts, to price them again; of the prices, only those given by hand stay."""
    return tuple(
        OrderLineDraft(
            kind=line.kind,
            sku=line.sku,
            description=line.description,
            quantity=line.quantity,
            unit_price=line.unit_price if line.price.source is PriceSource.GIVEN else None,
            tax_basis_points=line.tax_basis_points,
        )
        for line in order.lines
    )


def _found(
    number: int, draft: OrderLineDraft, source: PriceList | None, item: PriceListItem | None, on: date
) -> FoundPrice:
    if draft.unit_price is not None:
        return given_price(draft.unit_price, source, item, number)
    if source is None or item is None or draft.kind is LineKind.CHARGE:
        raise NoPrice(number, draft.sku)
    return list_price(source, item, draft.quantity, on)


def _expected_price(line: ConvertedLine, currency: str) -> Money | None:
    if not line.expected_amount or line.expected_amount.currency != currency:
        return None
    return as_price(line.expected_amount.share(1, line.quantity))


def _unpriced(number: int, draft: OrderLineDraft, currency: str) -> OrderLine:
    nothing = FoundPrice(unit_price=Money.zero(currency), explanation=PriceExplanation(source=PriceSource.MISSING))
    return _line(number, draft, nothing, currency)


def _most(line: OrderLine) -> Money:
    """How much a line counts against the limit of an order."""
    return line.amount + line.discount + line.tax


def _line(number: int, draft: OrderLineDraft, found: FoundPrice, currency: str) -> OrderLine:
    gross = found.unit_price * draft.quantity
    wanted = gross.share(found.explanation.discount_basis_points, WHOLE_BASIS_POINTS)
    discount = _above_floor(wanted, gross, found.item, draft.quantity)
    amount = gross - discount
    return OrderLine(
        line_number=number,
        kind=draft.kind,
        sku=draft.sku,
        product_line=found.item.product_line if found.item else "",
        description=draft.description or (found.item.description if found.item else ""),
        quantity=draft.quantity,
        unit_price=found.unit_price,
        discount=discount,
        amount=amount,
        tax=amount.share(draft.tax_basis_points, WHOLE_BASIS_POINTS),
        freight=Money.zero(currency),
        tax_basis_points=draft.tax_basis_points,
        price=replace(found.explanation, held_at_floor=discount != wanted),
    )


def _above_floor(discount: Money, gross: Money, item: PriceListItem | None, quantity: int) -> Money:
    """The discount, reduced so that no piece is sold below the minimum price of the list."""
    if item is None or item.min_unit_price is None:
        return discount
    room = gross - item.min_unit_price * quantity
    return Money(min(discount.amount, max(room.amount, 0)), discount.currency)
