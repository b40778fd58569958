"""A listing with any combination of filters: an index applies as many as it can, the others are checked row by row.

A page token is valid for exactly the same filters. A page has rows unless the listing ends with it: as many as were
requested, or fewer because they are large. If an index applies all filters, no row is read in vain; otherwise
`LOOKED_AT_ROWS` bounds how many rows are read for a page. Use cases call `Env.listing`, which restricts a listing to
the rows that the caller may see.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypedDict, Unpack

from msgspec.structs import replace

from libs.errors import AppError, Code, InvalidInput, Violation
from libs.store.codec import attribute, index_value, size_bytes, write_cursor
from libs.store.port import (
    ROWS_PER_COUNT,
    ROWS_PER_PAGE,
    D,
    Kind,
    Loaded,
    Page,
    Query,
    Scalar,
    Store,
    UndeclaredQuery,
    get,
)

DEFAULT_ROWS = 50
PAGE_BYTES = 2_560 * 1024  # of the rows as JSON; with one more row of 1 MiB they still fit into a response of 4 MiB
LOOKED_AT_ROWS = 10_000
EVERYTHING_PAGES = 50


class Within(TypedDict, total=False):
    """A range of an indexed field: `order` names it."""

    order: str
    at_least: Scalar
    below: Scalar


class Paging(TypedDict, total=False):
    """The order and the part of a listing; as in Query. page_size: 0 means 50, more than 200 means 200. counted: also
    count all rows, up to 10,000. room_bytes: the most bytes of rows in a page."""

    page_size: int
    page_token: str
    order: str
    at_least: Scalar
    below: Scalar
    descending: bool
    counted: bool
    room_bytes: int


Find = Callable[[Query[D]], Awaitable[Page[D]]]


class Sieve(NamedTuple):
    """What a row must be beside its filters, where that is more than a value of a field. mark: tells this one from
    others, in a token. find: finds the rows that may be so by id, in place of an index of the kind, and may leave out
    others of a page that it looked at; equalities are left to the listing."""

    keep: Callable[[Any], bool]
    mark: str
    find: Find[Any] | None = None


class FilterTooBroad(AppError):
    """None of the LOOKED_AT_ROWS rows that were read for a page passes the filters."""

    code, reason = Code.RESOURCE_EXHAUSTED, "FILTER_TOO_BROAD"

    def __init__(self, kind: str) -> None:
        super().__init__(
            f"none of {LOOKED_AT_ROWS} rows of {kind} passes these filters; add one, or leave out the order",
            limit=LOOKED_AT_ROWS,
        )


def rows_per_page(page_size: int) -> int:
    """The number of rows in a page for the requested size."""
    return min(page_size or DEFAULT_ROWS, ROWS_PER_PAGE)


async def listing(
    store: Store,
    kind: Kind[D],
    filters: Mapping[str, Scalar],
    *,
    page_size: int = 0,
    page_token: str = "",
    order: str = "",
    at_least: Scalar = None,
    below: Scalar = None,
    descending: bool = False,
    counted: bool = False,
    within: str = "",
    sieve: Sieve | None = None,
    room_bytes: int = PAGE_BYTES,
) -> Page[D]:
    """A page of up to `page_size` rows that pass every filter. A filter with None or "" is ignored; a field with a list
    passes if the list contains the value. The page has fewer rows, but at least one, if they would be larger than
    `room_bytes` together, or if 10,000 rows were read for it; FilterTooBroad if none of those passes.

    `order`, `at_least`, `below`, `descending` as in Query. within: the filter that the index has to take, whatever it
    does with the others, so that no row beyond it is ever read; a sieve that finds the rows reads those that it finds.
    InvalidInput for a token of another listing.
    """
    wanted = {field: value for field, value in filters.items() if value not in (None, "")}
    sifted = _Sifted(wanted, sieve)
    if "id" in wanted:
        bounds = _Bounds(order, at_least, below)
        return await _only(store, kind, sifted, bounds, page_token)
    own = sieve.find if sieve else None
    find, served = (own, ()) if own else (store.find, _served(kind, wanted, order, within))
    exact = sieve is None and len(served) == len(wanted)
    query = Query(
        kind=kind,
        equals={field: wanted[field] for field in served},
        order=order,
        at_least=at_least,
        below=below,
        descending=descending,
        count_up_to=ROWS_PER_COUNT if counted and exact else 0,
    )
    cursor = _cursor(page_token, sifted.mark)
    page = await _filled(find, replace(query, cursor=cursor), sifted, rows_per_page(page_size), exact, room_bytes)
    found = page._replace(next_cursor=f"{sifted.mark}.{page.next_cursor}" if page.next_cursor else "")
    return found if exact or not counted else await _counted(find, query, sifted, found)


class _Sifted:
    """All filters of a listing, also those that an index applies."""

    def __init__(self, wanted: Mapping[str, Scalar], sieve: Sieve | None) -> None:
        self.wanted = wanted
        self._sieve = sieve
        text = "\0".join(f"{field}={index_value(value)!r}" for field, value in sorted(wanted.items()))
        text += f"\0\0{sieve.mark}" if sieve else ""
        self.mark = hashlib.blake2b(text.encode(), digest_size=6).hexdigest()

    def holds(self, loaded: Loaded[Any]) -> bool:
        """Whether the row passes all filters."""
        fields = all(_is(attribute(field)(loaded.value), value) for field, value in self.wanted.items())
        return fields and (self._sieve is None or self._sieve.keep(loaded.value))


class _Bounds(NamedTuple):
    """The bounds of a query, to check a row that was read by its id."""

    order: str
    at_least: Scalar
    below: Scalar

    def hold(self, loaded: Loaded[Any]) -> bool:
        """Whether the row is within the bounds."""
        if self.at_least is None and self.below is None:
            return True
        value: Any = index_value(attribute(self.order)(loaded.value))
        first, end = index_value(self.at_least), index_value(self.below)
        return value is not None and (first is None or value >= first) and (end is None or value < end)


async def _filled(find: Find[D], query: Query[D], sifted: _Sifted, limit: int, exact: bool, room_bytes: int) -> Page[D]:
    """A page with as many rows as there are, have room and are found among the first that are looked at. Where rows are
    sifted it looks for one more, so that a token never leads to nothing."""
    rows: list[Loaded[D]] = []
    looked_at = 0
    while True:
        page = await find(replace(query, limit=limit if exact else ROWS_PER_PAGE))
        looked_at += ROWS_PER_PAGE
        rows += filter(sifted.holds, page.rows)
        count = min(limit, fitting(rows, room_bytes))
        if count < len(rows):
            return page._replace(rows=rows[:count], next_cursor=write_cursor(query, rows[count - 1].value))
        if exact or not page.next_cursor or (rows and looked_at >= LOOKED_AT_ROWS):
            return page._replace(rows=rows)
        if looked_at >= LOOKED_AT_ROWS:
            raise FilterTooBroad(query.kind.name)
        query = replace(query, cursor=page.next_cursor)
        await asyncio.sleep(0)  # let other calls run: a store that answers at once would never yield


async def _counted(find: Find[D], query: Query[D], sifted: _Sifted, page: Page[D]) -> Page[D]:
    """The page, with how many rows pass; a lower bound if they are not among the first 10,000 that are looked at."""
    total = 0
    query = replace(query, limit=ROWS_PER_PAGE)
    for _ in range(LOOKED_AT_ROWS // ROWS_PER_PAGE):
        looked_at = await find(query)
        total += sum(map(sifted.holds, looked_at.rows))
        query = replace(query, cursor=looked_at.next_cursor)
        if not query.cursor:
            break
        await asyncio.sleep(0)
    return page._replace(total=total, total_is_lower_bound=bool(query.cursor))


def bytes_of(rows: Sequence[Loaded[Any]]) -> int:
    """The size of the rows together, as JSON."""
    return sum(map(size_bytes, rows))


def fitting(rows: Sequence[Loaded[Any]], room_bytes: int, *, at_least: int = 1) -> int:
    """How many of the rows, from the first on, fit into `room_bytes`; `at_least` of them in any case."""
    for count, loaded in enumerate(rows):
        room_bytes -= size_bytes(loaded)
        if room_bytes < 0 and count >= at_least:
            return count
    return len(rows)


async def _only(store: Store, kind: Kind[D], sifted: _Sifted, bounds: "_Bounds", page_token: str) -> Page[D]:
    """The listing with a filter on the id: one page with one document or none. No index is needed."""
    if page_token:
        raise _foreign_token()
    loaded = await get(store, kind, str(sifted.wanted["id"]))
    found = [loaded] if loaded is not None and sifted.holds(loaded) and bounds.hold(loaded) else []
    return Page(found, "", len(found))


def _served(kind: Kind[D], wanted: Mapping[str, Scalar], order: str, within: str) -> tuple[str, ...]:
    """The filters that an index applies: of the indexes that apply `within` too, the one with the most filters, or the
    first declared of several. UndeclaredQuery if no index applies `within`."""
    best: tuple[str, ...] = ()
    for index in kind.indexes:
        if index.where:
            continue
        fields = index.fields
        if order:
            if order not in fields:
                continue
            fields = fields[: fields.index(order)]
        if len(fields) > len(best) and within in ("", *fields) and all(field in wanted for field in fields):
            best = fields
    if within and within not in best:
        raise UndeclaredQuery(f"no index of {kind.name} begins with {within} and goes on to {order or 'nothing'}")
    return best


def _is(found: object, wanted: Scalar) -> bool:
    """Whether a field has the value, or is a list that contains it."""
    return wanted in found if isinstance(found, tuple) else index_value(found) == index_value(wanted)


def _cursor(token: str, mark: str) -> str:
    if not token:
        return ""
    head, _, cursor = token.partition(".")
    if head != mark or not cursor:
        raise _foreign_token()
    return cursor


def _foreign_token() -> InvalidInput:
    return InvalidInput([Violation("page_token", "is not from a page of this query", "FOREIGN_PAGE_TOKEN")])


async def everything(
    store: Store, kind: Kind[D], equals: Mapping[str, Scalar], **within: Unpack[Within]
) -> tuple[D, ...]:
    """Every document with these values, in order if `within` names one. OverflowError for more than 10,000, which
    should be read in pages."""
    return tuple(loaded.value for loaded in await every_row(store, kind, equals, **within))


async def every_row(
    store: Store, kind: Kind[D], equals: Mapping[str, Scalar], **within: Unpack[Within]
) -> tuple[Loaded[D], ...]:
    """As `everything`, to change the documents."""
    found: list[Loaded[D]] = []
    cursor = ""
    for _ in range(EVERYTHING_PAGES):
        page = await store.find(Query(kind=kind, equals=equals, limit=ROWS_PER_PAGE, cursor=cursor, **within))
        found += page.rows
        cursor = page.next_cursor
        if not cursor:
            return tuple(found)
        await asyncio.sleep(0)  # as in _filled
    raise OverflowError(f"more than {EVERYTHING_PAGES * ROWS_PER_PAGE} rows of {kind.name}")
