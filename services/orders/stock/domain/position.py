"""The position of an article at a partner: the figures of its ledger, and what they mean under the policy."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Protocol

import msgspec

from libs.document import Document
from services.orders.stock.domain.ledger import Layer, Ledger
from services.orders.stock.domain.movement import REPORTED, Movement, MovementKind

_LAYERS_KEPT = 100


class StockPolicy(Protocol):
    """When stock is flagged and how much is proposed, in days; the settings say which each is."""

    @property
    def low_days(self) -> int: ...
    @property
    def target_days(self) -> int: ...
    @property
    def high_days(self) -> int: ...
    @property
    def aged_days(self) -> int: ...
    @property
    def silent_days(self) -> int: ...


class StockFlag(Enum):
    """OUT_OF_STOCK: nothing is left of an article that sells. RUNNING_OUT: fewer days of cover than the policy asks
    for. OVERSTOCK: more than it allows, or nothing sells. AGED: some pieces are older than it allows. SILENT: the
    partner has not reported for long. DISCREPANT: since the last count something cannot be."""

    OUT_OF_STOCK = "OUT_OF_STOCK"
    RUNNING_OUT = "RUNNING_OUT"
    OVERSTOCK = "OVERSTOCK"
    AGED = "AGED"
    SILENT = "SILENT"
    DISCREPANT = "DISCREPANT"


class Position(Document, frozen=True, kw_only=True):
    """What a partner has of an article; the id is `<partner>:<sku>`.

    balance: negative if more left than came. received, sold, lost, returned: since the last count. sold_in_window:
    pieces sold in the `window_days` days up to the last report of sales; no days without such a report. report_date:
    the day of the last report of any kind. last_date: of any movement. discrepancy_count: since the last count.
    """

    partner_id: str
    sku: str
    balance: int
    count_date: date | None = None
    counted: int = 0
    received: int = 0
    sold: int = 0
    lost: int = 0
    returned: int = 0
    sold_in_window: int = 0
    window_days: int = 0
    report_date: date | None = None
    last_date: date
    layers: tuple[Layer, ...] = ()
    discrepancy_count: int = 0
    update_time: datetime


class Stock(msgspec.Struct, frozen=True, kw_only=True):
    """A position as it is seen on a day. on_hand: the pieces in stock, 0 if more left than came. cover_days,
    run_out_date: how long it lasts at the sales of the window, counted from the last movement; None if nothing sells.
    order_quantity: what fills an article that runs out up to the target. spare_quantity: what exceeds the target of an
    article with too much stock."""

    position: Position
    on_hand: int
    cover_days: int | None
    run_out_date: date | None
    aged_quantity: int
    order_quantity: int
    spare_quantity: int
    flags: tuple[StockFlag, ...]


def position_id(partner_id: str, sku: str) -> str:
    """The id of the position."""
    return f"{partner_id}:{sku}"


def position_of(ledger: Ledger, movements: Sequence[Movement], *, window_days: int, now: datetime) -> Position:
    """The position. movements: those of the ledger, at least one. window_days: of how many days sales count."""
    assert ledger.first_date is not None  # there is a movement
    assert ledger.last_date is not None
    one = movements[0]
    reported = [move.date for move in movements if move.kind is MovementKind.SELL_THROUGH]
    until = max(reported, default=None)
    days = min(window_days, (until - ledger.first_date).days + 1) if until else 0
    since = ledger.count_date or ledger.first_date
    return Position(
        id=position_id(one.partner_id, one.sku),
        partner_id=one.partner_id,
        sku=one.sku,
        balance=ledger.balance,
        count_date=ledger.count_date,
        counted=ledger.counted,
        received=ledger.received,
        sold=ledger.sold,
        lost=ledger.lost,
        returned=ledger.returned,
        sold_in_window=_sold(movements, until, days) if until else 0,
        window_days=days,
        report_date=max((move.date for move in movements if move.kind in REPORTED), default=None),
        last_date=ledger.last_date,
        layers=_bounded(ledger.layers),
        discrepancy_count=sum(1 for found in ledger.discrepancies if found.date >= since),
        update_time=now,
    )


def stock_of(position: Position, policy: StockPolicy, *, today: date) -> Stock:
    """The position as it is seen on a day."""
    on_hand = max(0, position.balance)
    sells = position.sold_in_window > 0
    cover = on_hand * position.window_days // position.sold_in_window if sells else None
    target = -(-policy.target_days * position.sold_in_window // position.window_days) if sells else 0
    aged = sum(one.quantity for one in position.layers if (today - one.date).days > policy.aged_days)
    flags = tuple(_flags(position, policy, on_hand=on_hand, cover=cover, aged=aged, today=today))
    short = StockFlag.OUT_OF_STOCK in flags or StockFlag.RUNNING_OUT in flags
    return Stock(
        position=position,
        on_hand=on_hand,
        cover_days=cover,
        run_out_date=_days_after(position.last_date, cover),
        aged_quantity=aged,
        order_quantity=max(0, target - on_hand) if short else 0,
        spare_quantity=max(0, on_hand - target) if StockFlag.OVERSTOCK in flags else 0,
        flags=flags,
    )


def _flags(
    position: Position, policy: StockPolicy, *, on_hand: int, cover: int | None, aged: int, today: date
) -> Iterable[StockFlag]:
    if cover is not None and not on_hand:
        yield StockFlag.OUT_OF_STOCK
    elif cover is not None and cover < policy.low_days:
        yield StockFlag.RUNNING_OUT
    if on_hand and position.window_days and (cover is None or cover > policy.high_days):
        yield StockFlag.OVERSTOCK
    if aged:
        yield StockFlag.AGED
    if (today - (position.report_date or position.last_date)).days > policy.silent_days:
        yield StockFlag.SILENT
    if position.discrepancy_count:
        yield StockFlag.DISCREPANT


def _sold(movements: Sequence[Movement], until: date, days: int) -> int:
    first = until - timedelta(days=days - 1)
    sold = (one for one in movements if one.kind is MovementKind.SELL_THROUGH and one.date >= first)
    return sum(one.quantity for one in sold)


def _days_after(day: date, days: int | None) -> date | None:
    return None if days is None else day + timedelta(days=min(days, (date.max - day).days))


def _bounded(layers: tuple[Layer, ...]) -> tuple[Layer, ...]:
    """The layers; of more than are kept the oldest as one, with the day of its first piece."""
    if len(layers) <= _LAYERS_KEPT:
        return layers
    cut = len(layers) - _LAYERS_KEPT + 1
    oldest = Layer(date=layers[0].date, quantity=sum(one.quantity for one in layers[:cut]))
    return (oldest, *layers[cut:])
