"""From what is asked for to an order with prices and sums."""

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal

from tests.load.peer.bodies import LineIn, OrderIn
from tests.load.peer.tables import Order, OrderLine, PriceListItem

_FOUR_DECIMALS = Decimal("0.0001")


def priced(asked: OrderIn, items: Mapping[str, PriceListItem]) -> Order:
    """A draft order; KeyError for a product that has no price."""
    lines = [_line(number, one, items[one.sku]) for number, one in enumerate(asked.lines, 1)]
    subtotal = sum((one.amount for one in lines), Decimal(0))
    done = Decimal(0)
    for line in lines:
        line.freight = _rounded(asked.freight * line.amount / subtotal) if subtotal else Decimal(0)
        done += line.freight
    freight = _rounded(asked.freight)
    lines[-1].freight += freight - done
    tax = sum((one.tax for one in lines), Decimal(0))
    return Order(
        id=uuid.uuid4(),
        partner_id=asked.partner_id,
        state="DRAFT",
        currency=asked.currency,
        ship_to_country=asked.ship_to_country,
        subtotal=subtotal,
        tax=tax,
        freight=freight,
        total=subtotal + tax + freight,
        version=1,
        create_time=datetime.now(UTC),
        lines=lines,
    )


def _line(number: int, asked: LineIn, item: PriceListItem) -> OrderLine:
    amount = item.unit_price * asked.quantity
    return OrderLine(
        line_number=number,
        kind=asked.kind,
        sku=asked.sku,
        description=item.description,
        quantity=asked.quantity,
        unit_price=item.unit_price,
        amount=amount,
        tax_basis_points=asked.tax_basis_points,
        tax=_rounded(amount * asked.tax_basis_points / 10_000),
        price_source="LIST",
        price_list_revision=item.revision,
    )


def _rounded(value: Decimal) -> Decimal:
    return value.quantize(_FOUR_DECIMALS, ROUND_HALF_EVEN)
