"""Encrypts the documents that an earlier release stored in clear, while the service runs.

`prm seal` orders it, once no process of the earlier release writes any more. A walk reads every row of every kind that
holds personal data, a page at a time, and writes those that are in clear again; any process can continue it where it
stopped. When a walk that began ten minutes after the order has found nothing in clear, the store is marked, and from
then on a document in clear is refused.

A store that was marked by the rules of another release is read in both forms and walked again. A process of that
release, as long as one runs, turns the walk back to its own rules, so it cannot end before.
"""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import structlog
from msgspec.structs import replace

from libs.privacy.sealing.documents import SEAL_WALKS, WALK_ID, SealWalk
from libs.privacy.sealing.store import SealedStore
from libs.store.port import ROWS_PER_PAGE, Kind, Query, VersionConflict, create, get

SETTLED = timedelta(minutes=10)
"""After the first process has seen the order, or its walk, every process has."""

log = structlog.get_logger()


async def seal_documents(store: SealedStore, now: datetime, *, ordered: bool) -> int:
    """Encrypt the next page of documents; how many rows were read, 0 if it was not ordered or the store is marked.
    StoreUnavailable."""
    held = await get(store.inner, SEAL_WALKS, WALK_ID)
    if held is None and not ordered:
        return 0
    store.sealing = True
    walk = held.value if held is not None else None
    if walk is None or walk.rules != store.rules:
        walk = SealWalk(id=WALK_ID, rules=store.rules, order_time=now, version=walk.version if walk else 0)
    if walk.done:
        store.strict = True
        return 0
    if not walk.kind:
        settled = walk.order_time is not None and now >= walk.order_time + SETTLED
        if walk.walked and not settled:
            return 0
        walk = replace(walk, settled=settled)
    kinds = store.sealed_kinds()
    name = walk.kind or kinds[0].name
    kind = next((one for one in kinds if one.name == name), kinds[0])
    page = await store.find(Query(kind=kind, limit=ROWS_PER_PAGE, cursor=walk.cursor))
    clear = [one for one in page.rows if store.is_clear(one)]
    for one in clear:
        with suppress(VersionConflict):  # somebody else wrote it, so the next walk looks at it again
            await store.commit([one.put((await store.shown(one)).value)])
    walk = replace(walk, kind=kind.name, cursor=page.next_cursor, found=walk.found + len(clear))
    if not page.next_cursor:
        walk = _at_next_kind(walk, kinds)
    put = held.put(walk) if held is not None else create(SEAL_WALKS, walk)
    with suppress(VersionConflict):  # another process walks too
        await store.inner.commit([put])
    if walk.done:
        log.info("store_sealed", service=store.service, documents=walk.sealed)
        store.strict = True
    return max(1, len(page.rows))


def _at_next_kind(walk: SealWalk, kinds: tuple[Kind[Any], ...]) -> SealWalk:
    """The walk at the beginning of the next kind; after the last one it is done, or begins again if it found any."""
    names = [one.name for one in kinds]
    place = names.index(walk.kind) + 1
    if place < len(names):
        return replace(walk, kind=names[place])
    done = walk.settled and not walk.found
    return replace(walk, kind="", found=0, sealed=walk.sealed + walk.found, walked=True, done=done)
