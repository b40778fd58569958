"""What a backup and a restore need of an engine: the documents of several stores at one moment, and a way to write them
into a new store with the versions that they had."""

from collections.abc import AsyncIterator, Sequence
from typing import Any, Protocol

from libs.store.port import Kind, Store

ROWS_PER_BATCH = 500


class BackupRefused(Exception):
    """A backup is not taken, or not restored, for the reason in the text."""


class Snapshot(Protocol):
    """The documents of several stores at one moment; services may write meanwhile."""

    async def kinds(self, store: str) -> Sequence[str]:
        """The kinds of which the store has documents or has had some, in order."""
        ...

    def documents(self, store: str, kind: str) -> AsyncIterator[Sequence[bytes]]:
        """All documents of a kind as JSON, by id, ROWS_PER_BATCH at a time."""
        ...

    async def confirm(self) -> None:
        """Call it after the last read: BackupRefused if what was read may not be of one moment."""
        ...

    async def close(self) -> None:
        """Give up the snapshot."""
        ...


class Restorable(Store, Protocol):
    """A store into which a backup can be restored."""

    async def is_new(self) -> bool:
        """Whether the store has had no document yet."""
        ...

    async def load(self, kind: Kind[Any], documents: Sequence[bytes]) -> None:
        """Write new documents as they are, from JSON, with their versions; durable when it returns. UniqueViolation or
        VersionConflict if the store has a document already; OlderRelease if one is not of this kind."""
        ...
