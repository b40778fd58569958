"""Processes killed without a warning, at points that nobody chose: no acknowledged change lost, no effect doubled,
and no number of an event missing."""

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections import defaultdict
from pathlib import Path
from random import Random

import pytest

from libs.env import Env
from libs.messaging.intake import Handle, HandleMany, Terms
from tests.contracts.messaging.things import Ledgers, note_all_down, note_down, write_down
from tests.contracts.messaging.worker import ABOUTS, ACK_WAIT_SECONDS
from tests.contracts.messaging.world import World, a_world

pytestmark = pytest.mark.thorough

ROUNDS = 5
EFFECTS_AT_MOST = 40
CHANGES_MORE = 80
START_SECONDS = 30.0
TERMS = Terms(ack_wait_seconds=ACK_WAIT_SECONDS)


@pytest.mark.parametrize(
    ("consumer", "handle", "many"), [("ledgers", write_down, None), ("together", note_down, note_all_down)]
)
async def test_services_killed_at_random_points_lose_and_double_nothing(
    consumer: str, handle: Handle[Env[None]], many: HandleMany[Env[None]] | None, tmp_path: Path
) -> None:
    random = Random(20261122)
    answered: set[tuple[str, int]] = set()
    async with a_world(tmp_path, patience_seconds=40.0) as world:
        for turn in range(ROUNDS):
            things, ledgers = await start(world, "things", tmp_path), await start(world, consumer, tmp_path)
            changes, effects = EFFECTS_AT_MOST + random.randrange(CHANGES_MORE), random.randrange(EFFECTS_AT_MOST)
            answers, _ = await asyncio.gather(kill_after(things, changes), kill_after(ledgers, effects))
            answered |= answers
            if turn % 2:
                await world.kill_broker()
        async with world.things() as service, world.jetstream() as jetstream, world.relay(service, jetstream):
            happened = {about: await service.last(about) for about in ABOUTS}
            assert all(number <= happened[about] for about, number in answered)
            async with (
                world.ledgers() as reader,
                world.consumers(reader, jetstream, handle, many=many, terms=TERMS),
            ):
                await until_once_each(world, reader, happened)
            lanes = defaultdict(set)
            for event in await world.stored(jetstream):
                lanes[event.lane].add(event.number)
            assert len(lanes) == ROUNDS
            assert all(numbers == set(range(1, len(numbers) + 1)) for numbers in lanes.values())


async def start(world: World, role: str, folder: Path) -> Process:
    """A worker."""
    arguments = ("-m", "tests.contracts.messaging.worker", role, str(folder), world.broker.url)
    return await asyncio.create_subprocess_exec(sys.executable, *arguments, stdout=PIPE)


async def kill_after(worker: Process, lines: int) -> set[tuple[str, int]]:
    """Everything that the worker had answered by then."""
    assert worker.stdout is not None
    found: list[bytes] = []
    async with asyncio.timeout(START_SECONDS):
        while len(found) <= lines:
            found.append(await worker.stdout.readline())
            assert found[-1], "the worker ended by itself"
    worker.kill()
    rest, _ = await worker.communicate()
    pairs = (line.decode().split() for line in [*found, *rest.splitlines(keepends=True)] if line.endswith(b"\n"))
    return {(pair[0], int(pair[1])) for pair in pairs if len(pair) == 2}


async def until_once_each(world: World, ledgers: Ledgers, happened: dict[str, int]) -> None:
    """Every number of every thing, once; behind a crash a younger event may have come first."""

    async def there() -> bool:
        return all([len(await ledgers.numbers(about)) >= count for about, count in happened.items()])

    await world.until(there)
    for about, count in happened.items():
        assert sorted(await ledgers.numbers(about)) == list(range(1, count + 1))
