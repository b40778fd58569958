"""Where a store under test lives, so that a case can close it, open it again and hand it to another process."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

from libs.store.opening import Driver
from libs.store.port import Store
from tests.contracts.store.documents import KINDS


class Site(Protocol):
    """One set of data. `arguments` tell `tests.contracts.store.writer` how to open it in another process."""

    arguments: tuple[str, ...]

    async def open(self) -> Store:
        """The store over what is there."""
        ...

    async def recover(self) -> None:
        """Called when a process was killed that had the store open."""
        ...


class SqliteSite:
    """A database file of its own."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "store.db"
        self.arguments: tuple[str, ...] = ("sqlite", str(self._path))

    async def open(self) -> Store:
        """See Site."""
        from libs.store.sqlite import SqliteStore

        return await SqliteStore.open(self._path)

    async def recover(self) -> None:
        """See Site; the system has freed the lock."""


class MongoSite:
    """A database of its own on a server that others use too, spoken to by one of the drivers; `restart` is for a server
    that keeps a dead client's transaction open."""

    def __init__(
        self, url: str, database: str, restart: Callable[[], None] | None = None, *, driver: Driver = "motor"
    ) -> None:
        self._url = url
        self._database = database
        self._restart = restart
        self._driver = driver
        self.arguments: tuple[str, ...] = (driver, url, database)

    async def open(self) -> Store:
        """See Site."""
        from libs.store.mongo import MongoStore

        return await MongoStore.open(self._url, self._database, driver=self._driver)

    async def recover(self) -> None:
        """See Site."""
        if self._restart is not None:
            self._restart()


@asynccontextmanager
async def opened(site: Site) -> AsyncIterator[Store]:
    """The store of a site with the kinds of the suite; closed afterwards."""
    store = await site.open()
    try:
        await store.ensure(KINDS)
        yield store
    finally:
        await store.close()
