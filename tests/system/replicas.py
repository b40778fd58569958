"""A cell with two processes of each service on one MongoDB, and clients that spread calls over them."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from libs.privacy.keys import create_keys
from libs.rpc.client import Session
from services.demo.scenario import SERVICES
from tests.contracts.store.mongo_server import Server, choice
from tests.contracts.store.turns import taking_turns
from tests.system.processes import Cell, a_broker
from tests.system.spreading import Spread

COUNT = 2
PERSONS = ("tester", "second")


class Replicated:
    """first, second: the clients of two persons by service."""

    def __init__(self, cells: Sequence[Cell]) -> None:
        self._cells = cells
        self.first: dict[str, Spread] = {}
        self.second: dict[str, Spread] = {}

    async def start(self) -> None:
        """Start every process and wait until all are ready."""
        for cell in self._cells:
            await cell.start()
        for name in SERVICES:
            self.first[name] = Spread([one.clients[name] for one in self._cells])
            self.second[name] = Spread([one.second[name] for one in self._cells])

    async def roll(self, service: str) -> None:
        """Restart the processes of a service one after the other, as a rolling update does; each ends by itself."""
        for number, cell in enumerate(self._cells):
            for spread in (self.first[service], self.second[service]):
                spread.take_out(number)
            assert await cell.end(service, kill=False) == 0, cell.log(service)[-4000:]
            await cell.start([service])
            for spread in (self.first[service], self.second[service]):
                spread.put_back(number)

    def logs(self) -> str:
        """The end of what every process has said."""
        return "\n".join(self._cells[0].log(name)[-2000:] for name in SERVICES)


@asynccontextmanager
async def stores(folder: Path) -> AsyncIterator[list[dict[str, str]]]:
    """What each replica is told of the one store that all share: on the server of PRM_TEST_MONGO_URL or a `mongod`, or
    on nx-27017, where they take turns."""
    if not choice():
        pytest.skip("there is no MongoDB, and nx-27017 is not installed")
    server = Server(folder)
    await asyncio.to_thread(server.start)
    prefix = {"PRM_STORE_PREFIX": server.fresh_prefix()}
    try:
        if server.name == "nx-27017":
            async with taking_turns(server.url, COUNT) as urls:
                yield [{"PRM_STORE_URL": url, **prefix} for url in urls]
        else:
            yield [{**server.settings(folder), **prefix}] * COUNT
    finally:
        server.tidy()
        server.kill()


@asynccontextmanager
async def a_replicated_cell(folder: Path) -> AsyncIterator[Replicated]:
    """A cell of which the broker and the store run."""
    create_keys(folder / "keys", SERVICES)
    sessions = {name: Session() for name in PERSONS}
    async with AsyncExitStack() as stack:
        broker = await stack.enter_async_context(a_broker(folder))
        told = await stack.enter_async_context(stores(folder))
        cells = [Cell(folder, broker, one, sessions=sessions) for one in told]
        for cell in cells:
            stack.push_async_callback(cell.close)
        yield Replicated(cells)
