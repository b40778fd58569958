"""The ranges of a list: what a caller may combine, and which of its fields a refusal names."""

from datetime import date
from typing import Any

import pytest

from libs.errors import InvalidInput
from libs.store.paging import ListCommand, Range, paged
from tests.builders import a_call

DUE, ISSUED = Range("due_date", "due_from", "due_before"), Range("issue_date", "", "issued_before")
DAY = date(2026, 11, 1)


class ListBills(ListCommand, frozen=True, kw_only=True):
    """A list with a range of two bounds, and one with an upper bound alone."""

    due_from: date | None = None
    due_before: date | None = None
    issued_before: date | None = None


@pytest.mark.parametrize("given", [("due_from",), ("due_before",), ("due_from", "due_before"), ("issued_before",)])
def test_a_refusal_names_the_bounds_that_were_sent_and_no_other(given: tuple[str, ...]) -> None:
    bounds: dict[str, Any] = dict.fromkeys(given, DAY)
    command = ListBills(call=a_call(), order_by="id", **bounds)
    with pytest.raises(InvalidInput) as refused:
        paged(command, DUE, ISSUED)
    assert [(one.field, one.reason) for one in refused.value.violations] == [
        (field, "RANGE_OF_ANOTHER_ORDER") for field in given
    ]
    assert paged(ListBills(call=a_call(), **bounds), DUE, ISSUED)["order"]
