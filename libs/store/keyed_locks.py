"""Locks by key, for the calls of one process that are about to write the same lock document.

The version checks of the commit alone make such calls safe, also between processes. But of twenty callers most would
fail a version check again and again and give up; with a lock they wait for each other instead.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary


class KeyedLocks:
    """A lock per key; the lock of a key that no caller uses is dropped."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def of(self, key: str) -> AsyncIterator[None]:
        """Hold the lock of `key` for the block; an empty key takes no lock."""
        if not key:
            yield
            return
        lock = self._locks.setdefault(key, asyncio.Lock())
        async with lock:
            yield
