"""The storage port on SQLite, for one process on one machine; see README.md."""

from libs.store.sqlite.store import SqliteStore

__all__ = ["SqliteStore"]
