"""The row about kills: what is lost or doubled when processes die under load."""

from collections.abc import AsyncIterator
from pathlib import Path
from random import Random

from libs.clock import SystemClock
from services.demo import people
from services.demo.scenario import ScenarioClient
from tests.faults.killing import VICTIMS, kill_under_load
from tests.load.pairs import Pace
from tests.load.report import Row, row
from tests.system.processes import a_cell

ROUNDS = 10


async def kill_rows(folder: Path, pace: Pace) -> AsyncIterator[Row]:
    """Commands and events lost, or doubled in effect."""
    async with a_cell(folder) as cell:
        await cell.start()
        stage = ScenarioClient(cell.clients, run="bench", today=SystemClock().now().date())
        await people.partners_apply(stage)
        await people.partners_are_approved(stage)
        account = await kill_under_load(cell, stage, rounds=ROUNDS, chance=Random(), victims=VICTIMS)
    notes = f"{ROUNDS} kills, {account.acknowledged} commands acknowledged"
    for name, count in (
        ("commands", account.lost + account.doubled),
        ("events", account.events_missing + account.events_doubled),
    ):
        yield row(
            f"killed under load: {name} lost or doubled", [count], must=0, aim=0, most=True, unit="count", notes=notes
        )
