"""What callers send to the peer and are answered."""

import uuid
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Sku = Annotated[str, Field(min_length=1, max_length=64)]
Country = Annotated[str, Field(pattern="^[A-Z]{2}$")]
Currency = Annotated[str, Field(pattern="^[A-Z]{3}$")]
Amount = Annotated[Decimal, Field(ge=0, max_digits=18, decimal_places=4)]


class LineIn(BaseModel):
    """A position as asked for."""

    kind: Literal["PRODUCT", "CHARGE"] = "PRODUCT"
    sku: Sku
    quantity: Annotated[int, Field(ge=1, le=1_000_000_000)]
    tax_basis_points: Annotated[int, Field(ge=0, le=10_000)] = 0


class OrderIn(BaseModel):
    """What an order begins with."""

    partner_id: Annotated[str, Field(min_length=1, max_length=64)]
    currency: Currency
    ship_to_country: Country
    freight: Amount = Decimal(0)
    lines: Annotated[list[LineIn], Field(min_length=1, max_length=500)]


class LineOut(BaseModel):
    """A position with its price."""

    model_config = ConfigDict(from_attributes=True)

    line_number: int
    kind: str
    sku: str
    description: str
    quantity: int
    unit_price: Decimal
    amount: Decimal
    tax_basis_points: int
    tax: Decimal
    freight: Decimal
    price_source: str
    price_list_revision: int


class OrderOut(BaseModel):
    """An order with its lines."""

    model_config = ConfigDict(from_attributes=True)

    id: uuid.UUID
    partner_id: str
    state: str
    currency: str
    ship_to_country: str
    subtotal: Decimal
    tax: Decimal
    freight: Decimal
    total: Decimal
    version: int
    create_time: datetime
    lines: list[LineOut]


class OrderPage(BaseModel):
    """One page of orders; next_after is empty at the end."""

    orders: list[OrderOut]
    next_after: str = ""
