"""What a restored store must not have in common with the one it replaces.

Between the backup and the restore the cell gave versions and event numbers that the restored store does not know. If it
gave them again, a caller with an old etag would overwrite what it never saw, a projection would take a new change for
one that it knows, and the trail would see a lane end before events that it has. So every document gets a version that
was never given before, all lanes end without a statement, and the next ones count in a new epoch.
"""

from datetime import datetime

import msgspec
from msgspec.structs import replace

from libs.clock import Clock
from libs.ids import unique
from libs.lane_head import LaneState
from libs.messaging.lanes import COUNT, LANE_COUNT, LANES, LaneCount, LaneRow
from libs.messaging.outbox import OUTBOX
from libs.store.port import ROWS_PER_EXPORT_BATCH, Query, Store, create, get

VERSIONS_LEFT_OUT = 1_000_000
"""More than a document has changed between a backup and its restore."""


def moved_on(kind: str, document: bytes) -> bytes:
    """The document, as JSON, with a version that it never had. A row of the outbox never changes and keeps its own."""
    if kind == OUTBOX.name:
        return document
    plain = msgspec.json.decode(document)
    return msgspec.json.encode({**plain, "version": plain["version"] + VERSIONS_LEFT_OUT})


async def begin_epoch(store: Store, taken_at: datetime, clock: Clock) -> None:
    """End the lanes of the backup, also of processes that had no row yet, and count the next ones from 1 in a new
    epoch. taken_at: when the backup was taken. StoreUnavailable."""
    now = clock.now()
    known = await _rows_of_lanes(store, now)
    for lane, number in (await _numbers(store)).items():
        if lane not in known:
            await store.commit([create(LANES, _ended(lane, number, now))])
    count = await get(store, LANE_COUNT, COUNT)
    fresh = LaneCount(id=COUNT, lanes=0, epoch=unique(), backup_time=taken_at)
    await store.commit([create(LANE_COUNT, fresh) if count is None else count.put(fresh)])


async def _rows_of_lanes(store: Store, now: datetime) -> set[str]:
    """The lanes that have a row; those that are open are ended."""
    known: set[str] = set()
    for state in LaneState:
        query = Query(kind=LANES, equals={"state": state}, order="heard_time", limit=ROWS_PER_EXPORT_BATCH)
        while True:
            page = await store.find(query)
            known |= {one.value.id for one in page.rows}
            for one in page.rows:
                if state is LaneState.OPEN:
                    await store.commit([one.put(replace(one.value, state=LaneState.CLOSED, heard_time=now))])
            if not page.next_cursor:
                break
            query = replace(query, cursor=page.next_cursor)
    return known


async def _numbers(store: Store) -> dict[str, int]:
    """The lanes of the events in the outbox, each with its highest number."""
    found: dict[str, int] = {}
    query = Query(kind=OUTBOX, order="at", limit=ROWS_PER_EXPORT_BATCH)
    while True:
        page = await store.find(query)
        for one in page.rows:
            if one.value.number:
                found[one.value.lane] = max(one.value.number, found.get(one.value.lane, 0))
        if not page.next_cursor:
            return found
        query = replace(query, cursor=page.next_cursor)


def _ended(lane: str, number: int, now: datetime) -> LaneRow:
    return LaneRow(
        id=lane,
        ordinal=0,
        number=number,
        state=LaneState.CLOSED,
        heard_time=now,
        stated_number=number,
        stated_time=now,
        next_time=now,
    )
