"""The sales of AdventureWorks under three plans: what every salesperson and reseller earns is what plain arithmetic
over the file gives. Skipped where the data is not beside the project."""

import csv
from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from libs.money import Money
from services.orders.incentives.domain.plan import BeneficiaryKind, Plan
from services.orders.ledger.domain.counting import CreditedSale, counted
from services.orders.ledger.domain.crediting import WHOLE, SalesShare
from services.orders.ledger.domain.rating import targets
from services.orders.ledger.domain.sources import Part, Sale, SoldLine
from tests.unit.orders.ledger import oracle
from tests.unit.orders.ledger.histories import plan_of

DATA = Path(__file__).parents[5] / "shared" / "data" / "aw_order_lines.csv"
SINCE = date(2010, 1, 1)
FLAT = oracle.Rule("", "FLAT", ((0, 150),))
MARGINAL = oracle.Rule("", "MARGINAL", ((0, 100), (50_000_0000, 175), (200_000_0000, 250)))
RETROACTIVE = oracle.Rule("", "RETROACTIVE", ((0, 100), (100_000_0000, 200), (500_000_0000, 300)))

Earned = Mapping[tuple[str, str, date], Fraction]  # plan, beneficiary, first day of the period

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not DATA.exists(), reason="the data is not beside the project"),
]


def version(code: str, role: str, rule: oracle.Rule, months: int) -> oracle.Version:
    """A plan on orders, without limits."""
    return oracle.Version(code, 0, SINCE, role, "ORDERED", (rule,), months, True, None, None, (), ())


VERSIONS = (
    version("FLAT", "rep", FLAT, 1),
    version("MARGINAL", "", MARGINAL, 3),
    version("RETROACTIVE", "rep", RETROACTIVE, 3),
)


def test_everybody_earns_what_the_file_says() -> None:
    with DATA.open(newline="") as source:
        lines = list(csv.DictReader(source))
    found = by_the_ledger(lines)
    assert found == by_hand(lines)
    assert len({who for code, who, _ in found if code == "FLAT"}) > 10
    assert len({who for code, who, _ in found if code == "MARGINAL"}) > 200


def by_hand(lines: list[dict[str, str]]) -> Earned:
    """Sums by beneficiary and period, and the rates of each plan on the sum."""
    sums: dict[tuple[str, str, date], Fraction] = defaultdict(Fraction)
    for line in lines:
        amount, day = Fraction(line["SalesAmount"]), date.fromisoformat(line["OrderDate"])
        quarter = date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
        sums["FLAT", line["EmployeeKey"], day.replace(day=1)] += amount
        sums["MARGINAL", line["ResellerKey"], quarter] += amount
        sums["RETROACTIVE", line["EmployeeKey"], quarter] += amount
    return {place: _rated(place[0], total) for place, total in sums.items()}


def _rated(code: str, total: Fraction) -> Fraction:
    if code == "FLAT":
        return total * 15 / 1000
    if code == "RETROACTIVE":
        return total * (3 if total >= 500_000 else 2 if total >= 100_000 else 1) / 100
    low, high = Fraction(50_000), Fraction(200_000)
    points = min(total, low) * 100 + max(min(total, high) - low, Fraction()) * 175 + max(total - high, Fraction()) * 250
    return points / 10_000


def by_the_ledger(lines: list[dict[str, str]]) -> Earned:
    """The same by the domain, order by order."""
    plans = {plan.id: plan for plan in map(plan_of, VERSIONS)}
    orders: dict[str, list[dict[str, str]]] = defaultdict(list)
    for line in lines:
        orders[line["SalesOrderNumber"]].append(line)
    tallies: dict[tuple[str, str], list[CreditedSale]] = defaultdict(list)
    for number, rows in orders.items():
        for credited in _counted(number, rows, plans):
            tallies[credited.account_id, credited.tally].append(credited)
    found: dict[tuple[str, str, date], Fraction] = {}
    for sales in tallies.values():
        plan = plans[sales[0].incentive_plan_id]
        earned = targets(plan, [line for sale in sales for line in sale.lines], claws=True)
        total = sum(one.amount for one in earned.values())
        found[plan.code, sales[0].beneficiary_id, sales[0].period] = Fraction(total, 10**8)
    return found


def _counted(number: str, rows: list[dict[str, str]], plans: Mapping[str, Plan]) -> tuple[CreditedSale, ...]:
    first = rows[0]
    sold = [
        SoldLine(
            row["ProductKey"],
            "",
            Part(
                int(row["SalesOrderLineNumber"]),
                int(row["OrderQuantity"]),
                Money.of(Decimal(row["SalesAmount"]), "EUR").amount,
            ),
        )
        for row in rows
    ]
    sale = Sale(number, "EUR", date.fromisoformat(first["OrderDate"]), tuple(sold))
    shares = (
        SalesShare(kind=BeneficiaryKind.PARTNER, beneficiary_id=first["ResellerKey"], basis_points=WHOLE),
        SalesShare(kind=BeneficiaryKind.PERSON, role="rep", beneficiary_id=first["EmployeeKey"], basis_points=WHOLE),
    )
    return counted(sale, plans.values(), shares, lambda currency, plan, line: None)
