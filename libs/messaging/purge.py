"""Deleting what protected repetitions long ago; a service's jobs call these."""

from datetime import datetime
from typing import Any

from libs.messaging.inbox import KEPT as SEEN_KEPT
from libs.messaging.inbox import SEEN
from libs.store.port import Kind, Query, Store, VersionConflict
from libs.store.requests import KEPT as REQUESTS_KEPT
from libs.store.requests import RECORDS

ROWS_PER_RUN = 5_000
ROWS_PER_COMMIT = 100  # few, so that commands wait for none of them


async def purge_seen(store: Store, now: datetime, *, rows_at_most: int = ROWS_PER_RUN) -> int:
    """Delete marks older than 14 days; how many. StoreUnavailable."""
    return await _purge(store, SEEN, now - SEEN_KEPT, rows_at_most)


async def purge_requests(store: Store, now: datetime, *, rows_at_most: int = ROWS_PER_RUN) -> int:
    """Delete records of requests older than 7 days; how many. StoreUnavailable."""
    return await _purge(store, RECORDS, now - REQUESTS_KEPT, rows_at_most)


async def _purge(store: Store, kind: Kind[Any], before: datetime, rows_at_most: int) -> int:
    """In commits of 100. A conflict means that a replica purges as well: the rest is left to it."""
    count = 0
    while (wanted := min(ROWS_PER_COMMIT, rows_at_most - count)) > 0:
        page = await store.find(Query(kind=kind, order="at", below=before, limit=wanted))
        if not page.rows:
            break
        try:
            await store.commit([row.delete() for row in page.rows])
        except VersionConflict:
            break
        count += len(page.rows)
    return count
