"""Wrappers that inject faults into any store, for tests of the code that uses the store; each adds one behaviour."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from libs.errors import StoreUnavailable
from libs.store.port import D, Kind, Loaded, Page, Query, Store, Write


class Wrapper:
    """A store that delegates to another one; the base of the wrappers, which override some methods."""

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
    """Raises the given errors, one per commit, in order; then commits as the inner store does."""

    def __init__(self, inner: Store) -> None:
        super().__init__(inner)
        self._before: deque[Exception] = deque()
        self._after: deque[Exception] = deque()

    def refuse_next(self, *errors: Exception) -> None:
        """The next commits fail and write nothing."""
        self._before.extend(errors)

    def lose_next_answer(self, *errors: Exception) -> None:
        """The next commits succeed, but raise an error to their callers."""
        self._after.extend(errors)

    async def commit(self, writes: Sequence[Write]) -> None:
        """See Store."""
        if self._before:
            raise self._before.popleft()
        await self.inner.commit(writes)
        if self._after:
            raise self._after.popleft()


class Away(Wrapper):
    """A store that cannot be reached while `away` is set."""

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
    """Blocks commits until the gate is opened, so that a test decides their order; `waiting` counts the blocked
    commits."""

    def __init__(self, inner: Store) -> None:
        super().__init__(inner)
        self.waiting = 0
        self._open = asyncio.Event()
        self._open.set()

    def shut(self) -> None:
        """Block commits from now on."""
        self._open.clear()

    def open(self) -> None:
        """Let all blocked commits continue."""
        self._open.set()

    async def commit(self, writes: Sequence[Write]) -> None:
        """See Store."""
        self.waiting += 1
        try:
            await self._open.wait()
        finally:
            self.waiting -= 1
        await self.inner.commit(writes)


class Meanwhile(Wrapper):
    """Does something once, at a point of what another is doing: `act` after the next read of documents of a kind by
    their ids, or before the next commit."""

    def __init__(self, inner: Store) -> None:
        super().__init__(inner)
        self._after_read: dict[str, Callable[[], Awaitable[object]]] = {}
        self._before_commit: Callable[[], Awaitable[object]] | None = None

    def after_read(self, kind: Kind[Any], act: Callable[[], Awaitable[object]]) -> None:
        """Act when documents of this kind have been read, before they are returned."""
        self._after_read[kind.name] = act

    def before_commit(self, act: Callable[[], Awaitable[object]]) -> None:
        """Act before the next commit."""
        self._before_commit = act

    @property
    def acted(self) -> bool:
        """Whether everything that was to be done was done."""
        return not self._after_read and self._before_commit is None

    async def get_many(self, kind: Kind[D], ids: Sequence[str]) -> Mapping[str, Loaded[D]]:
        """See Store."""
        found = await self.inner.get_many(kind, ids)
        if (act := self._after_read.pop(kind.name, None)) is not None:
            await act()
        return found

    async def commit(self, writes: Sequence[Write]) -> None:
        """See Store."""
        if (act := self._before_commit) is not None:
            self._before_commit = None
            await act()
        await self.inner.commit(writes)
