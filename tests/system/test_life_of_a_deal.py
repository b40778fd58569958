"""The life of a deal, end to end: in one process, and over six processes that are restarted in any order meanwhile."""

import random
from pathlib import Path

import pytest

from libs.clock import SystemClock
from services.demo.scenario import SERVICES, ScenarioClient
from services.demo.story import STEPS
from tests.effort import sampled
from tests.system.playing import comparable, played
from tests.system.processes import a_cell, embedded

pytestmark = pytest.mark.xdist_group("system")


async def test_the_story_ends_the_same_whatever_is_restarted_between_its_steps(tmp_path: Path) -> None:
    with embedded(tmp_path / "alone") as settings:
        expected = (await played(settings)).untimed
    chance, disturbed = random.Random(7), sampled(STEPS)
    async with a_cell(tmp_path / "apart") as cell:
        await cell.start(chance.sample(list(SERVICES), len(SERVICES)))
        scenario = ScenarioClient(cell.clients, second=cell.second, run="apart", today=SystemClock().now().date())
        for step in STEPS:
            down = chance.sample(list(SERVICES), chance.randint(0, 3)) if step in disturbed else []
            for service in down:
                await cell.end(service, kill=chance.random() < 0.5)
            await cell.start(chance.sample(down, len(down)))
            await step(scenario)
        assert comparable(scenario) == expected
