"""The files of a store: the lock that one process holds, the connections, and errors with advice for the operator."""

import fcntl
import os
import sqlite3
from pathlib import Path

from libs.errors import StoreUnavailable
from libs.store.port import StoreInUse

_BUSY_SECONDS = 0.05
"""How long to wait for somebody with the `sqlite3` shell; short, because the event loop waits too."""
_STATEMENTS_KEPT = 512
CACHE_BYTES = 4 * 1024 * 1024
"""Of pages, for each of the three connections of a store: an embedded cell has five stores in one process, and what is
not here is in the cache of the file system."""
_BROKEN = "stop the process, keep the file aside and put a copy from before in its place"
_ANYTHING_ELSE = "look at the disk and at the permissions of the folder"
_WHAT_TO_DO = {
    sqlite3.SQLITE_FULL: "make room on its disk",
    sqlite3.SQLITE_BUSY: "close what else has the file open, such as the sqlite3 shell",
    sqlite3.SQLITE_LOCKED: "close what else has the file open, such as the sqlite3 shell",
    sqlite3.SQLITE_READONLY: "let this user write to the file and its folder",
    sqlite3.SQLITE_CANTOPEN: "let this user read and write the file and its folder",
    sqlite3.SQLITE_PERM: "let this user read and write the file and its folder",
    sqlite3.SQLITE_NOTADB: _BROKEN,
    sqlite3.SQLITE_CORRUPT: _BROKEN,
}
_DURABLE = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA fullfsync = ON",
    "PRAGMA secure_delete = ON",
    "PRAGMA temp_store = MEMORY",
)


class Lock:
    """Lets only one process use a store: SQLite would allow a second one, and neither would see the other's groups."""

    def __init__(self, path: Path) -> None:
        """Take the lock of the store at `path`; StoreInUse if it is taken. OSError."""
        self._file = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as err:
            owner = os.pread(self._file, 20, 0).decode(errors="replace") or "unknown"
            os.close(self._file)
            raise StoreInUse(
                f"{path} is open in process {owner}; stop that process, or give this one another folder with "
                "PRM_DATA_DIR, or set PRM_STORE_URL to a MongoDB, which many processes can share"
            ) from err
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, str(os.getpid()).encode(), 0)

    def release(self) -> None:
        """Release the lock."""
        os.close(self._file)


def unavailable(err: sqlite3.Error, path: Path) -> StoreUnavailable:
    """The error for callers; for the operator it names the file and the remedy."""
    code = (getattr(err, "sqlite_errorcode", None) or 0) & 0xFF  # without what SQLite adds to it
    return StoreUnavailable(f"SQLite: {err}", at=f"{path}; {_WHAT_TO_DO.get(code, _ANYTHING_ELSE)}")


def writer(path: Path) -> sqlite3.Connection:
    """The connection that writes; it is used in the event loop and in the commit thread, never in both at a time."""
    connection = _connect(str(path))
    try:
        for pragma in _DURABLE:
            connection.execute(pragma)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def reader(path: Path) -> sqlite3.Connection:
    """A read-only connection, which sees what was committed."""
    return _connect(f"{path.absolute().as_uri()}?mode=ro")


def _connect(name: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        name,
        timeout=_BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=_STATEMENTS_KEPT,
        uri=name.startswith("file:"),
    )
    connection.execute(f"PRAGMA cache_size = -{CACHE_BYTES // 1024}")
    return connection
