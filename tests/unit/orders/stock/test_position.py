"""What the figures of a position mean under the policy, and what is proposed."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from services.orders.settings import StockPolicy
from services.orders.stock.domain.ledger import Layer, ledger_of
from services.orders.stock.domain.movement import Movement
from services.orders.stock.domain.position import Position, Stock, StockFlag, position_of, stock_of
from services.orders.stock.domain.proposals import Proposal, proposals_of
from tests.unit.orders.stock.test_ledger import moved

_DAY = date(2026, 3, 1)
_POLICY = StockPolicy(window_days=30, low_days=10, target_days=20, high_days=60, aged_days=90, silent_days=30)
_POSITION = Position(
    id="par_eu1_a:A-1",
    partner_id="par_eu1_a",
    sku="A-1",
    balance=100,
    sold_in_window=60,
    window_days=30,
    report_date=_DAY,
    last_date=_DAY,
    update_time=datetime(2026, 3, 1, tzinfo=UTC),
)


def _seen(**figures: object) -> Stock:
    return stock_of(replace(_POSITION, **figures), _POLICY, today=_DAY)


@pytest.mark.parametrize(
    ("figures", "flags"),
    [
        ({}, ()),
        ({"balance": 19}, (StockFlag.RUNNING_OUT,)),
        ({"balance": 20}, ()),
        ({"balance": 121}, ()),
        ({"balance": 122}, (StockFlag.OVERSTOCK,)),
        ({"balance": 0}, (StockFlag.OUT_OF_STOCK,)),
        ({"balance": -4, "discrepancy_count": 1}, (StockFlag.OUT_OF_STOCK, StockFlag.DISCREPANT)),
        ({"sold_in_window": 0}, (StockFlag.OVERSTOCK,)),
        ({"sold_in_window": 0, "window_days": 0, "report_date": None}, ()),
        ({"layers": (Layer(date=_DAY - timedelta(days=91), quantity=4),)}, (StockFlag.AGED,)),
        ({"report_date": _DAY - timedelta(days=31)}, (StockFlag.SILENT,)),
    ],
)
def test_flags(figures: dict[str, object], flags: tuple[StockFlag, ...]) -> None:
    assert _seen(**figures).flags == flags


def test_cover_is_counted_from_the_last_movement() -> None:
    """Two a day: 19 pieces last nine whole days; 40 are the target of 20 days."""
    found = _seen(balance=19)
    assert (found.cover_days, found.run_out_date, found.order_quantity) == (9, _DAY + timedelta(days=9), 21)
    assert _seen(balance=140).spare_quantity == 100


def test_a_negative_balance_is_shown_and_nothing_is_on_hand() -> None:
    found = _seen(balance=-4)
    assert (found.on_hand, found.position.balance, found.order_quantity) == (0, -4, 40)


def test_the_window_ends_with_the_last_report_of_sales() -> None:
    moves = [moved("SELL_IN", 0, 100), *(moved("SELL_THROUGH", day, 2) for day in range(0, 80, 2))]
    found = position_of(ledger_of(moves), moves, window_days=30, now=_POSITION.update_time)
    assert (found.window_days, found.sold_in_window) == (30, 30)
    early = moves[:3]
    found = position_of(ledger_of(early), early, window_days=30, now=_POSITION.update_time)
    assert (found.window_days, found.sold_in_window) == (3, 4)


def test_layers_are_bounded_and_lose_no_piece() -> None:
    moves: list[Movement] = [moved("SELL_IN", day, 3) for day in range(250)]
    found = position_of(ledger_of(moves), moves, window_days=30, now=_POSITION.update_time)
    assert (len(found.layers), sum(one.quantity for one in found.layers)) == (100, 750)
    assert found.layers[0].date == date(2026, 1, 1)


def test_stock_moves_inside_of_a_country_and_the_rest_is_ordered() -> None:
    short = replace(_POSITION, balance=10)
    stocks = [
        stock_of(replace(short, partner_id=name, balance=balance), _POLICY, today=_DAY)
        for name, balance in (("here", 10), ("first", 0), ("full", 145), ("abroad", 500))
    ]
    countries = {"here": "DE", "first": "DE", "full": "DE", "abroad": "FR"}
    assert list(proposals_of(stocks, countries)) == [
        Proposal(partner_id="first", from_partner_id="full", quantity=40, by_date=_DAY),
        Proposal(partner_id="here", from_partner_id="full", quantity=30, by_date=_DAY + timedelta(days=5)),
    ]
    alone = list(proposals_of(stocks[:2], countries))
    assert [(one.partner_id, one.from_partner_id, one.quantity) for one in alone] == [
        ("first", "", 40),
        ("here", "", 30),
    ]


@given(st.lists(st.tuples(st.integers(-20, 400), st.sampled_from(["DE", "FR"])), max_size=12))
def test_nobody_gives_more_than_it_can_spare_and_everybody_gets_what_it_needs(drawn: list[tuple[int, str]]) -> None:
    stocks = [
        stock_of(replace(_POSITION, partner_id=f"p{place}", balance=balance), _POLICY, today=_DAY)
        for place, (balance, _) in enumerate(drawn)
    ]
    countries = {f"p{place}": country for place, (_, country) in enumerate(drawn)}
    found = list(proposals_of(stocks, countries))
    for one in stocks:
        name = one.position.partner_id
        assert sum(p.quantity for p in found if p.from_partner_id == name) <= one.spare_quantity
        assert sum(p.quantity for p in found if p.partner_id == name) == one.order_quantity
    moves = [p for p in found if p.from_partner_id]
    assert all(countries[p.partner_id] == countries[p.from_partner_id] and p.quantity > 0 for p in moves)
