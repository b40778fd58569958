"""Two processes of each service on one store: the life of a deal, the jobs of both, and a rolling restart under reads
and writes. On the server of PRM_TEST_MONGO_URL or a `mongod`, and on nx-27017, where the two take turns."""

import asyncio
from pathlib import Path

import pytest

from libs.clock import SystemClock
from libs.config import Settings, read
from libs.privacy.keys import create_keys
from services.demo.scenario import SERVICES, ScenarioClient
from services.demo.story import STEPS, play
from tests.system.playing import played
from tests.system.processes import a_broker, embedded
from tests.system.replicas import a_replicated_cell, loaded, stores

pytestmark = [pytest.mark.xdist_group("system"), pytest.mark.thorough, pytest.mark.slow]


async def test_a_rolling_restart_fails_no_call_and_loses_and_doubles_nothing(tmp_path: Path) -> None:
    async with a_replicated_cell(tmp_path) as cell:
        await cell.start()
        told = ScenarioClient(cell.first, second=cell.second, run="life", today=SystemClock().now().date())
        async with loaded(cell):
            story = asyncio.create_task(play(told, STEPS))
            for name in SERVICES:
                await cell.roll(name)
            await story


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
