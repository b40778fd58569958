"""What is true of SQLite alone: one process, one walk along one index, a full disk."""

import asyncio
import os
import resource
import sqlite3
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from libs.errors import StoreUnavailable
from libs.store.codec import write_cursor
from libs.store.port import Document, Index, Kind, Query, Store, StoreInUse, create, get
from libs.store.sqlite import SqliteStore
from libs.store.sqlite.queries import statement

ROOT = Path(__file__).parents[4]
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
PADDING = "x" * 4_000


class Row(Document, frozen=True, kw_only=True):
    """What is stored here."""

    partner: str = ""
    at: datetime | None = None
    number: int = 0
    text: str = ""


ROWS = Kind("row", Row, (Index(("partner", "at")), Index(("at",)), Index(("partner", "number"), unique=True)))

QUERIES: tuple[dict[str, Any], ...] = (
    {},
    {"equals": {"partner": "p"}, "order": "at"},
    {"equals": {"partner": None}, "order": "at"},
    {"equals": {"partner": "p"}, "order": "at", "below": NOON},
    {"equals": {"partner": "p"}, "order": "at", "at_least": NOON, "below": NOON},
    {"order": "at"},
    {"order": "at", "below": NOON},
)


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("last", [None, Row(id="r", at=NOON), Row(id="r")], ids=["first", "after", "after none"])
@pytest.mark.parametrize("shape", QUERIES)
async def test_a_query_walks_an_index_and_sorts_nothing(
    shape: dict[str, Any], last: Row | None, descending: bool, tmp_path: Path
) -> None:
    query: Query[Row] = Query(kind=ROWS, descending=descending, **shape)
    if last is not None:
        query = msgspec.structs.replace(query, cursor=write_cursor(query, last))
    await (await _open(tmp_path)).close()
    plan = _plan(tmp_path, query)
    walks = [step for step in plan if " row" in step]
    assert walks, plan
    assert all("INDEX" in step for step in walks), plan
    if len(walks) == 1:  # two stretches of fifty rows each are merged by sorting them
        assert not [step for step in plan if "TEMP B-TREE" in step and "PART OF" not in step], plan
    if query.equals:
        assert all(step.startswith("SEARCH") for step in walks), plan


async def test_all_fields_of_a_unique_index_are_looked_up_in_it(tmp_path: Path) -> None:
    await (await _open(tmp_path)).close()
    plan = _plan(tmp_path, Query(kind=ROWS, equals={"partner": "p", "number": 1}))
    assert [step.startswith("SEARCH row USING INDEX") for step in plan] == [True]


async def test_a_store_that_is_open_is_not_opened_again(tmp_path: Path) -> None:
    store = await _open(tmp_path)
    with pytest.raises(StoreInUse) as failed:
        await SqliteStore.open(tmp_path / "store.db")
    assert str(failed.value) == (
        f"{tmp_path}/store.db is open in process {os.getpid()}; stop that process, or give this one another folder "
        "with PRM_DATA_DIR, or set PRM_STORE_URL to a MongoDB, which many processes can share"
    )
    await store.close()
    await (await _open(tmp_path)).close()


async def test_another_process_is_refused_until_this_one_is_gone(tmp_path: Path) -> None:
    holder = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.unit.libs.store.holder", str(tmp_path), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert holder.stdout is not None
    async with asyncio.timeout(20):
        assert await holder.stdout.readline() == b"open\n"
        with pytest.raises(StoreInUse, match=f"open in process {holder.pid};"):
            await SqliteStore.open(tmp_path / "store.db")
        holder.kill()
        await holder.wait()
    store = await _open(tmp_path)
    assert await get(store, ROWS, "held") is not None
    await store.close()


async def test_a_file_that_is_no_database_is_unavailable_and_let_go(tmp_path: Path) -> None:
    (tmp_path / "store.db").write_bytes(b"not a database" * 1_000)
    with pytest.raises(StoreUnavailable) as failed:
        await SqliteStore.open(tmp_path / "store.db")
    assert str(failed.value) == (
        f"SQLite: file is not a database: {tmp_path}/store.db; stop the process, keep the file aside and put a copy "
        "from before in its place"
    )
    assert failed.value.message == "SQLite: file is not a database", "callers are told of no files"
    (tmp_path / "store.db").unlink()
    await (await _open(tmp_path)).close()


