"""A cell with two processes of each service on one MongoDB, and clients that spread calls over them."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from libs.clock import SystemClock
from libs.privacy.keys import create_keys
from libs.rpc.client import CallFailed, Session
from services.demo.scenario import SERVICES, ScenarioClient
from tests.contracts.store.mongo_server import Server, choice
from tests.contracts.store.turns import taking_turns
from tests.system.processes import Cell, a_broker
from tests.system.spreading import Spread

COUNT = 2
PERSONS = ("tester", "second")
LOADERS = 2
LEAST_CALLS = 50


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
            await self.restart(service, number, source=cell.source)

    async def restart(self, service: str, number: int, *, source: Path | None) -> None:
        """Restart one process of a service from the tree `source`, this one if None; calls go to the others
        meanwhile."""
        cell = self._cells[number]
        for spread in (self.first[service], self.second[service]):
            spread.take_out(number)
        assert await cell.end(service, kill=False) == 0, cell.log(service)[-4000:]
        cell.source = source
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


class Load:
    """Reads and writes of a person who does nothing else. made: the ids of the partners that were acknowledged."""

    def __init__(self, cell: Replicated, number: int) -> None:
        today = SystemClock().now().date()
        self._told = ScenarioClient(cell.first, run=f"load-{number}", today=today)
        self._number = number
        self._stopping = False
        self.made: list[str] = []
        self.calls = 0
        self.failed: list[str] = []

    async def run(self) -> None:
        """Call until `stop`."""
        while not self._stopping:
            name = f"Load {self._number} {len(self.made)}"
            try:
                given = {"kind": "PARTNER_KIND_AGENT", "country": "DE"}
                made = await self._told.ask("partners", "ApplyPartner", legal_name=name, **given)
                self.made.append(made.partner.id)
                found = await self._told.ask("partners", "GetPartner", id=self.made[-1])
                assert found.partner.legal_name == name
                await self._told.ask("deals", "ListRegistrations", page_size=5)
                self.calls += 3
            except CallFailed as err:
                self.failed.append(str(err))
            await asyncio.sleep(0)

    def stop(self) -> None:
        """End `run` after its round."""
        self._stopping = True


@asynccontextmanager
async def loaded(cell: Replicated) -> AsyncIterator[None]:
    """Calls go on while the block runs: at its end none has failed, and what was written is there once."""
    loads = [Load(cell, number) for number in range(LOADERS)]
    async with asyncio.TaskGroup() as tasks:
        for one in loads:
            tasks.create_task(one.run())
        try:
            yield
        finally:
            for one in loads:
                one.stop()
    assert [one.failed for one in loads] == [[]] * LOADERS
    assert sum(one.calls for one in loads) > LEAST_CALLS
    told = ScenarioClient(cell.first, run="loads", today=SystemClock().now().date())
    assert sorted(await _listed(told, "Load ")) == sorted(id for one in loads for id in one.made)


async def _listed(told: ScenarioClient, begins: str) -> list[str]:
    """The ids of the partners whose names begin so, page by page."""
    found: list[str] = []
    token = ""
    while True:
        page = await told.ask("partners", "ListPartners", page_size=200, page_token=token)
        found += [one.id for one in page.partners if one.legal_name.startswith(begins)]
        token = page.next_page_token
        if not token:
            return found


@asynccontextmanager
async def a_replicated_cell(folder: Path, source: Path | None = None) -> AsyncIterator[Replicated]:
    """A cell of which the broker and the store run. source: the tree that its processes run, this one if None."""
    create_keys(folder / "keys", SERVICES)
    sessions = {name: Session() for name in PERSONS}
    async with AsyncExitStack() as stack:
        broker = await stack.enter_async_context(a_broker(folder))
        told = await stack.enter_async_context(stores(folder))
        cells = [Cell(folder, broker, one, sessions=sessions, source=source) for one in told]
        for cell in cells:
            stack.push_async_callback(cell.close)
        yield Replicated(cells)
