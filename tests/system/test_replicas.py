"""Two processes of each service on one store: the life of a deal, the jobs of both, and a rolling restart under reads
and writes. On the server of PRM_TEST_MONGO_URL or a `mongod`, and on nx-27017, where the two take turns."""

import asyncio
from pathlib import Path

import pytest

from libs.clock import SystemClock
from libs.config import Settings, read
from libs.privacy.keys import create_keys
from libs.rpc.client import CallFailed
from services.demo.scenario import SERVICES, ScenarioClient
from services.demo.story import STEPS, play
from tests.system.playing import played
from tests.system.processes import a_broker, embedded
from tests.system.replicas import Replicated, a_replicated_cell, stores

pytestmark = [pytest.mark.xdist_group("system"), pytest.mark.thorough, pytest.mark.slow]

LOADERS = 2
LEAST_CALLS = 50


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


async def test_a_rolling_restart_fails_no_call_and_loses_and_doubles_nothing(tmp_path: Path) -> None:
    async with a_replicated_cell(tmp_path) as cell:
        await cell.start()
        loads = [Load(cell, number) for number in range(LOADERS)]
        running_loads = [asyncio.create_task(one.run()) for one in loads]
        told = ScenarioClient(cell.first, second=cell.second, run="life", today=SystemClock().now().date())
        story = asyncio.create_task(play(told, STEPS))
        for name in SERVICES:
            await cell.roll(name)
        await story
        for one in loads:
            one.stop()
        await asyncio.gather(*running_loads)
        assert [one.failed for one in loads] == [[]] * LOADERS
        assert sum(one.calls for one in loads) > LEAST_CALLS
        made = [id for one in loads for id in one.made]
        assert sorted(await listed(told, "Load ")) == sorted(made)


async def listed(told: ScenarioClient, begins: str) -> list[str]:
    """The ids of the partners whose names begin so, page by page."""
    found: list[str] = []
    token = ""
    while True:
        page = await told.ask("partners", "ListPartners", page_size=200, page_token=token)
        found += [one.id for one in page.partners if one.legal_name.startswith(begins)]
        token = page.next_page_token
        if not token:
            return found


async def test_the_jobs_of_two_replicas_do_everything_once(tmp_path: Path) -> None:
    with embedded(tmp_path / "alone") as settings:
        expected = await played(settings)
    folder = tmp_path / "two"
    folder.mkdir()
    create_keys(folder / "keys", SERVICES)
    async with a_broker(folder) as broker, stores(folder) as stored:
        own = {
            "PRM_DATA_DIR": str(folder),
            "PRM_KEYS_DIR": str(folder / "keys"),
            "PRM_NATS_URL": broker.url,
            "PRM_NATS_LOGINS_DIR": str(folder / "logins"),
            "PRM_LISTEN": "127.0.0.1:0",
        }
        assert await played(*(read(Settings, environ={**own, **one}) for one in stored)) == expected
