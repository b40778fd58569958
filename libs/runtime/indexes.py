"""`prm store indexes`: lists, and drops if asked to, the indexes of a MongoDB that no kind of this release declares.

A start never drops an index, because one that this release does not know may belong to a newer release. Only an
operator knows that no process of another release runs.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, NamedTuple

from libs.config import ConfigError, Settings
from libs.runtime.encryption import identity_of
from libs.runtime.inspection import kinds_of
from libs.runtime.platform import BASIC_KINDS, directory_of
from libs.runtime.service import Build
from libs.store.opening import open_key_store_of, open_ledger_of, open_store_of
from libs.store.port import Store

if TYPE_CHECKING:
    from libs.store.mongo import MongoStore


Opening = Callable[[str, str, Settings], Awaitable[Store]]


class Unknown(NamedTuple):
    """An index that no kind of the service declares. about: its fields and whether it is unique."""

    service: str
    collection: str
    name: str
    about: str


async def unknown_indexes(
    builders: Mapping[str, Build], settings: Settings, *, prune: bool
) -> AsyncIterator[tuple[Unknown, bool]]:
    """Yields every undeclared index with False; then, if `prune`, drops each and yields it again with True. ConfigError
    without a MongoDB; StoreUnavailable."""
    if not settings.store_url:
        raise ConfigError(
            "PRM_STORE_URL: names no MongoDB; in SQLite there is nothing to prune, a store of one process has the "
            "indexes of the release that opened it"
        )
    identity_of(settings)
    for dropping in (False, True) if prune else (False,):
        for service, build in builders.items():
            kinds = [*BASIC_KINDS, *await kinds_of(build, settings, directory_of(settings))]
            async with _opened(service, settings) as store:
                for one in await store.unknown_indexes(kinds):
                    if dropping:
                        await store.drop_index(one)
                    about = f"{'unique, ' if one.unique else ''}{', '.join(one.fields)}"
                    yield Unknown(service, one.collection, one.name, about), dropping


async def drop_store(service: str, settings: Settings) -> None:
    """Drop the databases of a service in MongoDB, of data, keys and ledger; for temporary stores. StoreUnavailable."""
    for opening in (open_store_of, open_key_store_of, open_ledger_of):
        async with _opened(service, settings, opening) as store:
            await store.drop()


@asynccontextmanager
async def _opened(service: str, settings: Settings, opening: Opening = open_store_of) -> "AsyncIterator[MongoStore]":
    from libs.store.mongo import MongoStore

    store = await opening(service, directory_of(settings).here.code, settings)
    assert isinstance(store, MongoStore)
    try:
        yield store
    finally:
        await store.close()
