"""Listings with a filter that no index can serve: rows are read and sifted, a bounded number a call."""

from collections.abc import Callable

from libs.call import Call
from libs.errors import InvalidInput, Violation
from libs.store.listing import DEFAULT_ROWS, PAGE_BYTES, PAGES_PER_CALL, bytes_of
from libs.store.port import D, Held, Kind, Page, Scalar
from services.partners.usecases.settings import Env

_SEPARATOR = "~"


async def sifted(
    env: Env,
    kind: Kind[D],
    filters: dict[str, Scalar],
    *,
    call: Call,
    keep: Callable[[D], bool],
    mark: str,
    page_size: int,
    page_token: str,
) -> Page[D]:
    """As `Env.listing`, with the rows that `keep` lets pass; `mark` names that filter in the token, empty for none."""
    head, _, cursor = page_token.partition(_SEPARATOR)
    if page_token and (head != mark or not cursor):
        raise InvalidInput([Violation("page_token", "is not from a page of this query", "FOREIGN_PAGE_TOKEN")])
    wanted = page_size or DEFAULT_ROWS
    rows: list[Held[D]] = []
    for _ in range(PAGES_PER_CALL):
        room = PAGE_BYTES - bytes_of(rows)
        page = await env.listing(
            kind, filters, call=call, page_size=wanted - len(rows), page_token=cursor, room_bytes=room
        )
        rows += [held for held in page.rows if keep(held.value)]
        cursor = page.next_cursor
        if not cursor or len(rows) == wanted or bytes_of(rows) >= PAGE_BYTES:
            break
    return Page(rows, f"{mark}{_SEPARATOR}{cursor}" if cursor else "")
