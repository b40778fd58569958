"""What a caller asks of a list, from its request to the query that an index serves, and back to the end of a page.

A list is ordered by its ids or by one field, ascending or descending. A range is a part of that order: it is asked of
the field that orders, so that rows outside it are never read.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any, NamedTuple

from libs.call import Command
from libs.errors import InvalidInput, Violation
from libs.store.listing import Paging
from libs.store.port import Index, Page, Scalar

BY_ID = "id"
DESCENDING = "desc"


class ListCommand(Command, frozen=True, kw_only=True):
    """The base of a command that lists. order_by: a field, and ` desc` for the largest first; empty: by id, which is
    the order of creation, or by the field of the range that is given."""

    page_size: int = 0
    page_token: str = ""
    order_by: str = ""
    include_total_size: bool = False


class Range(NamedTuple):
    """A range that may be asked for. order: the field of the document. at_least, below: the fields of the command that
    hold its first value and the first one beyond it; absent values do not bound it."""

    order: str
    at_least: str
    below: str


UPDATED = Range("update_time", "updated_since", "updated_before")


def paged(cmd: ListCommand, *ranges: Range) -> Paging:
    """How the store lists what the command asks for. InvalidInput for ranges of two fields, of another field than the
    one that orders, and for one that ends before it begins."""
    field, _, direction = cmd.order_by.partition(" ")
    bounds = {one: (getattr(cmd, one.at_least), getattr(cmd, one.below)) for one in ranges}
    asked = [one for one, bound in bounds.items() if bound != (None, None)]
    order = field or (asked[0].order if asked else "")
    if wrong := [*_violations(order, asked), *_turned(bounds)]:
        raise InvalidInput(wrong)
    at_least, below = bounds[asked[0]] if asked else (None, None)
    return Paging(
        page_size=cmd.page_size,
        page_token=cmd.page_token,
        order="" if order == BY_ID else order,
        at_least=at_least,
        below=below,
        descending=direction == DESCENDING,
        counted=cmd.include_total_size,
    )


def page_end(page: Page[Any]) -> dict[str, Any]:
    """The fields of a response that say what comes after its rows, and how many there are."""
    return {
        "next_page_token": page.next_cursor,
        "total_size": page.total,
        "total_size_is_lower_bound": page.total_is_lower_bound,
    }


def filters_of(cmd: Command, *fields: str) -> dict[str, Scalar]:
    """The filters of a command that are named as the fields of the document."""
    return {field: getattr(cmd, field) for field in fields}


def serving(*filters: str, orders: Sequence[str]) -> tuple[Index, ...]:
    """The indexes by which a list is served whole with any of these filters, in each of these orders; "" is by id."""
    chosen = [some for count in range(len(filters), -1, -1) for some in combinations(filters, count)]
    return tuple(Index((*some, order) if order else some) for order in orders for some in chosen if some or order)


def _violations(order: str, asked: Sequence[Range]) -> Iterator[Violation]:
    for one in asked:
        if one.order != order:
            field = one.at_least
            yield Violation(field, f"bounds {one.order}, and the list is ordered by {order}", "RANGE_OF_ANOTHER_ORDER")


def _turned(bounds: dict[Range, tuple[Any, Any]]) -> Iterator[Violation]:
    for one, (at_least, below) in bounds.items():
        if at_least is not None and below is not None and below < at_least:
            yield Violation(one.below, f"is before {one.at_least}", "DATES_OUT_OF_ORDER")
