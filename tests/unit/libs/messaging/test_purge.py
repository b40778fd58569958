"""Marks and records go when nobody can repeat any more what they protect."""

from datetime import timedelta
from pathlib import Path

from libs.messaging.inbox import KEPT as SEEN_KEPT
from libs.messaging.inbox import SEEN, seen_put
from libs.messaging.purge import purge_requests, purge_seen
from libs.store.port import Query
from libs.store.requests import KEPT as REQUESTS_KEPT
from libs.store.requests import RECORDS, record
from libs.store.sqlite import SqliteStore
from tests.builders import NOW, a_call
from tests.contracts.messaging.things import ALL_KINDS, Thing

SECOND = timedelta(seconds=1)


async def test_marks_older_than_their_time_go_and_others_stay(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path / "store.db")
    await store.ensure(ALL_KINDS)
    for start in range(0, 250, 50):
        await store.commit([seen_put(f"old {number}", NOW - SEEN_KEPT - SECOND) for number in range(start, start + 50)])
    await store.commit([seen_put("young", NOW - SEEN_KEPT)])
    assert await purge_seen(store, NOW, rows_at_most=220) == 220
    assert await purge_seen(store, NOW) == 30
    assert [row.value.id for row in (await store.find(Query(kind=SEEN))).rows] == ["young"]
    await store.close()


async def test_records_older_than_their_time_go_and_others_stay(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path / "store.db")
    await store.ensure(ALL_KINDS)
    requests = {name: a_call(name).request for name in ("old", "young")}
    answer = Thing(id="a")
    await store.commit([record(requests["old"], answer, NOW - REQUESTS_KEPT - SECOND)])
    await store.commit([record(requests["young"], answer, NOW - REQUESTS_KEPT)])
    assert (await purge_requests(store, NOW), await purge_requests(store, NOW)) == (1, 0)
    assert [row.value.id for row in (await store.find(Query(kind=RECORDS))).rows] == [requests["young"].key]
    await store.close()
