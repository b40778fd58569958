"""Deletes old seen marks and request records; the runtime runs these functions as jobs."""

from datetime import datetime
from typing import Any

from libs.messaging.inbox import KEPT as SEEN_KEPT
from libs.messaging.inbox import SEEN
from libs.store.port import Kind, Query, Store, VersionConflict
from libs.store.requests import KEPT as REQUESTS_KEPT
from libs.store.requests import RECORDS

ROWS_PER_RUN = 5_000
ROWS_PER_COMMIT = 100  # few, so that commands do not wait long for these commits


async def purge_seen(store: Store, now: datetime, *, rows_at_most: int = ROWS_PER_RUN) -> int:
    """Delete seen marks older than 14 days; how many were deleted. StoreUnavailable."""
    return await _purge(store, SEEN, now - SEEN_KEPT, rows_at_most)


async def purge_requests(store: Store, now: datetime, *, rows_at_most: int = ROWS_PER_RUN) -> int:
    """Delete request records older than 7 days; how many were deleted. StoreUnavailable."""
    return await _purge(store, RECORDS, now - REQUESTS_KEPT, rows_at_most)


async def _purge(store: Store, kind: Kind[Any], before: datetime, rows_at_most: int) -> int:
    """Delete rows in commits of 100. A conflict means that another replica purges too, which gets the rest."""
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
