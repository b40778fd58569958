"""Wrappers that make any store misbehave, for tests of what stands on it; each adds one behaviour."""

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

from libs.errors import StoreUnavailable
from libs.store.port import D, Kind, Loaded, Page, Query, Store, Write


class Wrapper:
    """A store that asks another one; the base of wrappers, which override what they change."""

    def __init__(self, inner: Store) -> None:
        self.inner = inner

    async def ensure(self, kinds: Sequence[Kind[Any]]) -> None:
        """See Store."""
        await self.inner.ensure(kinds)

    async def get_many(self, kind: Kind[D], ids: Sequence[str]) -> Mapping[str, Loaded[D]]:
        """See Store."""
        return await self.inner.get_many(kind, ids)

    async def find(self, query: Query[D]) -> Page[D]:
        """See Store."""
        return await self.inner.find(query)

    async def commit(self, writes: Sequence[Write]) -> None:
        """See Store."""
        await self.inner.commit(writes)

    async def close(self) -> None:
        """See Store."""
        await self.inner.close()


class FailingCommits(Wrapper):
    """Raises the errors it was given, one a commit, in order; then commits as the inner store does."""

    def __init__(self, inner: Store) -> None:
        super().__init__(inner)
        self._before: deque[Exception] = deque()
        self._after: deque[Exception] = deque()

    def refuse_next(self, *errors: Exception) -> None:
        """The next commits fail and leave nothing."""
        self._before.extend(errors)

    def lose_next_answer(self, *errors: Exception) -> None:
        """The next commits succeed, but their callers get an error."""
        self._after.extend(errors)

    async def commit(self, writes: Sequence[Write]) -> None:
        """See Store."""
        if self._before:
            raise self._before.popleft()
        await self.inner.commit(writes)
        if self._after:
            raise self._after.popleft()


class Away(Wrapper):
    """Cannot be reached while `away` is set."""

    def __init__(self, inner: Store) -> None:
        super().__init__(inner)
        self.away = False

    async def ensure(self, kinds: Sequence[Kind[Any]]) -> None:
        """See Store."""
        self._reach()
        await self.inner.ensure(kinds)

    async def get_many(self, kind: Kind[D], ids: Sequence[str]) -> Mapping[str, Loaded[D]]:
        """See Store."""
        self._reach()
        return await self.inner.get_many(kind, ids)

    async def find(self, query: Query[D]) -> Page[D]:
        """See Store."""
        self._reach()
        return await self.inner.find(query)

    async def commit(self, writes: Sequence[Write]) -> None:
        """See Store."""
        self._reach()
        await self.inner.commit(writes)

    def _reach(self) -> None:
        if self.away:
            raise StoreUnavailable("the store is away")


class Gate(Wrapper):
    """Holds commits up until it is opened, so that a test decides who is first; `waiting` counts those who wait."""

    def __init__(self, inner: Store) -> None:
        super().__init__(inner)
        self.waiting = 0
        self._open = asyncio.Event()
        self._open.set()

    def shut(self) -> None:
        """Commits wait from here on."""
        self._open.clear()

    def open(self) -> None:
        """Let everybody through."""
        self._open.set()

    async def commit(self, writes: Sequence[Write]) -> None:
        """See Store."""
        self.waiting += 1
        try:
            await self._open.wait()
        finally:
            self.waiting -= 1
        await self.inner.commit(writes)
