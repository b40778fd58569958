"""A store for each service, of either engine; opened once, because every example adds partners of its own."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from libs.messaging.outbox import KINDS as OUTBOX_KINDS
from libs.privacy.keys import Keys
from libs.privacy.ledger.ledger import Ledger
from libs.store.port import Store
from tests.component.replica import over
from tests.component.scope.world import World
from tests.compositions import COMPOSITIONS
from tests.contracts.store.conftest import mongo_server as mongo_server
from tests.contracts.store.mongo_server import Server
from tests.contracts.store.site import MongoSite, Site, SqliteSite

SERVICES = ("partners", "deals", "orders", "tickets", "hooks")


@pytest.fixture(params=["sqlite", "mongo"])
def sites(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, Site]:
    """Where each service keeps its documents, its keys under `<service>_keys`, and its erasures under
    `<service>_ledger`."""
    names = [f"{service}{part}" for service in SERVICES for part in ("", "_keys", "_ledger")]
    if request.param == "mongo":
        server: Server = request.getfixturevalue("mongo_server")
        return {name: MongoSite(server.url, server.fresh()) for name in names}
    for name in names:
        (tmp_path / name).mkdir()
    return {name: SqliteSite(tmp_path / name) for name in names}


@asynccontextmanager
async def _opened(sites: dict[str, Site], keys: Keys) -> AsyncIterator[World]:
    async with AsyncExitStack() as stack:
        stores: dict[str, Store] = {}
        for service in SERVICES:
            data, key_store, ledger = [await sites[f"{service}{part}"].open() for part in ("", "_keys", "_ledger")]
            stores[service] = await over(data, key_store, service, keys, await Ledger.open(ledger, keys, service))
            stack.push_async_callback(stores[service].close)
            await stores[service].ensure([*COMPOSITIONS[service].kinds, *OUTBOX_KINDS])
        yield World(stores, keys)


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    """The loop in which the stores live: an example is a function, what it does waits."""
    with asyncio.Runner() as made:
        yield made


@pytest.fixture
def world(sites: dict[str, Site], keys: Keys, runner: asyncio.Runner) -> Iterator[World]:
    """The five services that partners' people may call."""
    context = _opened(sites, keys)
    yield runner.run(context.__aenter__())
    runner.run(context.__aexit__(None, None, None))
