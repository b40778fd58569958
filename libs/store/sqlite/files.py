"""The files of a store: who may have them open, and how."""

import fcntl
import os
import sqlite3
from pathlib import Path

from libs.store.port import StoreInUse

_BUSY_SECONDS = 0.05
"""How long to wait for somebody with the `sqlite3` shell; short, because the event loop waits too."""
_STATEMENTS_KEPT = 512
_DURABLE = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA fullfsync = ON",
    "PRAGMA secure_delete = ON",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA cache_size = -16384",
)


class Lock:
    """One process per store: SQLite itself would let a second one in, and neither would see the other's groups."""

    def __init__(self, path: Path) -> None:
        """Take the lock of the store at `path`; StoreInUse if somebody has it."""
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
        """Let the next process in."""
        os.close(self._file)


def writer(path: Path) -> sqlite3.Connection:
    """The connection that writes; used in the event loop and, for COMMIT only, in a thread."""
    connection = _connect(str(path))
    try:
        for pragma in _DURABLE:
            connection.execute(pragma)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def reader(path: Path) -> sqlite3.Connection:
    """A connection that only reads what was committed."""
    return _connect(f"{path.absolute().as_uri()}?mode=ro")


def _connect(name: str) -> sqlite3.Connection:
    return sqlite3.connect(
        name,
        timeout=_BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=_STATEMENTS_KEPT,
        uri=name.startswith("file:"),
    )
