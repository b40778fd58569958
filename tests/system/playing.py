"""The life of a deal, played undisturbed in this process, as lines that can be compared."""

import asyncio
from contextlib import AsyncExitStack, suppress
from datetime import timedelta
from typing import Any, NamedTuple

from libs.clock import ShiftedClock
from libs.config import Settings
from libs.rpc.client import Session
from libs.runtime.cell import RunningCell, running
from libs.store.port import VersionConflict
from services.__main__ import builders
from services.demo.scenario import SERVICES, ScenarioClient
from services.demo.story import CHANNEL_STEPS, STEPS, TIMED_STEPS, play
from tests.system.spreading import Spread

RACES_SECONDS = 120.0


class Played(NamedTuple):
    """The lines without ids: of the steps that need no time, and of all."""

    untimed: list[str]
    whole: list[str]


async def played(*replicas: Settings) -> Played:
    """The life of a deal on one cell of these replicas, which run in this process, share a clock that is advanced, and
    run their jobs at the same time."""
    clock = ShiftedClock()
    async with AsyncExitStack() as stack:
        cells: list[RunningCell] = []
        for one in replicas:
            found = running(builders(), one, clock=clock, sweep=False)
            cells.append(await stack.enter_async_context(found))
        persons: dict[str, Any] = {}
        for name in ("first", "second"):
            session = Session()
            clients = [one.client(subject=name, session=session) for one in cells]
            persons[name] = Spread([await stack.enter_async_context(one) for one in clients])

        async def settled() -> None:
            for _ in range(len(cells)):  # what one has done may give work to the other
                for one in cells:
                    await one.settled()

        async def wait(time: timedelta) -> None:
            await settled()
            clock.advance(time)
            await asyncio.gather(*[swept(one) for one in cells])
            await settled()

        own, other = (dict.fromkeys(SERVICES, one) for one in persons.values())
        told = ScenarioClient(own, second=other, run="alone", today=clock.now().date(), wait=wait)
        await play(told, STEPS)
        untimed = comparable(told)
        await play(told, (*TIMED_STEPS, *CHANNEL_STEPS))
        return Played(untimed, comparable(told))


async def swept(cell: RunningCell) -> None:
    """Run the jobs of a replica. One that loses a race against another replica is put off, and runs again."""
    async with asyncio.timeout(RACES_SECONDS):
        while True:
            with suppress(VersionConflict):
                await cell.run_jobs()
                return


def comparable(told: ScenarioClient) -> list[str]:
    """The printed story without the ids, which differ from run to run."""
    lines = [f"{line.chapter}: {line.what}: {line.outcome}" for line in told.told]
    for name, value in told.held.items():
        for one in value.split():
            lines = [line.replace(one, f"<{name}>") for line in lines]
    return [line for line in lines if "_local_" not in line]
