"""Rows of orders and credit notes of another system, and the checks of what cannot be true."""

from collections.abc import Iterator, Mapping
from datetime import date
from enum import Enum

import msgspec

from libs.day import first_day_violations
from libs.errors import Violation
from libs.money import LIMIT_UNITS, PER_UNIT, Money
from services.orders.record.domain.amounts import currency_mismatches, fx_rate_violations, price_violations
from services.orders.record.domain.order import FxRate, Order, OrderLine, PriceExplanation
from services.orders.record.domain.states import LineKind, PriceSource


class ImportDocument(Enum):
    """The kind of document that a row is."""

    ORDER = "ORDER"
    CREDIT_NOTE = "CREDIT_NOTE"


AMOUNT_TOLERANCE = PER_UNIT // 100  # a hundredth of the currency's unit
_LIMIT = LIMIT_UNITS * PER_UNIT
_ORDER_ONLY = ("ship_date", "deliver_date", "invoice_date", "invoice_due_date", "paid_date", "requested_delivery_date")


class HistoricLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a row. Amounts are taken as given; `amount` is computed if it is absent."""

    kind: LineKind
    sku: str
    product_line: str = ""
    description: str = ""
    quantity: int
    unit_price: Money
    discount: Money | None = None
    amount: Money | None = None
    tax: Money | None = None
    freight: Money | None = None
    promotion_code: str = ""

    @property
    def computed(self) -> int:
        """quantity x unit_price - discount, in ten-thousandths."""
        return self.unit_price.amount * self.quantity - (self.discount.amount if self.discount else 0)

    @property
    def size(self) -> int:
        """The sum of its amounts in ten-thousandths, to check that totals stay within what can be stored."""
        return abs(self.computed) + sum(one.amount for one in (self.discount, self.tax, self.freight) if one)


class HistoricDocument(msgspec.Struct, frozen=True, kw_only=True):
    """One row of an import; its dates tell what has happened. `row_hash` recognizes the same row in a later import."""

    external_source: str
    external_id: str
    document: ImportDocument
    partner_id: str = ""
    partner_external_source: str = ""
    partner_external_id: str = ""
    currency: str
    fx_rate: FxRate | None = None
    order_date: date
    requested_delivery_date: date | None = None
    purchase_order_number: str | None = None
    territory: str = ""
    ship_to_country: str
    ship_to_subdivision: str = ""
    lines: tuple[HistoricLine, ...]
    ship_date: date | None = None
    deliver_date: date | None = None
    tracking_number: str = ""
    invoice_number: str = ""
    invoice_date: date | None = None
    invoice_due_date: date | None = None
    paid_date: date | None = None
    canceled: bool = False
    amends_external_id: str = ""
    row_hash: str


def contradictions(row: HistoricDocument, *, latest: date) -> Iterator[Violation]:
    """The violations of a row; `latest` is the last day that has begun."""
    if not row.partner_id and not (row.partner_external_id and row.partner_external_source):
        yield Violation("partner_id", "name the partner, by id or by source and external id", "REQUIRED")
    yield from fx_rate_violations(row.fx_rate, row.currency, latest=latest)
    for place, line in enumerate(row.lines):
        yield from _line_violations(line, f"lines[{place}]", row.currency)
    if sum(line.size for line in row.lines) > _LIMIT:
        yield Violation("lines", f"come to more than {LIMIT_UNITS} {row.currency}", "OUT_OF_RANGE")
    yield from _order_violations(row) if row.document is ImportDocument.ORDER else _credit_note_violations(row)
    yield from _date_order_violations({"order_date": row.order_date}, latest)
    start = {"": row.order_date}
    yield from _date_order_violations({**start, "ship_date": row.ship_date, "deliver_date": row.deliver_date}, latest)
    yield from _date_order_violations({**start, "invoice_date": row.invoice_date, "paid_date": row.paid_date}, latest)
    yield from _date_order_violations({**start, "requested_delivery_date": row.requested_delivery_date}, date.max)
    yield from _date_order_violations({"": row.invoice_date, "invoice_due_date": row.invoice_due_date}, date.max)


def amendment_violations(row: HistoricDocument, order: Order, *, partner_id: str) -> Iterator[Violation]:
    """The violations of a credit note row against the order that it amends. partner_id: the partner of the row."""
    if order.partner_id != partner_id:
        yield Violation("partner_id", "did not buy what is amended", "PARTNER_MISMATCH")
    if order.currency != row.currency:
        yield Violation("currency", f"is not {order.currency} as on the order", "CURRENCY_MISMATCH")
    if row.order_date < order.order_date:
        yield Violation("order_date", f"is before {order.order_date}", "DATES_OUT_OF_ORDER")


def historic_lines(row: HistoricDocument) -> tuple[OrderLine, ...]:
    """The order lines of a row, numbered from 1."""
    nothing = Money.zero(row.currency)
    return tuple(
        OrderLine(
            line_number=number,
            kind=line.kind,
            sku=line.sku,
            product_line=line.product_line,
            description=line.description,
            quantity=line.quantity,
            unit_price=line.unit_price,
            discount=line.discount or nothing,
            amount=line.amount or Money(line.computed, row.currency),
            tax=line.tax or nothing,
            freight=line.freight or nothing,
            price=PriceExplanation(source=PriceSource.IMPORTED, promotion_code=line.promotion_code),
        )
        for number, line in enumerate(row.lines, start=1)
    )


def _line_violations(line: HistoricLine, path: str, currency: str) -> Iterator[Violation]:
    """The violations of one line. Tax and freight may have more decimals than the currency: they are the line's share
    of the tax and freight of the document."""
    prices = {f"{path}.{field}": getattr(line, field) for field in ("unit_price", "discount", "amount")}
    shares = {f"{path}.{field}": getattr(line, field) for field in ("tax", "freight")}
    if wrong := (*price_violations(prices, currency), *currency_mismatches(shares, currency)):
        yield from wrong
        return
    if line.amount is None and line.computed < 0:
        yield Violation(f"{path}.discount", "is more than the pieces cost", "AMOUNT_MISMATCH")
    elif line.amount is not None and abs(line.amount.amount - line.computed) > AMOUNT_TOLERANCE:
        computed = Money(line.computed, currency).decimal
        yield Violation(f"{path}.amount", f"quantity, price and discount come to {computed}", "AMOUNT_MISMATCH")


def _order_violations(row: HistoricDocument) -> Iterator[Violation]:
    if row.amends_external_id:
        yield Violation("amends_external_id", "an order amends nothing", "NOT_FOR_ORDER")
    if row.deliver_date and not row.ship_date:
        yield Violation("ship_date", "what arrived has left before", "REQUIRED")
    if row.invoice_number and not row.invoice_date:
        yield Violation("invoice_date", "is needed with the number", "REQUIRED")
    for field in ("invoice_date", "invoice_due_date", "paid_date"):
        if getattr(row, field) and not row.invoice_number:
            yield Violation("invoice_number", f"is needed with {field}", "REQUIRED")
    for field in ("ship_date", "deliver_date", "invoice_date", "paid_date"):
        if row.canceled and getattr(row, field):
            yield Violation(field, "a canceled order has no dates but its own", "CANCELED")


def _credit_note_violations(row: HistoricDocument) -> Iterator[Violation]:
    for field in (*_ORDER_ONLY, "canceled", "tracking_number", "purchase_order_number"):
        if getattr(row, field):
            yield Violation(field, "a credit note has none", "NOT_FOR_CREDIT_NOTE")
    if not row.invoice_number and set(row.external_id) & set(":#"):
        yield Violation("invoice_number", "is needed, the external id cannot be the number", "REQUIRED")


def _date_order_violations(days: Mapping[str, date | None], latest: date) -> Iterator[Violation]:
    """A violation for each day that is before an earlier entry of `days` or the first accepted day, or after `latest`.
    The day with the name "" is only compared with; another call checks it."""
    reached: date | None = None
    for field, day in days.items():
        if day is None:
            continue
        if field and day > latest:
            yield Violation(field, "is in the future", "DATES_OUT_OF_ORDER")
        if field:
            yield from first_day_violations(field, day)
        if reached is not None and day < reached:
            yield Violation(field, f"is before {reached}", "DATES_OUT_OF_ORDER")
        reached = day if reached is None else max(reached, day)
