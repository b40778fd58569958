"""A store of either engine, for tests in which many calls race."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from libs.messaging.outbox import KINDS as OUTBOX_KINDS
from libs.privacy.keys import Keys
from libs.privacy.ledger.ledger import Ledger
from libs.store.port import Store
from services.partners.service import COMPOSITION
from tests.component.replica import over
from tests.contracts.store.conftest import mongo_server as mongo_server
from tests.contracts.store.mongo_server import Server
from tests.contracts.store.site import MongoSite, Site, SqliteSite

PARTS = ("partners", "keys", "ledger")


@pytest.fixture(params=["sqlite", "mongo"])
async def either_store(request: pytest.FixtureRequest, tmp_path: Path, keys: Keys) -> AsyncIterator[Store]:
    sites: dict[str, Site] = {}
    for name in PARTS:
        if request.param == "mongo":
            server: Server = request.getfixturevalue("mongo_server")
            sites[name] = MongoSite(server.url, server.fresh())
        else:
            (tmp_path / name).mkdir()
            sites[name] = SqliteSite(tmp_path / name)
    data, key_store, book = [await sites[name].open() for name in PARTS]
    ledger = await Ledger.open(book, keys.of(COMPOSITION.name), COMPOSITION.name)
    store = await over(data, key_store, COMPOSITION.name, keys, ledger)
    await store.ensure([*COMPOSITION.kinds, *OUTBOX_KINDS])
    try:
        yield store
    finally:
        await store.close()
