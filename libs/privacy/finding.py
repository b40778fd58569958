"""Pages of the documents that name somebody, found by the alias rows, for a listing that sifts them.

A listing reads documents by an index of their kind. What says who is named in one is no index of the kind but the alias
rows; `naming` reads a page of documents by those, in the order of the ids of the documents.
"""

from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from libs.privacy.aliases import ALIASES, Alias
from libs.store.codec import cursor_after, read_cursor
from libs.store.listing import Find
from libs.store.port import D, Kind, Loaded, Page, Query, Scalar, Store


def naming(store: Store, kind: Kind[D], hashes: Iterable[str]) -> Find[D]:
    """What finds the documents of the kind that are stored under any of the hashes: by id, up to `limit` a page, fewer
    if some were removed meanwhile. Its equalities are left to the sieve, who is recognised in a document as well."""
    asked = sorted(hashes)

    async def find(query: Query[D]) -> Page[D]:
        assert query.kind is kind, f"finds rows of {kind.name} alone"
        assert not query.order, "comes by id"
        place = read_cursor(query)
        ids: set[str] = set()
        more = False
        for one in asked:
            found = await store.find(_after(query, one, place[1] if place else ""))
            ids |= {loaded.value.row for loaded in found.rows}
            more |= bool(found.next_cursor)
        page = sorted(ids, reverse=query.descending)[: query.limit]
        more |= len(page) < len(ids)
        rows = tuple((await store.get_many(kind, page)).values())
        return Page(rows, cursor_after(query, None, page[-1]) if more else "")

    return find


def with_any(store: Store, kind: Kind[D], *equals: Mapping[str, Scalar]) -> Find[D]:
    """What finds the documents of the kind that pass any of these equalities, each of which an index serves: by id. Its
    own equalities are left to the sieve, as in `naming`."""

    async def find(query: Query[D]) -> Page[D]:
        assert not query.order, "comes by id"
        place = read_cursor(query)
        found: dict[str, Loaded[D]] = {}
        more = False
        for one in equals:
            part = Query(kind=kind, equals=one, limit=query.limit, descending=query.descending)
            page = await store.find(replace(part, cursor=cursor_after(part, None, place[1]) if place else ""))
            found |= {loaded.value.id: loaded for loaded in page.rows}
            more |= bool(page.next_cursor)
        ids = sorted(found, reverse=query.descending)
        more |= len(ids) > query.limit
        rows = [found[one] for one in ids[: query.limit]]
        return Page(rows, cursor_after(query, None, rows[-1].value.id) if more else "")

    return find


def _after(query: Query[D], hash: str, id: str) -> Query[Alias]:
    """The next alias rows of one hash, in the order of the documents."""
    return Query(
        kind=ALIASES,
        equals={"hash": hash, "kind": query.kind.name},
        order="row",
        at_least=f"{id}\0" if id and not query.descending else None,
        below=id if id and query.descending else None,
        descending=query.descending,
        limit=query.limit,
    )
