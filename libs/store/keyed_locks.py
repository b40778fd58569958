"""Politeness between the calls of one process that are about to write the same guard document.

Only the version checks of the commit make such calls safe, between processes too. But of twenty callers who lose to
them again and again most would give up; here they stand in line instead.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary


class KeyedLocks:
    """A line per key; keys that nobody waits for are forgotten."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def of(self, key: str) -> AsyncIterator[None]:
        """Wait until nobody else of this process is at `key`; an empty key is nobody's."""
        if not key:
            yield
            return
        lock = self._locks.setdefault(key, asyncio.Lock())
        async with lock:
            yield
