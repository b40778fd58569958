"""Replaces alias rows of an earlier release, because rows that were hashed by other rules are not found.

A walk reads every alias row once, a page at a time, and compares the rows of its document with those that the present
rules give. Any process can continue a walk where it stopped. A second walk, an hour after the first, finds rows that
processes of the earlier release wrote while both releases ran.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from libs.privacy.aliases import ALIASES, Alias, alias_rows
from libs.privacy.keys import Keys
from libs.privacy.spelling import RULES
from libs.store.port import (
    ROWS_PER_PAGE,
    WRITES_PER_COMMIT,
    Document,
    Kind,
    Loaded,
    Query,
    Store,
    Write,
    create,
    get,
    get_all,
)

WALKS = 2
WALK_AGAIN_AFTER = timedelta(hours=1)
_ID = "walk"


class AliasWalk(Document, frozen=True, kw_only=True):
    """The progress of renewal in a service. rules: the version of the rules it renews to. cursor: after the last page
    that was read. walks: how many have ended, the last at `end_time`, which is None while a walk runs."""

    rules: int = 0
    cursor: str = ""
    walks: int = 0
    end_time: datetime | None = None


ALIAS_WALKS = Kind("alias_walk", AliasWalk)


async def renew_aliases(store: Store, keys: Keys, kinds: Sequence[Kind[Any]], now: datetime) -> int:
    """Renew the next page of alias rows; how many were read, 0 if no walk is due. kinds: those of the service that hold
    persons. VersionConflict if another commit changed one of the rows; the next call reads the page again.
    StoreUnavailable."""
    held = await get(store, ALIAS_WALKS, _ID)
    walk = held.value if held is not None else AliasWalk(id=_ID)
    if walk.rules != RULES:
        walk = replace(walk, rules=RULES, cursor="", walks=0, end_time=None)
    if walk.end_time is not None and (walk.walks >= WALKS or now < walk.end_time + WALK_AGAIN_AFTER):
        return 0
    page = await store.find(Query(kind=ALIASES, limit=ROWS_PER_PAGE, cursor=walk.cursor))
    await _renew(store, keys, {kind.name: kind for kind in kinds}, page.rows)
    walk = replace(walk, cursor=page.next_cursor, end_time=None)
    if not page.next_cursor:
        walk = replace(walk, walks=walk.walks + 1, end_time=now)
    await store.commit([held.put(walk) if held is not None else create(ALIAS_WALKS, walk)])
    return len(page.rows)


async def are_renewed(store: Store) -> bool:
    """Whether a walk with the present rules has ended. Only processes of an earlier release may have written other rows
    since."""
    held = await get(store, ALIAS_WALKS, _ID)
    return held is not None and held.value.rules == RULES and held.value.walks > 0


async def _renew(store: Store, keys: Keys, kinds: Mapping[str, Kind[Any]], rows: Sequence[Loaded[Alias]]) -> None:
    """Replace the alias rows that differ from those of their documents. Rows of an unknown kind stay."""
    by_document = defaultdict[tuple[str, str], list[Loaded[Alias]]](list)
    for one in rows:
        if one.value.kind in kinds:
            by_document[one.value.kind, one.value.row].append(one)
    documents = {name: await get_all(store, kind, _of(name, by_document)) for name, kind in kinds.items()}
    wanted = {(name, row): _wanted(keys, kinds[name], row, documents[name].get(row)) for name, row in by_document}
    there = await get_all(store, ALIASES, (name for found in wanted.values() for name in found))
    for place, present in by_document.items():
        added = (create(ALIASES, one) for name, one in wanted[place].items() if name not in there)
        removed = (one.delete() for one in present if one.value.id not in wanted[place])
        writes: list[Write] = [*added, *removed]
        for start in range(0, len(writes), WRITES_PER_COMMIT):
            await store.commit(writes[start : start + WRITES_PER_COMMIT])


def _of(kind: str, places: Mapping[tuple[str, str], object]) -> list[str]:
    return [row for name, row in places if name == kind]


def _wanted(keys: Keys, kind: Kind[Any], row: str, loaded: Loaded[Any] | None) -> dict[str, Alias]:
    """The alias rows of a document by the present rules; empty if the document was removed."""
    if loaded is None or kind.persons is None:
        return {}
    return alias_rows(keys, kind, row, kind.persons.of(loaded.value))
