"""Buckets by days past due, against a table and an oracle that counts day by day."""

from collections import defaultdict
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from libs.money import Money
from services.orders.billing.domain.aging import AgingRow, add_invoices, bucket
from services.orders.billing.domain.invoice import balanced
from tests.unit.orders.orders import a_draft, confirmed, invoiced, shipped

TODAY = date(2026, 6, 30)
INVOICE = invoiced(shipped(confirmed(a_draft()), {1: 10}))[1]


@pytest.mark.parametrize(
    ("days", "name"),
    [
        (-400, "current"),
        (0, "current"),
        (1, "days_1_to_30"),
        (30, "days_1_to_30"),
        (31, "days_31_to_60"),
        (60, "days_31_to_60"),
        (61, "days_61_to_90"),
        (90, "days_61_to_90"),
        (91, "days_over_90"),
        (4000, "days_over_90"),
    ],
)
def test_a_day_belongs_to_one_bucket(days: int, name: str) -> None:
    assert bucket(days) == name


@given(
    st.lists(
        st.tuples(st.integers(-500, 500), st.integers(1, 10**7), st.sampled_from(["EUR", "USD", "JPY"])), max_size=30
    )
)
def test_rows_hold_what_is_open_by_currency_and_age(drawn: list[tuple[int, int, str]]) -> None:
    invoices = []
    for days, amount, currency in drawn:
        money, nothing = Money(amount * 10_000, currency), Money.zero(currency)
        due = TODAY - timedelta(days=days)
        changed = replace(INVOICE, payable=money, paid=nothing, credited=nothing, due_date=due)
        invoices.append(balanced(changed))
    rows: dict[str, AgingRow] = {}
    for start in range(0, len(invoices), 7):
        add_invoices(rows, invoices[start : start + 7], TODAY)
    expected: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for days, amount, currency in drawn:
        of_currency = expected[currency]
        of_currency["total"] += amount
        of_currency["invoice_count"] += 1
        if days <= 0:
            of_currency["current"] += amount
        elif days <= 30:
            of_currency["days_1_to_30"] += amount
        elif days <= 60:
            of_currency["days_31_to_60"] += amount
        elif days <= 90:
            of_currency["days_61_to_90"] += amount
        else:
            of_currency["days_over_90"] += amount
    assert rows.keys() == expected.keys()
    for currency, row in rows.items():
        assert row.invoice_count == expected[currency]["invoice_count"]
        for field in ("current", "days_1_to_30", "days_31_to_60", "days_61_to_90", "days_over_90", "total"):
            assert getattr(row, field) == Money(expected[currency][field] * 10_000, currency)
