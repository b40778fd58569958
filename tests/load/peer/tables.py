"""What the peer stores. Runs in the peer's own environment; nothing of the product is imported."""

import uuid
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import DateTime, ForeignKey, Index, Numeric, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

AMOUNT = Numeric(18, 4)


class Base(DeclarativeBase):
    """The tables."""


class Partner(Base):
    """Who may order."""

    __tablename__ = "partner"

    id: Mapped[str] = mapped_column(primary_key=True)
    status: Mapped[str]
    tier: Mapped[str]


class PriceListItem(Base):
    """What a product costs."""

    __tablename__ = "price_list_item"

    currency: Mapped[str] = mapped_column(primary_key=True)
    sku: Mapped[str] = mapped_column(primary_key=True)
    revision: Mapped[int]
    description: Mapped[str]
    unit_price: Mapped[Decimal] = mapped_column(AMOUNT)


class Order(Base):
    """What a partner buys."""

    __tablename__ = "orders"
    __table_args__ = (Index("orders_by_partner", "partner_id", "id"), Index("orders_by_state", "state"))

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    partner_id: Mapped[str] = mapped_column(ForeignKey("partner.id"))
    state: Mapped[str]
    currency: Mapped[str]
    ship_to_country: Mapped[str]
    subtotal: Mapped[Decimal] = mapped_column(AMOUNT)
    tax: Mapped[Decimal] = mapped_column(AMOUNT)
    freight: Mapped[Decimal] = mapped_column(AMOUNT)
    total: Mapped[Decimal] = mapped_column(AMOUNT)
    version: Mapped[int]
    create_time: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    lines: Mapped[list["OrderLine"]] = relationship(order_by="OrderLine.line_number")


class OrderLine(Base):
    """A position with its price."""

    __tablename__ = "order_line"

    order_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    line_number: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    sku: Mapped[str]
    description: Mapped[str]
    quantity: Mapped[int]
    unit_price: Mapped[Decimal] = mapped_column(AMOUNT)
    amount: Mapped[Decimal] = mapped_column(AMOUNT)
    tax_basis_points: Mapped[int]
    tax: Mapped[Decimal] = mapped_column(AMOUNT)
    freight: Mapped[Decimal] = mapped_column(AMOUNT)
    price_source: Mapped[str]
    price_list_revision: Mapped[int]


class RequestRecord(Base):
    """The answer that a repeated request gets again."""

    __tablename__ = "request_record"

    request_id: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]
    answer: Mapped[dict[str, Any]] = mapped_column(JSONB)
    create_time: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class OutboxEvent(Base):
    """An event that waits to be published."""

    __tablename__ = "outbox"

    id: Mapped[int] = mapped_column(primary_key=True)
    subject: Mapped[str]
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)
    create_time: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    publish_time: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
