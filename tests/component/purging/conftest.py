"""A purger on a store of its own, of either engine."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from libs.privacy.keys import Keys
from libs.privacy.ledger.ledger import Ledger
from tests.component.purging.files import KINDS, SERVICE, Purger
from tests.component.replica import over
from tests.contracts.store.conftest import mongo_server as mongo_server
from tests.contracts.store.mongo_server import Server
from tests.contracts.store.site import MongoSite, Site, SqliteSite

PARTS = ("data", "keys", "ledger")


@pytest.fixture(params=["sqlite", "mongo"])
def sites(request: pytest.FixtureRequest, tmp_path: Path) -> list[Site]:
    """Where the service has its rows, its keys and its ledger."""
    if request.param == "mongo":
        server: Server = request.getfixturevalue("mongo_server")
        return [MongoSite(server.url, server.fresh()) for _ in PARTS]
    for part in PARTS:
        (tmp_path / part).mkdir()
    return [SqliteSite(tmp_path / part) for part in PARTS]


@pytest.fixture
async def purger(sites: list[Site], keys: Keys) -> AsyncIterator[Purger]:
    async with AsyncExitStack() as stack:
        data, key_store, book = [await one.open() for one in sites]
        store = await over(data, key_store, SERVICE, keys, await Ledger.open(book, keys, SERVICE))
        stack.push_async_callback(store.close)
        await store.ensure(KINDS)
        yield Purger(store, keys)
