"""The servers that the suite needs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from libs.store.opening import DRIVERS, Driver
from tests.contracts.store.mongo_server import Server, choice
from tests.contracts.store.site import MongoSite, Site, SqliteSite


@pytest.fixture(scope="session")
def mongo_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A running MongoDB, or what stands in for one."""
    if not choice():
        pytest.skip("no MongoDB: neither PRM_TEST_MONGO_URL nor mongod nor nx-27017")
    server = Server(tmp_path_factory.mktemp("mongo"))
    server.start()
    yield server
    server.tidy()
    server.kill()


@pytest.fixture
def sqlite_site(tmp_path: Path) -> Site:
    """Files of its own."""
    return SqliteSite(tmp_path)


@pytest.fixture(params=DRIVERS)
def driver(request: pytest.FixtureRequest) -> Driver:
    """Each of the drivers that speak to a MongoDB."""
    chosen: Driver = request.param
    return chosen


@pytest.fixture
def mongo_site(mongo_server: Server, driver: Driver) -> Site:
    """A database of its own."""
    restart = mongo_server.restart if mongo_server.keeps_transactions_of_the_dead else None
    return MongoSite(mongo_server.url, mongo_server.fresh(), restart, driver=driver)
