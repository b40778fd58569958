"""Deletes old seen marks and request records; the runtime runs these functions as jobs."""

from datetime import datetime, timedelta
from typing import Any

import structlog

from libs.messaging.inbox import KEPT as SEEN_KEPT
from libs.messaging.inbox import SEEN
from libs.messaging.outbox import EDGE_OUTBOX, HELD, micros
from libs.store.port import Kind, Query, Store, VersionConflict
from libs.store.requests import KEPT as REQUESTS_KEPT
from libs.store.requests import RECORDS

log = structlog.get_logger()

EDGE_KEPT = timedelta(days=30)
ROWS_PER_RUN = 5_000
ROWS_PER_COMMIT = 100  # few, so that commands do not wait long for these commits


async def purge_seen(store: Store, now: datetime, *, rows_at_most: int = ROWS_PER_RUN) -> int:
    """Delete seen marks older than 14 days; how many were deleted. StoreUnavailable."""
    return await _purge(store, SEEN, now - SEEN_KEPT, rows_at_most)


async def purge_requests(store: Store, now: datetime, *, rows_at_most: int = ROWS_PER_RUN) -> int:
    """Delete request records older than 7 days; how many were deleted. StoreUnavailable."""
    return await _purge(store, RECORDS, now - REQUESTS_KEPT, rows_at_most)


async def purge_edge(store: Store, now: datetime, *, rows_at_most: int = ROWS_PER_RUN) -> int:
    """Delete events for other cells that could not be sent, or were not permitted, for EDGE_KEPT; how many were
    deleted. StoreUnavailable."""
    before = micros(now - EDGE_KEPT)
    found = await _purge(store, EDGE_OUTBOX, before, rows_at_most) + await _purge(store, HELD, before, rows_at_most)
    if found:
        log.info("events_for_other_cells_dropped", count=found, kept_days=EDGE_KEPT.days)
    return found


async def _purge(store: Store, kind: Kind[Any], before: datetime | int, rows_at_most: int) -> int:
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
