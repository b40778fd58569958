"""`SqliteStore`: reads in the event loop on a connection of their own, long reads in a thread, writes by group
commit."""

import asyncio
import sqlite3
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

from libs.errors import StoreUnavailable
from libs.store.codec import by_id, check_ids, check_writes, decode, page
from libs.store.kept import Kept
from libs.store.lanes import Lane
from libs.store.port import (
    ROWS_PER_PAGE,
    D,
    Kind,
    Loaded,
    Page,
    Query,
    UndeclaredKind,
    Write,
)
from libs.store.sqlite import files, schema
from libs.store.sqlite.group import GroupCommit
from libs.store.sqlite.plan import Plan
from libs.store.sqlite.queries import Statement, counting, statement

COMMIT_INTERVAL = timedelta(milliseconds=5)

_PURGE_ATTEMPTS = 40
_PURGE_PAUSE_SECONDS = 0.05


class _Files(NamedTuple):
    lock: files.Lock
    writer: sqlite3.Connection
    reader: sqlite3.Connection
    scanner: sqlite3.Connection


class SqliteStore:
    """The store port over one SQLite database; made by `open`, belongs to the event loop that opened it."""

    def __init__(self, opened: _Files, path: Path, commit_interval: timedelta) -> None:
        self._files = opened
        self._path = path
        self._lane = Lane()
        self._group = GroupCommit(opened.writer, commit_interval.total_seconds(), path, self._lane)
        self._scans = ThreadPoolExecutor(1, "store-scan")
        self._plans: dict[str, Plan] = {}
        self._kept = Kept()
        self._closed = False

    @classmethod
    async def open(cls, path: Path, *, commit_interval: timedelta = COMMIT_INTERVAL) -> "SqliteStore":
        """Open or create the database at `path` and its folder. commit_interval: the least time from one COMMIT to the
        next under load. StoreInUse if the database is open already, in this process or another; StoreUnavailable if it
        cannot be opened."""
        return cls(await asyncio.to_thread(_open, path), path, commit_interval)

    async def ensure(self, kinds: Sequence[Kind[Any]]) -> None:
        """See Store. Runs between two groups; commits that arrive meanwhile wait."""
        self._check_open()
        try:
            await self._group.alone(lambda connection: schema.ensure(connection, kinds))
        except sqlite3.Error as err:
            raise files.unavailable(err, self._path) from err
        self._plans |= {kind.name: Plan(kind) for kind in kinds}

    async def get_many(self, kind: Kind[D], ids: Sequence[str]) -> Mapping[str, Loaded[D]]:
        """See Store."""
        plan = self._plan(kind)
        try:
            if len(ids) == 1:  # most reads by far
                row = self._files.reader.execute(plan.get, tuple(ids)).fetchone()
                return {ids[0]: decode(kind, row[0])} if row else {}
            self._check_open()
            check_ids(ids)
            if len(ids) <= ROWS_PER_PAGE:
                return _documents(self._files.reader, plan, kind, ids)
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._scans, _documents, self._files.scanner, plan, kind, ids)
        except sqlite3.Error as err:
            raise files.unavailable(err, self._path) from err

    async def find(self, query: Query[D]) -> Page[D]:
        """See Store."""
        self._check_open()
        texts = self._plan(query.kind).queries
        wanted = statement(query, query.limit + 1, texts=texts)
        try:
            if query.limit > ROWS_PER_PAGE:
                loop = asyncio.get_running_loop()
                rows = await loop.run_in_executor(self._scans, _rows, self._files.scanner, query.kind, wanted)
            elif query.kind.kept:
                rows = self._kept_rows(query, wanted)
            else:
                rows = _rows(self._files.reader, query.kind, wanted)
            counted = self._counted(query) if query.count_up_to else 0
        except sqlite3.Error as err:
            raise files.unavailable(err, self._path) from err
        return page(query, rows, counted)

    async def commit(self, writes: Sequence[Write]) -> None:
        """See Store."""
        check_writes(writes)
        if writes:
            await self._group.commit([self._plan(write.kind).step(write, self._lane) for write in writes])

    async def is_new(self) -> bool:
        """See Restorable."""
        found: int = self._files.reader.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
        return not found

    async def load(self, kind: Kind[Any], documents: Sequence[bytes]) -> None:
        """See Restorable. The documents are one transaction."""
        self._check_open()
        plan = self._plan(kind)
        try:
            await self._group.alone(lambda connection: plan.load(connection, documents))
        except sqlite3.Error as err:
            raise files.unavailable(err, self._path) from err

    async def purge(self) -> None:
        """See Purging. `secure_delete` has overwritten the pages; this empties the write-ahead log. StoreUnavailable
        also if somebody reads from the log all the time, such as a backup."""
        self._check_open()
        for _ in range(_PURGE_ATTEMPTS):
            try:
                found = await self._group.alone(
                    lambda connection: connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
                )
            except sqlite3.Error as err:
                raise files.unavailable(err, self._path) from err
            [(busy, *_)] = found
            if not busy:
                return
            await asyncio.sleep(_PURGE_PAUSE_SECONDS)
        raise StoreUnavailable("SQLite: the write-ahead log is being read", at=str(self._path))

    async def close(self) -> None:
        """See Store."""
        if not self._closed:
            self._closed = True
            await self._group.close()
            await asyncio.to_thread(self._close)

    def _kept_rows(self, query: Query[D], wanted: Statement) -> list[Loaded[D]]:
        heads = statement(query, query.limit + 1, "version", texts=self._plan(query.kind).queries)
        found = self._files.reader.execute(heads.text, heads.parameters).fetchall()
        rows = self._kept.rows(query.kind, [(row[-1], row[0]) for row in found])
        if rows is None:
            rows = _rows(self._files.reader, query.kind, wanted)
            self._kept.keep(rows)
        return rows

    def _counted(self, query: Query[Any]) -> int:
        wanted = counting(query)
        found: int = self._files.reader.execute(wanted.text, wanted.parameters).fetchone()[0]
        return found

    def _close(self) -> None:
        self._scans.shutdown()
        self._files.scanner.close()
        self._files.reader.close()
        self._files.writer.close()  # last, because it empties the WAL, which readers cannot
        self._files.lock.release()

    def _check_open(self) -> None:
        if self._closed:
            raise StoreUnavailable("the store is closed")

    def _plan(self, kind: Kind[Any]) -> Plan:
        plan = self._plans.get(kind.name)
        if plan is None or (plan.kind is not kind and plan.kind.indexes != kind.indexes):
            raise UndeclaredKind(f"{kind.name} was not given to ensure, or with other indexes")
        return plan


def _open(path: Path) -> _Files:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = files.Lock(path)
    except OSError as err:
        raise StoreUnavailable(
            f"SQLite: {err.strerror}", at=f"{path}; let this user read and write the file and its folder"
        ) from err
    try:
        return _Files(lock, files.writer(path), files.reader(path), files.reader(path))
    except sqlite3.Error as err:
        lock.release()
        raise files.unavailable(err, path) from err


def _rows(connection: sqlite3.Connection, kind: Kind[D], wanted: Statement) -> list[Loaded[D]]:
    rows = connection.execute(wanted.text, wanted.parameters).fetchall()
    return [decode(kind, row[0]) for row in rows]


def _documents(connection: sqlite3.Connection, plan: Plan, kind: Kind[D], ids: Sequence[str]) -> dict[str, Loaded[D]]:
    if not ids:
        return {}
    text, parameters = plan.get_many(ids)
    rows = connection.execute(text, parameters).fetchall()
    return by_id(ids, (decode(kind, row[0]) for row in rows))
