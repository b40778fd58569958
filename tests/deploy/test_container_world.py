"""Two cells and a hub as containers of the image: what crosses the border between them, and what does not."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import msgspec
import pytest

from libs.clock import SystemClock
from libs.messaging.border.names import DIRECTORY, HUB
from services.demo.scenario import SERVICES, ScenarioClient
from services.demo.story import STEPS, play
from services.demo.world import COMPLIANCE, PARTNERS, approve, register
from tests.deploy import engine
from tests.deploy.container_world import ContainerWorld, a_container_world
from tests.deploy.containers import Running
from tests.system.hearing import record
from tests.system.marks import LETTERS, Marking, Marks, found_in
from tests.waiting import until

HERE, THERE = "de", "cn"
CELLS = {HERE: tuple(SERVICES), THERE: (COMPLIANCE, PARTNERS)}
FLOW = "directory"
CROSSED_SECONDS = 300.0  # the hub asks an edge that it has missed for long only every two minutes
POLL_SECONDS = 0.5
ANSWER_SECONDS = 30.0
TRADER = f"Somebody {LETTERS}00000000"
OURS, THEIRS, FIRST = "Beispiel GmbH", "Example Ltd", "Erste Beispiel GmbH"
LATER = ("Zweite Beispiel GmbH", "Dritte Beispiel GmbH", "Vierte Beispiel GmbH")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("containers"),
    pytest.mark.skipif(engine.missing() != "", reason=engine.missing()),
]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ContainerWorld]:
    """A hub, a cell with all services, and another with those that take part in the directory. Each lists a company of
    the other."""
    engine.build()
    with a_container_world(tmp_path_factory.mktemp("world"), CELLS) as found:
        for cell in found.cells.values():
            asyncio.run(cell.ready())
        asyncio.run(connected(found))
        yield found


@asynccontextmanager
async def at(cell: Running, marks: Marks | None = None, *, run: str) -> AsyncIterator[ScenarioClient]:
    """The client of the stories of a cell, which puts marks into what is personal. run: part of every request id."""
    async with cell.clients() as first, cell.clients("second") as second:
        own, other = (
            {name: Marking(one, marks) if marks is not None else one for name, one in each.items()}
            for each in (first, second)
        )
        yield ScenarioClient(own, second=other, run=run, today=SystemClock().now().date())


async def connected(world: ContainerWorld) -> None:
    """Publish the transfer of both cells, approve a company in each, and wait until the other lists it."""
    async with at(world.cells[HERE], run="begin") as told, at(world.cells[THERE], run="begin") as abroad:
        await register(told, FLOW)
        await register(abroad, FLOW)
        await approve(told, OURS)
        await approve(abroad, THEIRS, country="CN")
        await until(partial(lists, abroad, OURS), within_seconds=CROSSED_SECONDS, every_seconds=POLL_SECONDS)
        await until(partial(lists, told, THEIRS), within_seconds=CROSSED_SECONDS, every_seconds=POLL_SECONDS)


async def organisations(told: ScenarioClient) -> dict[str, str]:
    """The directory of a cell: ids by legal name."""
    found = await told.ask(PARTNERS, "ListOrganisations", page_size=200)
    return {one.legal_name: one.id for one in found.organisations}


async def lists(told: ScenarioClient, *names: str) -> bool:
    return set(names) <= set(await organisations(told))


def stands(text: str, folder: Path) -> bool:
    """Whether a text stands in a file of a folder."""
    return any(text.encode() in one.read_bytes() for one in folder.rglob("*") if one.is_file())


async def held(world: ContainerWorld) -> int:
    """How many messages the hub has."""
    async with asyncio.timeout(ANSWER_SECONDS), world.hub() as jetstream:
        session = await jetstream.session()
        raw = await session.client.request(f"$JS.API.STREAM.INFO.{DIRECTORY}", b"{}", timeout=ANSWER_SECONDS)
        return int(msgspec.json.decode(raw.data)["state"]["messages"])


async def test_no_mark_crosses_and_what_may_cross_does(world: ContainerWorld) -> None:
    marks, recorded = Marks(), world.folder / "logs" / "recorded"
    recorded.parent.mkdir()
    here, there = at(world.cells[HERE], marks, run="life"), at(world.cells[THERE], run="life")
    async with world.hub() as hub, here as told, there as abroad:
        await record(hub, recorded, *CELLS)
        await play(told, STEPS)
        await approve(told, TRADER, sole_trader=True)
        await approve(told, FIRST)
        await until(partial(lists, abroad, FIRST), within_seconds=CROSSED_SECONDS, every_seconds=POLL_SECONDS)
        assert marks.values
        assert TRADER not in await organisations(abroad)
        await until(partial(stands, FIRST, world.folder / HUB / "data"))
        assert list(found_in(world.outside(HERE), marks)) == []


async def test_a_cell_catches_up_after_the_hub_was_away_and_nothing_is_lost_or_doubled(world: ContainerWorld) -> None:
    marks = Marks()
    here, there = at(world.cells[HERE], marks, run="away"), at(world.cells[THERE], run="away")
    async with here as told, there as abroad:
        before = await held(world)
        world.stop_hub()
        first, *others = LATER
        await approve(told, first)
        engine.stop(f"{world.prefix}{HERE}-edge")
        world.cells[HERE].restart(PARTNERS)
        await world.cells[HERE].ready(PARTNERS)
        for name in others:
            await approve(told, name)
        engine.start(f"{world.prefix}{HERE}-edge")
        assert not await lists(abroad, first)
        world.start_hub()
        await until(partial(lists, abroad, *LATER), within_seconds=CROSSED_SECONDS, every_seconds=POLL_SECONDS)
        assert await held(world) == before + len(LATER)
        assert await organisations(told) == await organisations(abroad)
        assert list(found_in(world.outside(HERE), marks)) == []


async def test_a_foreign_id_is_answered_with_the_cell_to_ask(world: ContainerWorld) -> None:
    async with at(world.cells[THERE], run="wrong") as abroad:
        [known] = [id for id in (await organisations(abroad)).values() if id.startswith(f"ptn_{HERE}_")][:1]
        refused = await abroad.refused(PARTNERS, "GetPartner", id=known)
        assert (refused.code, refused.reason) == ("FAILED_PRECONDITION", "WRONG_CELL")
        assert {"cell": HERE, "endpoint": f"{HERE}.prm.example:443"}.items() <= refused.metadata.items()


def test_hub_and_edge_are_restricted_like_the_services(world: ContainerWorld) -> None:
    for name in (HUB, f"{HERE}-edge", f"{THERE}-{PARTNERS}"):
        container = f"{world.prefix}{name}"
        assert engine.inside(container, "id", "-u") == str(engine.USER)
        assert "Read-only file system" in engine.inside(container, "touch", "/opt/prm/x")
        status = engine.inside(container, "cat", "/proc/1/status")
        sets = dict(line.split(":\t") for line in status.splitlines() if line.startswith(("Cap", "NoNewPrivs")))
        assert set(sets.values()) == {"0" * 16, "1"}
