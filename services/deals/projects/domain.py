"""What was ordered on a claim, as one viewer may see it."""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from enum import Enum

import msgspec

from libs.money import Money
from services.deals.customers.domain.entries import CustomerEntry

ALL = 10_000  # basis points
MOST = 10**15  # basis points that an answer shows


class ProjectOrderState(Enum):
    """How far an order is."""

    CREATED = "CREATED"
    CONFIRMED = "CONFIRMED"
    COMPLETED = "COMPLETED"
    CLOSED = "CLOSED"
    CANCELED = "CANCELED"


class ProjectOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An order. state: None if no event has said one. amount, canceled_amount: None if hidden or not known."""

    order_id: str
    partner_id: str
    state: ProjectOrderState | None
    time: datetime | None
    order_date: date | None
    amount: Money | None = None
    canceled_amount: Money | None = None
    amount_hidden: bool = False


class ProjectTotal(msgspec.Struct, frozen=True, kw_only=True):
    """The orders in one currency: confirmed ones less what was canceled of them, those to be confirmed, and what was
    canceled."""

    ordered: Money
    unconfirmed: Money
    canceled: Money


class Project(msgspec.Struct, frozen=True, kw_only=True):
    """The sum of the orders on a claim; the proto describes its fields."""

    registration_id: str
    expected_amount: Money | None
    totals: tuple[ProjectTotal, ...]
    ordered_basis_points: int | None
    order_count: int
    hidden_count: int
    unknown_count: int
    more_orders: bool
    first_order_date: date | None
    last_order_date: date | None


def seen(entry: CustomerEntry, buyers: Collection[str] | None) -> ProjectOrder:
    """An order as somebody may see it. buyers: the partners whose amounts they may see; None: all."""
    hidden = buyers is not None and entry.partner_id not in buyers
    return ProjectOrder(
        order_id=entry.id,
        partner_id=entry.partner_id,
        state=ProjectOrderState(entry.state) if entry.state else None,
        time=entry.time,
        order_date=entry.won_day,
        amount=None if hidden else entry.amount,
        canceled_amount=None if hidden else entry.canceled_amount,
        amount_hidden=hidden,
    )


def project(registration_id: str, expected: Money | None, orders: Iterable[ProjectOrder], *, more: bool) -> Project:
    """The sum of orders. more: whether there are others, which are not among them."""
    found = tuple(orders)
    priced = [one for one in found if one.amount]
    currencies = sorted({one.amount.currency for one in priced if one.amount})
    totals = tuple(_total([one for one in priced if one.amount and one.amount.currency == of], of) for of in currencies)
    hidden = sum(one.amount_hidden for one in found)
    unknown = len(found) - len(priced) - hidden
    days = [one.order_date for one in found if one.order_date and one.state is not ProjectOrderState.CANCELED]
    return Project(
        registration_id=registration_id,
        expected_amount=expected,
        totals=totals,
        ordered_basis_points=None if hidden or unknown or more else _share(expected, totals),
        order_count=len(found),
        hidden_count=hidden,
        unknown_count=unknown,
        more_orders=more,
        first_order_date=min(days, default=None),
        last_order_date=max(days, default=None),
    )


def _total(orders: Iterable[ProjectOrder], currency: str) -> ProjectTotal:
    ordered = unconfirmed = canceled = Money.zero(currency)
    for one in orders:
        amount = one.amount or Money.zero(currency)
        pieces = one.canceled_amount or Money.zero(currency)
        match one.state:
            case ProjectOrderState.CANCELED:
                canceled += amount
            case ProjectOrderState.CREATED | None:
                unconfirmed += amount
            case _:
                ordered += amount - pieces
                canceled += pieces
    return ProjectTotal(ordered=ordered, unconfirmed=unconfirmed, canceled=canceled)


def _share(expected: Money | None, totals: Iterable[ProjectTotal]) -> int | None:
    """What was ordered of what is expected, in basis points; MOST if it is more."""
    if expected is None or expected.amount <= 0:
        return None
    ordered = sum(one.ordered.amount for one in totals if one.ordered.currency == expected.currency)
    return min(MOST, Money(ordered, expected.currency).share(ALL, expected.amount).amount)
