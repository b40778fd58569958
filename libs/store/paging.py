"""Translates the order, range and page of a List request into a listing of the store, and the page into the response.

A list is ordered by id or by one field, ascending or descending. A range bounds the field that orders the list, so that
rows outside it are never read.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any, NamedTuple

from libs.call import Command
from libs.errors import InvalidInput, Violation
from libs.store.listing import Paging
from libs.store.port import Index, Page, Scalar

BY_ID = "id"
DESCENDING = "desc"


class ListCommand(Command, frozen=True, kw_only=True):
    """The base class of list commands. order_by: a field, with ` desc` for the largest first; empty: the field of the
    range that is given, else the id, which is the order of creation."""

    page_size: int = 0
    page_token: str = ""
    order_by: str = ""
    include_total_size: bool = False


class Range(NamedTuple):
    """A range that a list command can have. order: the field of the document. at_least, below: the names of the
    command's fields with the inclusive lower and the exclusive upper bound; empty if it has no such field. A field with
    None does not bound the list."""

    order: str
    at_least: str
    below: str


UPDATED = Range("update_time", "updated_since", "updated_before")


def paged(cmd: ListCommand, *ranges: Range) -> Paging:
    """The Paging that a list command asks for. InvalidInput for a range of another field than the one that orders the
    list, and for a range that ends before it begins."""
    field, _, direction = cmd.order_by.partition(" ")
    bounds = {one: (getattr(cmd, one.at_least, None), getattr(cmd, one.below)) for one in ranges}
    asked = [one for one, bound in bounds.items() if bound != (None, None)]
    order = field or (asked[0].order if asked else "")
    given = {one: _given(one, bounds[one]) for one in asked if one.order != order}
    if wrong := [*_violations(order, given), *_turned(bounds)]:
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
    """The response fields with the token of the next page and the total."""
    return {
        "next_page_token": page.next_cursor,
        "total_size": page.total,
        "total_size_is_lower_bound": page.total_is_lower_bound,
    }


def filters_of(cmd: Command, *fields: str) -> dict[str, Scalar]:
    """The filters in these fields of a command, which have the same names in the document."""
    return {field: getattr(cmd, field) for field in fields}


def serving(*filters: str, orders: Sequence[str]) -> tuple[Index, ...]:
    """The indexes that serve a list exactly with any combination of these filters, in each of these orders; "": by
    id."""
    chosen = [some for count in range(len(filters), -1, -1) for some in combinations(filters, count)]
    return tuple(Index((*some, order) if order else some) for order in orders for some in chosen if some or order)


def _given(one: Range, bound: tuple[Any, Any]) -> tuple[str, ...]:
    """The fields of a range that the caller has set."""
    return tuple(field for field, value in zip((one.at_least, one.below), bound, strict=True) if value is not None)


def _violations(order: str, given: Mapping[Range, Sequence[str]]) -> Iterator[Violation]:
    for one, fields in given.items():
        for field in fields:
            what = f"bounds {one.order}, and the list is ordered by {order}"
            yield Violation(field, what, "RANGE_OF_ANOTHER_ORDER")


def _turned(bounds: dict[Range, tuple[Any, Any]]) -> Iterator[Violation]:
    for one, (at_least, below) in bounds.items():
        if at_least is not None and below is not None and below < at_least:
            yield Violation(one.below, f"is before {one.at_least}", "DATES_OUT_OF_ORDER")
