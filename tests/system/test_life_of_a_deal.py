"""The life of a deal, end to end: in one process, and over five processes that are restarted in any order meanwhile."""

import random
from datetime import timedelta
from pathlib import Path

import pytest

from libs.clock import ShiftedClock, SystemClock
from libs.config import Settings
from libs.runtime.cell import running
from services.__main__ import builders
from services.demo.scenario import SERVICES, ScenarioClient
from services.demo.story import STEPS, TIMED_STEPS, play
from tests.system.processes import a_cell, embedded

pytestmark = pytest.mark.xdist_group("system")


async def _played_undisturbed(settings: Settings) -> list[str]:
    clock = ShiftedClock()
    async with (
        running(builders(), settings, clock=clock, sweep=False) as cell,
        cell.client() as client,
        cell.client(subject="second") as second,
    ):

        async def wait(time: timedelta) -> None:
            await cell.settled()
            clock.advance(time)
            await cell.run_jobs()
            await cell.settled()

        clients, others = dict.fromkeys(SERVICES, client), dict.fromkeys(SERVICES, second)
        scenario = ScenarioClient(clients, second=others, run="alone", today=clock.now().date(), wait=wait)
        await play(scenario, STEPS)
        lines = _comparable(scenario)
        await play(scenario, TIMED_STEPS)
        return lines


async def test_the_story_ends_the_same_whatever_is_restarted_between_its_steps(tmp_path: Path) -> None:
    with embedded(tmp_path / "alone") as settings:
        expected = await _played_undisturbed(settings)
    chance = random.Random(7)
    async with a_cell(tmp_path / "apart") as cell:
        await cell.start(chance.sample(list(SERVICES), len(SERVICES)))
        scenario = ScenarioClient(cell.clients, second=cell.second, run="apart", today=SystemClock().now().date())
        for step in STEPS:
            down = chance.sample(list(SERVICES), chance.randint(0, 3))
            for service in down:
                await cell.end(service, kill=chance.random() < 0.5)
            await cell.start(chance.sample(down, len(down)))
            await step(scenario)
        assert _comparable(scenario) == expected


def _comparable(scenario: ScenarioClient) -> list[str]:
    """The printed story without the ids, which differ from run to run."""
    lines = [f"{line.chapter}: {line.what}: {line.outcome}" for line in scenario.told]
    for name, value in scenario.held.items():
        for one in value.split():
            lines = [line.replace(one, f"<{name}>") for line in lines]
    return [line for line in lines if "_local_" not in line]
