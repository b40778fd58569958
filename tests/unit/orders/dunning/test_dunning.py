"""The invoice, the day and the policy decide what the clock does to it; where nothing is due, nothing is done."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from services.orders.billing.domain.invoice import DunningBlock, Invoice, balanced
from services.orders.billing.domain.payment import pay
from services.orders.billing.domain.states import DunningBlockReason
from services.orders.dunning.domain import block, dun, expire_block, fall_overdue
from tests.builders import NOW
from tests.unit.orders.orders import TODAY, a_draft, confirmed, invoiced, shipped

DAYS = (7, 21)
OPEN = invoiced(shipped(confirmed(a_draft()), {1: 10}))[1]
DUE = OPEN.due_date
OVERDUE = balanced(replace(OPEN, overdue=True))
PAID = pay(OPEN, OPEN.open, now=NOW)
BLOCKED = block(OVERDUE, DunningBlock(reason=DunningBlockReason.LEGAL, until=TODAY), today=TODAY, now=NOW)[0]
FOR_EVER = block(OVERDUE, DunningBlock(reason=DunningBlockReason.LEGAL), today=TODAY, now=NOW)[0]
DUNNED_OUT = balanced(replace(OVERDUE, dunning_level=len(DAYS)))


@pytest.mark.parametrize(
    ("invoice", "after", "falls"), [(OPEN, 0, False), (OPEN, 1, True), (OVERDUE, 9, False), (PAID, 9, False)]
)
def test_an_open_invoice_falls_overdue_once_and_on_the_day_after_its_due_date(
    invoice: Invoice, after: int, falls: bool
) -> None:
    found = fall_overdue(invoice, today=DUE + timedelta(days=after), now=NOW)
    assert (found is not None) == falls
    if found is not None:
        assert (found[0].overdue, found[1].open) == (True, OPEN.open)


@pytest.mark.parametrize(
    ("invoice", "after", "level"),
    [
        (OPEN, 99, None),
        (OVERDUE, 6, None),
        (OVERDUE, 7, 1),
        (BLOCKED, 99, None),
        (PAID, 99, None),
        (DUNNED_OUT, 99, None),
    ],
)
def test_a_step_is_taken_when_it_is_due_and_only_while_the_invoice_is_overdue_and_not_blocked(
    invoice: Invoice, after: int, level: int | None
) -> None:
    found = dun(invoice, DAYS, today=DUE + timedelta(days=after), now=NOW)
    assert (found[0].dunning_level if found else None) == level


@pytest.mark.parametrize(
    ("invoice", "after", "ends"),
    [(BLOCKED, 0, False), (BLOCKED, 1, True), (FOR_EVER, 999, False), (OVERDUE, 999, False)],
)
def test_a_block_ends_on_the_day_after_its_last_one(invoice: Invoice, after: int, ends: bool) -> None:
    found = expire_block(invoice, today=TODAY + timedelta(days=after), now=NOW)
    assert (found is not None) == ends
    if found is not None:
        assert (found[0].dunning_block, found[1].reason) == (None, DunningBlockReason.LEGAL)
