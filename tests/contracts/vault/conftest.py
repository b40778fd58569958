"""The server that the suite needs, and the keys of a cell."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from libs.privacy.sealing.store import SealedStore
from tests.contracts.store.conftest import mongo_server as mongo_server
from tests.contracts.store.mongo_server import Server
from tests.contracts.store.site import MongoSite, SqliteSite
from tests.contracts.vault.places import Places


@pytest.fixture(params=["sqlite", "mongo"])
def places(request: pytest.FixtureRequest, tmp_path: Path) -> Places:
    """A data store, a key store and a ledger of their own, of either engine."""
    if request.param == "mongo":
        server: Server = request.getfixturevalue("mongo_server")
        restart = server.restart if server.keeps_transactions_of_the_dead else None
        return Places([MongoSite(server.url, server.fresh(), restart) for _ in range(3)], tmp_path / "cell")
    folders = [tmp_path / name for name in ("data", "keys", "ledger")]
    for one in folders:
        one.mkdir()
    return Places([SqliteSite(one) for one in folders], tmp_path / "cell")


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    """The loop in which the store of the random letters lives."""
    with asyncio.Runner() as made:
        yield made


@pytest.fixture(scope="module")
def sealed(runner: asyncio.Runner, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SealedStore]:
    """A store that all examples share."""
    folder = tmp_path_factory.mktemp("random")
    folders = [folder / name for name in ("data", "keys", "ledger")]
    for one in folders:
        one.mkdir()
    context = Places([SqliteSite(one) for one in folders], folder / "cell").opened()
    yield runner.run(context.__aenter__())
    runner.run(context.__aexit__(None, None, None))
