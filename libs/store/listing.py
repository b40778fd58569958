"""A listing with filters: the best declared index does what it can, the rest is sifted row by row.

So any combination of filters works, a page may hold fewer rows than asked for, also because they are large, and its
token belongs to exactly these filters. Use cases call `Env.listing`, which knows whose rows may be listed.
"""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

from libs.errors import InvalidInput, Violation
from libs.store.codec import attribute, index_value, size_bytes, write_cursor
from libs.store.port import ROWS_PER_PAGE, D, Kind, Loaded, Page, Query, Scalar, Store, UndeclaredQuery, get

DEFAULT_ROWS = 50
PAGE_BYTES = 2_560 * 1024  # of the rows as stored; with one more of a MiB they still fit into an answer of 4 MiB
PAGES_PER_CALL = 5
EVERYTHING_PAGES = 50


class Paging(TypedDict, total=False):
    """Which part of a listing, and how it is ordered; as in Query. page_size: 0 means 50."""

    page_size: int
    page_token: str
    order: str
    at_least: Scalar
    below: Scalar
    descending: bool
    room_bytes: int


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
    within: str = "",
    room_bytes: int = PAGE_BYTES,
) -> Page[D]:
    """Up to `page_size` rows (0 means 50) for which every filter holds; None and "" filter nothing, and a field that is
    a list holds what is in it. Fewer if they would be larger than `room_bytes` together, at least one.

    `order`, `at_least`, `below`, `descending` as in Query. within: the filter that the index has to take, whatever it
    does with the others, so that no row beyond it is ever read. InvalidInput for a token of another listing.
    """
    wanted = {field: value for field, value in filters.items() if value not in (None, "")}
    mark = _mark(wanted)
    if "id" in wanted and not order:
        return await _only(store, kind, wanted, page_token)
    served = _served(kind, wanted, order, within)
    rows: list[Loaded[D]] = []
    limit = page_size or DEFAULT_ROWS
    cursor = _cursor(page_token, mark)
    for _ in range(PAGES_PER_CALL):
        query = Query(
            kind=kind,
            equals={field: wanted[field] for field in served},
            order=order,
            at_least=at_least,
            below=below,
            descending=descending,
            limit=limit - len(rows),
            cursor=cursor,
        )
        page = await store.find(query)
        found = [loaded for loaded in page.rows if _holds(loaded, wanted)]
        count = fitting(found, room_bytes, at_least=0 if rows else 1)
        rows += found[:count]
        if count < len(found):
            cursor = write_cursor(query, rows[-1].value)
            break
        cursor = page.next_cursor
        if not cursor or len(rows) == limit:
            break
        room_bytes -= bytes_of(found)
    return Page(rows, f"{mark}.{cursor}" if cursor else "")


def bytes_of(rows: Sequence[Loaded[Any]]) -> int:
    """How large rows are, as they are stored."""
    return sum(map(size_bytes, rows))


def fitting(rows: Sequence[Loaded[Any]], room_bytes: int, *, at_least: int = 1) -> int:
    """How many of the rows, from the first on, have room together."""
    for count, loaded in enumerate(rows):
        room_bytes -= size_bytes(loaded)
        if room_bytes < 0 and count >= at_least:
            return count
    return len(rows)


async def _only(store: Store, kind: Kind[D], wanted: Mapping[str, Scalar], page_token: str) -> Page[D]:
    """The listing of one document by its id, which no index needs to find; it has one page."""
    if page_token:
        raise _foreign_token()
    loaded = await get(store, kind, str(wanted["id"]))
    return Page([loaded] if loaded is not None and _holds(loaded, wanted) else [], "")


def _served(kind: Kind[D], wanted: Mapping[str, Scalar], order: str, within: str) -> tuple[str, ...]:
    """The equalities that the index with the most of them takes, `within` among them."""
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


def _holds(loaded: Loaded[D], wanted: Mapping[str, Scalar]) -> bool:
    return all(_is(attribute(field)(loaded.value), value) for field, value in wanted.items())


def _is(found: object, wanted: Scalar) -> bool:
    """Whether a field has the value, or is a list that holds it."""
    return wanted in found if isinstance(found, tuple) else index_value(found) == index_value(wanted)


def _mark(wanted: Mapping[str, Scalar]) -> str:
    text = "\0".join(f"{field}={index_value(value)!r}" for field, value in sorted(wanted.items()))
    return hashlib.blake2b(text.encode(), digest_size=6).hexdigest()


def _cursor(token: str, mark: str) -> str:
    if not token:
        return ""
    head, _, cursor = token.partition(".")
    if head != mark or not cursor:
        raise _foreign_token()
    return cursor


def _foreign_token() -> InvalidInput:
    return InvalidInput([Violation("page_token", "is not from a page of this query", "FOREIGN_PAGE_TOKEN")])


async def everything(store: Store, kind: Kind[D], equals: Mapping[str, Scalar]) -> tuple[D, ...]:
    """Every document with these values, up to 10,000; OverflowError beyond, for what should have been paged."""
    found: list[D] = []
    cursor = ""
    for _ in range(EVERYTHING_PAGES):
        page = await store.find(Query(kind=kind, equals=equals, limit=ROWS_PER_PAGE, cursor=cursor))
        found += [loaded.value for loaded in page.rows]
        cursor = page.next_cursor
        if not cursor:
            return tuple(found)
        await asyncio.sleep(0)  # a store that answers at once would keep all other calls waiting for the last page
    raise OverflowError(f"more than {EVERYTHING_PAGES * ROWS_PER_PAGE} rows of {kind.name}")
