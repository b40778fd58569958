"""Statements of account: their balances, their pages and what a page costs."""

from datetime import date, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from libs.errors import InvalidInput
from libs.money import Money
from libs.store.port import WRITES_PER_COMMIT, D, Page, Query, create
from services.orders.balance.domain.statement import ENTRIES_PER_STATEMENT, StatementEntry, TooManyEntries
from services.orders.balance.domain.statement import StatementEntryType as Type
from services.orders.balance.usecases.statements import GetStatement, get_statement
from services.orders.billing.documents import PAYMENTS
from services.orders.billing.domain.payment import Payment
from tests.builders import an_id
from tests.component.orders.balance.acts import (
    invoiced,
    receive,
    refund,
    statement,
)
from tests.component.orders.harness import PARTNER, TODAY, Harness, eur
from tests.store_faults import Wrapper


async def test_a_statement_begins_and_ends_with_a_balance(harness: Harness) -> None:
    invoice = await invoiced(harness)
    harness.days(10)
    credit = await receive(harness, "130", (invoice, ""))
    harness.days(10)
    await refund(harness, "30", credit)
    whole = await statement(harness)
    assert [(row.type, row.amount, row.balance) for row in whole.entries] == [
        (Type.INVOICE, eur("100"), eur("100")),
        (Type.PAYMENT, eur("-130"), eur("-30")),
        (Type.ALLOCATION, eur("0"), eur("-30")),
        (Type.REFUND, eur("30"), eur("0")),
    ]
    assert (whole.opening_balance, whole.closing_balance) == (eur("0"), eur("0"))
    assert (whole.entries[0].number, whole.entries[2].allocated) == (invoice.number, eur("100"))
    part = await statement(harness, from_date=TODAY + timedelta(days=1), to_date=TODAY + timedelta(days=19))
    assert (part.opening_balance, part.closing_balance) == (eur("100"), eur("-30"))
    assert [row.type for row in part.entries] == [Type.PAYMENT, Type.ALLOCATION]


async def test_the_pages_of_a_statement_are_the_statement(harness: Harness) -> None:
    invoice = await invoiced(harness)
    for _ in range(4):
        await receive(harness, "20", (invoice, "10"))
    whole, token = await statement(harness), ""
    found: list[StatementEntry] = []
    for size in (1, 3, 2, 200):
        page = await harness.look(
            get_statement, GetStatement, partner_id=PARTNER, currency="EUR", page_size=size, page_token=token
        )
        assert (page.statement.opening_balance, page.statement.closing_balance) == (eur("0"), eur("20"))
        found += page.statement.entries
        token = page.next_page_token
    assert tuple(found) == whole.entries
    assert token == ""
    page = await harness.look(get_statement, GetStatement, partner_id=PARTNER, currency="EUR", page_size=1)
    forged = ("A" if page.next_page_token[40] != "A" else "B").join(
        (page.next_page_token[:40], page.next_page_token[41:])
    )
    for wrong in ("x", "e30=", "W10=", forged):
        with pytest.raises(InvalidInput, match="page_token"):
            await harness.look(get_statement, GetStatement, partner_id=PARTNER, currency="EUR", page_token=wrong)
    foreign: dict[str, Any] = {"currency": "EUR", "to_date": TODAY, "page_token": page.next_page_token}
    with pytest.raises(InvalidInput, match="page_token"):
        await harness.look(get_statement, GetStatement, partner_id=PARTNER, **foreign)


class Counting(Wrapper):
    """Counts the rows that are found."""

    rows = 0

    async def find(self, query: Query[D]) -> Page[D]:
        """See Store."""
        page = await super().find(query)
        self.rows += len(page.rows)
        return page


async def planted(harness: Harness, count: int, on: date, currency: str = "EUR", *, first: int = 0) -> None:
    """Payments of a hundredth that nobody recorded, so many at once."""
    payment = Payment(
        id="", partner_id=PARTNER, amount=Money(100, currency), value_date=on, create_time=harness.clock.now()
    )
    made = [replace(payment, id=an_id("pay", first + number)) for number in range(count)]
    for start in range(0, count, WRITES_PER_COMMIT):
        await harness.env.store.commit([create(PAYMENTS, one) for one in made[start : start + WRITES_PER_COMMIT]])


async def test_a_page_costs_what_it_shows_also_within_one_day(harness: Harness) -> None:
    await receive(harness, "1")
    await planted(harness, 700, TODAY)
    store = harness.env.store = Counting(harness.env.store)
    found: list[StatementEntry] = []
    asked: dict[str, Any] = {"partner_id": PARTNER, "currency": "EUR", "page_size": 100}
    page = await harness.look(get_statement, GetStatement, **asked)
    costs = []
    while True:
        found += page.statement.entries
        costs.append(store.rows)
        store.rows = 0
        if not page.next_page_token:
            break
        page = await harness.look(get_statement, GetStatement, page_token=page.next_page_token, **asked)
    assert len({entry.payment_id for entry in found}) == len(found) == 701
    assert max(costs) <= 2 * 101, costs
    assert [entry.balance.amount for entry in found[:3]] == [-100, -200, -300]


async def test_pages_between_which_the_account_changed_show_what_is_recorded_then(harness: Harness) -> None:
    for days in (9, 5, 1):
        await receive(harness, "10", value_date=TODAY - timedelta(days=days))
    asked: dict[str, Any] = {"partner_id": PARTNER, "currency": "EUR", "page_size": 2}
    asked["from_date"] = TODAY - timedelta(days=6)
    first = await harness.look(get_statement, GetStatement, **{**asked, "page_size": 1})
    await receive(harness, "7", value_date=TODAY - timedelta(days=8))
    await receive(harness, "3", value_date=TODAY - timedelta(days=2))
    then = await harness.look(get_statement, GetStatement, **asked, page_token=first.next_page_token)
    assert (first.statement.opening_balance, first.statement.closing_balance) == (eur("-10"), eur("-30"))
    assert (then.statement.opening_balance, then.statement.closing_balance) == (eur("-17"), eur("-40"))
    assert [entry.balance for entry in then.statement.entries] == [eur("-30"), eur("-40")]


async def test_only_what_a_statement_has_counts_against_its_limit(harness: Harness) -> None:
    await receive(harness, "1", value_date=TODAY - timedelta(days=1))
    await planted(harness, ENTRIES_PER_STATEMENT, TODAY)
    await planted(harness, 1, TODAY - timedelta(days=1), "USD", first=ENTRIES_PER_STATEMENT)
    yesterday = TODAY - timedelta(days=1)
    early = await statement(harness, from_date=yesterday, to_date=yesterday)
    assert [entry.amount for entry in early.entries] == [eur("-1")]
    exact: dict[str, Any] = {"partner_id": PARTNER, "currency": "EUR", "page_size": 1}
    assert (await harness.look(get_statement, GetStatement, **exact, from_date=TODAY)).statement.entries
    with pytest.raises(TooManyEntries):
        await harness.look(get_statement, GetStatement, **exact, from_date=yesterday)