@pytest.mark.parametrize("blocked", ["store.db", "store.db.lock", ""])
async def test_a_file_that_cannot_be_used_is_named_with_what_to_do(blocked: str, tmp_path: Path) -> None:
    folder = tmp_path / "deals"
    if blocked:  # a folder is where a file should be
        (folder / blocked).mkdir(parents=True)
    else:
        folder.write_text("a file is where the folder should be")
    with pytest.raises(StoreUnavailable) as failed:
        await SqliteStore.open(folder / "store.db")
    assert str(failed.value).startswith("SQLite: ")
    assert str(failed.value).endswith(f": {folder}/store.db; let this user read and write the file and its folder")


async def test_what_is_deleted_is_not_left_in_the_file(tmp_path: Path) -> None:
    store = await _open(tmp_path)
    await store.commit([create(ROWS, Row(id="a", text="MARKED-7f3a"))])
    assert b"MARKED-7f3a" in _bytes(tmp_path)
    loaded = await get(store, ROWS, "a")
    assert loaded is not None
    await store.commit([loaded.delete()])
    await store.close()
    assert b"MARKED-7f3a" not in _bytes(tmp_path)


async def test_a_page_of_an_export_is_read_beside_the_loop(tmp_path: Path) -> None:
    store = await _open(tmp_path)
    for start in range(0, 1_000, 100):
        await store.commit([create(ROWS, Row(id=f"{n:04}", number=n)) for n in range(start, start + 100)])
    turns = 0
    export = asyncio.create_task(store.find(Query(kind=ROWS, limit=1_000)))
    while not export.done():
        turns += 1
        await asyncio.sleep(0)
    assert len((await export).rows) == 1_000
    assert turns > 2
    await store.close()


async def test_a_full_disk_loses_nothing_and_is_survived(tmp_path: Path) -> None:
    """In a process of its own, because the limit on the size of files holds for all of one."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", f"import {__name__} as t; t.fill_the_disk({str(tmp_path)!r})", cwd=ROOT
    )
    async with asyncio.timeout(30):
        assert await child.wait() == 0


def _bytes(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())


def _plan(folder: Path, query: Query[Row]) -> list[str]:
    """How SQLite goes about it, step by step."""
    wanted = statement(query, 51, texts={})
    connection = sqlite3.connect(folder / "store.db")
    try:
        return [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {wanted.text}", wanted.parameters)]
    finally:
        connection.close()


def fill_the_disk(folder: str) -> None:
    """The rule as a process: 0 if it holds."""
    asyncio.run(_fill_the_disk(Path(folder)))


async def _fill_the_disk(folder: Path) -> None:
    store = await _open(folder)
    await store.commit([create(ROWS, Row(id="first"))])
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_500_000, limits[1]))
    acknowledged, refused = {"first"}, set[str]()
    for turn in range(30):
        ids = [f"{turn}-{n}" for n in range(20)]
        tried = [store.commit([_padded(id), _padded(f"{id}+")]) for id in ids]
        for id, answer in zip(ids, await asyncio.gather(*tried, return_exceptions=True), strict=True):
            assert answer is None or isinstance(answer, StoreUnavailable), answer
            (refused if answer else acknowledged).add(id)
    assert refused, "the disk was not full"
    assert len(acknowledged) > 20
    assert await get(store, ROWS, "first") is not None, "what is there can still be read"
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    await store.commit([create(ROWS, Row(id="after", partner="after"))])
    await store.close()
    store = await _open(folder)
    stored = {loaded.value.id for loaded in (await store.find(Query(kind=ROWS, limit=1_000))).rows}
    assert {id for id in stored if not id.endswith("+")} == acknowledged | {"after"}
    assert len(stored) == 2 * len(acknowledged)
    await store.close()


def _padded(id: str) -> Any:
    return create(ROWS, Row(id=id, text=PADDING, partner=id))


async def _open(folder: Path) -> Store:
    store = await SqliteStore.open(folder / "store.db")
    await store.ensure([ROWS])
    return store
