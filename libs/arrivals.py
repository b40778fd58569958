"""Lets a call wait until an event has been consumed. The consumer of this process wakes it at once; if another replica
consumed the event, the call finds its effect when it looks again, LOOK_SECONDS later at most."""

import asyncio
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress

from libs.clock import monotonic

WAITERS = 64
WAITERS_PER_CALLER = 16
LOOK_SECONDS = 0.1


class Arrivals:
    """The waiting calls of a process, WAITERS at most, and WAITERS_PER_CALLER of each caller; a call beyond that does
    not wait. A call holds no lock and no transaction while it waits."""

    def __init__(self) -> None:
        self._waiting: dict[str, set[asyncio.Event]] = {}
        self._callers = Counter[str]()

    def tell(self, about: str) -> None:
        """Wake the calls that wait for this document: an event about it has taken effect in this process."""
        for woken in self._waiting.get(about, ()):
            woken.set()

    @contextmanager
    def waiting(self, about: Collection[str], *, seconds: float, caller: str) -> "Iterator[Waiter]":
        """A waiter for events about any of these documents, for `seconds` at most; for 0 if WAITERS calls wait, or
        WAITERS_PER_CALLER of this caller."""
        if self._callers.total() >= WAITERS or self._callers[caller] >= WAITERS_PER_CALLER:
            yield Waiter(asyncio.Event(), 0.0)
            return
        woken = asyncio.Event()
        self._callers[caller] += 1
        for one in about:
            self._waiting.setdefault(one, set()).add(woken)
        try:
            yield Waiter(woken, seconds)
        finally:
            self._callers[caller] -= 1
            if not self._callers[caller]:
                del self._callers[caller]
            for one in about:
                self._waiting[one].discard(woken)
                if not self._waiting[one]:
                    del self._waiting[one]


class Waiter:
    """One waiting call; made by `Arrivals.waiting`."""

    def __init__(self, woken: asyncio.Event, seconds: float) -> None:
        self._woken = woken
        self._until = monotonic() + seconds

    async def again(self) -> bool:
        """Wait for an event, LOOK_SECONDS at most, and return True: the caller should look again. False, at once, if
        the time of the waiter is over."""
        left = self._until - monotonic()
        if left <= 0:
            return False
        with suppress(TimeoutError):
            async with asyncio.timeout(min(left, LOOK_SECONDS)):
                await self._woken.wait()
        self._woken.clear()
        return True
