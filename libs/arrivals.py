"""Calls that wait for an event to be taken in: woken by the intake of this process, or, where another replica took the
event in, by looking again at a bounded interval."""

import asyncio
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress

from libs.clock import monotonic

WAITERS = 64
LOOK_SECONDS = 0.1


class Arrivals:
    """Everybody in a process who waits; more than `WAITERS` at once do not. Nobody holds a lock or a transaction while
    waiting."""

    def __init__(self) -> None:
        self._waiting: dict[str, set[asyncio.Event]] = {}
        self._count = 0

    def tell(self, about: str) -> None:
        """An event about this document has had its effect here."""
        for woken in self._waiting.get(about, ()):
            woken.set()

    @contextmanager
    def waiting(self, about: Collection[str], *, seconds: float) -> "Iterator[Waiter]":
        """Wait for events about any of these documents, at most so long; not at all if too many do."""
        if self._count >= WAITERS:
            yield Waiter(asyncio.Event(), 0.0)
            return
        woken = asyncio.Event()
        self._count += 1
        for one in about:
            self._waiting.setdefault(one, set()).add(woken)
        try:
            yield Waiter(woken, seconds)
        finally:
            self._count -= 1
            for one in about:
                self._waiting[one].discard(woken)
                if not self._waiting[one]:
                    del self._waiting[one]


class Waiter:
    """One who waits."""

    def __init__(self, woken: asyncio.Event, seconds: float) -> None:
        self._woken = woken
        self._until = monotonic() + seconds

    async def again(self) -> bool:
        """Whether to look again; returns when there is a reason to, the last time when the time is over."""
        left = self._until - monotonic()
        if left <= 0:
            return False
        with suppress(TimeoutError):
            async with asyncio.timeout(min(left, LOOK_SECONDS)):
                await self._woken.wait()
        self._woken.clear()
        return True
