"""Reads the stores of a cell at one moment, from another process than that which writes them.

A read transaction of SQLite sees the file as it was when the transaction began, and delays no writer. It only keeps the
write-ahead log from being emptied, so that grows while a backup is read.
"""

import sqlite3
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

from libs.errors import StoreUnavailable
from libs.store.snapshot import ROWS_PER_BATCH
from libs.store.sqlite import files
from libs.store.sqlite.plan import quoted

_KINDS = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"


class SqliteSnapshot:
    """The stores at these paths, by name, as they were when the snapshot was opened. See Snapshot."""

    def __init__(self, paths: Mapping[str, Path]) -> None:
        """Begin to read all of them at once. StoreUnavailable if one does not exist or cannot be read."""
        self._paths = paths
        self._connections: dict[str, sqlite3.Connection] = {}
        try:
            for name, path in paths.items():
                if not path.exists():
                    raise StoreUnavailable("SQLite: there is no such store", at=f"{path}; look at PRM_DATA_DIR")
                self._connections[name] = self._begin(path)
        except BaseException:
            self._close()
            raise

    async def kinds(self, store: str) -> Sequence[str]:
        """See Snapshot."""
        return [name for (name,) in self._connections[store].execute(_KINDS)]

    async def documents(self, store: str, kind: str) -> AsyncIterator[Sequence[bytes]]:
        """See Snapshot."""
        try:
            found = self._connections[store].execute(f"SELECT body FROM {quoted(kind)} ORDER BY id")
            while rows := found.fetchmany(ROWS_PER_BATCH):
                yield [body for (body,) in rows]
        except sqlite3.Error as err:
            raise files.unavailable(err, self._paths[store]) from err

    async def confirm(self) -> None:
        """See Snapshot; a read transaction is always of one moment."""

    async def close(self) -> None:
        """See Snapshot."""
        self._close()

    def _begin(self, path: Path) -> sqlite3.Connection:
        try:
            connection = files.reader(path)
            connection.execute("BEGIN")
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()  # only a read fixes the moment
        except sqlite3.Error as err:
            raise files.unavailable(err, path) from err
        return connection

    def _close(self) -> None:
        for connection in self._connections.values():
            connection.close()
