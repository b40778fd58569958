"""Rules, orders and runs for tests; each is valid unless the test says otherwise."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from msgspec.structs import replace

from libs.money import Money
from libs.segmentation.lifecycle import LifeCycle, LifeCycleActions, LifeCycleRules
from libs.segmentation.shares import SegmentClass
from services.deals.customer_segmentation.domain.figures import Figures
from services.deals.customer_segmentation.domain.rule import CustomerSegmentationRule
from services.deals.customer_segmentation.domain.run import (
    CustomerRow,
    CustomerRun,
    classified,
    completed,
    measured,
    opened,
    row_of,
)
from services.deals.customers.domain.entries import CustomerEntry, DocumentType
from tests.builders import NOW, an_id

QUARTER = date(2026, 4, 1)
RULES = LifeCycleRules(
    new_months=3, lost_months=6, trend_months=3, at_risk_basis_points=2_000, growing_basis_points=2_000
)
CLASSES = (
    SegmentClass(code="A", upper_basis_points=8_000, actions=("VISIT",)),
    SegmentClass(code="B", upper_basis_points=9_500),
    SegmentClass(code="C", upper_basis_points=10_000, actions=("CALL", "MAIL")),
)


def a_rule(**fields: Any) -> CustomerSegmentationRule:
    """A draft over the orders of twelve months, in euros."""
    rule = CustomerSegmentationRule(
        id=an_id("csr"),
        number=1,
        window_months=12,
        currency="EUR",
        classes=CLASSES,
        life_cycle_rules=RULES,
        life_cycle_actions=(LifeCycleActions(life_cycle=LifeCycle.LOST, actions=("WIN_BACK",)),),
        create_time=NOW,
        update_time=NOW,
    )
    return replace(rule, **fields)


def an_order(number: int, day: date, units: int, *, currency: str = "EUR", **fields: Any) -> CustomerEntry:
    """An order of so many units of the currency."""
    amount = Money(units * 10_000, currency)
    return replace(
        CustomerEntry(id=an_id("ord", number), type=DocumentType.ORDER, won_day=day, amount=amount), **fields
    )


def a_run(
    rule: CustomerSegmentationRule,
    revenues: Mapping[str, int | None],
    *,
    quarter: date = QUARTER,
    previous: tuple[CustomerRun, tuple[CustomerRow, ...]] | None = None,
    rows_per_page: int = 50,
) -> tuple[CustomerRun, tuple[CustomerRow, ...]]:
    """A complete run over customers with these revenues, and its rows in their order, as the job makes them."""
    run = opened(rule, quarter, due_at=NOW, now=NOW)
    rows = [row_of(run, one, _figures(revenue), now=NOW) for one, revenue in revenues.items()]
    for first in range(0, max(len(rows), 1), rows_per_page):
        last = first + rows_per_page >= len(rows)
        run = measured(run, rows[first : first + rows_per_page], "" if last else "next", now=NOW)
    rows.sort(key=lambda one: (one.negated is not None, one.negated or 0, one.id))
    before = {one.customer_id: one.class_code for one in previous[1]} if previous else None
    done: list[CustomerRow] = []
    for first in range(0, max(len(rows), 1), rows_per_page):
        run, some = classified(run, rule, rows[first : first + rows_per_page], before, now=NOW)
        done += some
    return completed(run, previous[0] if previous else None, now=NOW)[0], tuple(done)


def _figures(revenue: int | None) -> Figures:
    cycle = None if revenue is None else LifeCycle.STABLE
    return Figures(revenue=revenue, order_count=1, last_order_date=QUARTER, life_cycle=cycle)
