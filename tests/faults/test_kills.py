"""Any service or the broker killed at random points under load."""

from pathlib import Path
from random import Random

import pytest

from libs.clock import SystemClock
from services.demo import people
from services.demo.scenario import ScenarioClient
from tests.effort import share
from tests.faults.killing import VICTIMS, kill_under_load
from tests.system.processes import a_cell

pytestmark = pytest.mark.xdist_group("system")

ROUNDS = share(20)


async def test_nothing_acknowledged_is_lost_and_nothing_happens_twice_when_processes_are_killed(tmp_path: Path) -> None:
    async with a_cell(tmp_path) as cell:
        await cell.start()
        stage = ScenarioClient(cell.clients, run="kills", today=SystemClock().now().date())
        await people.partners_apply(stage)
        await people.partners_are_approved(stage)
        account = await kill_under_load(cell, stage, rounds=ROUNDS, chance=Random(20), victims=VICTIMS)
        assert account.acknowledged > 5 * ROUNDS
        assert account.clean, account
