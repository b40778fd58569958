"""A backup taken from a working cell restores into an empty one, on both engines, and the life of a deal goes on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pyrage
import pytest

from libs.audit.verification import verify
from libs.call import ANONYMOUS, CallOutcome, recorded
from libs.clock import ShiftedClock
from libs.config import Settings, read
from libs.lifetime import alongside
from libs.pb.prm.compliance import v1 as pb
from libs.rpc.client import Client
from libs.runtime.cell import RunningCell, running
from services.__main__ import builders
from services.demo.scenario import SERVICES, ScenarioClient, rpc_path
from services.demo.story import STEPS, play
from tests.contracts.store.conftest import mongo_server as mongo_server
from tests.contracts.store.mongo_server import Server
from tests.system.processes import prm

pytestmark = pytest.mark.xdist_group("backup")

HALF = len(STEPS) // 2


class Place:
    """Where a cell keeps its data: a folder, and the variables of its store."""

    def __init__(self, folder: Path, store: dict[str, str]) -> None:
        folder.mkdir()
        self.environ = {"PRM_DATA_DIR": str(folder), "PRM_LISTEN": "127.0.0.1:0", **store}
        self.folder = folder

    def prm(self, *arguments: str) -> list[str]:
        """The lines that a command prints."""
        done = prm(*arguments, **self.environ)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    def refused(self, *arguments: str) -> str:
        """What a command says that refuses."""
        done = prm(*arguments, **self.environ)
        assert done.returncode == 1, done.stdout + done.stderr
        return done.stderr

    @asynccontextmanager
    async def running(
        self, clock: ShiftedClock, clients: dict[str, Client], second: dict[str, Client]
    ) -> AsyncIterator[RunningCell]:
        """The cell, while the block runs; puts a client for each service into both."""
        settings = read(Settings, environ=self.environ)
        async with (
            running(builders(), settings, clock=clock, sweep=False) as cell,
            cell.client() as client,
            cell.client(subject="second") as other,
        ):
            clients |= dict.fromkeys(SERVICES, client)
            second |= dict.fromkeys(SERVICES, other)
            yield cell


class Places:
    """Makes places on one engine."""

    def __init__(self, folder: Path, server: Server | None) -> None:
        self._folder = folder
        self._server = server
        self.snapshots = server is None or server.name != "nx-27017"

    def make(self, name: str) -> Place:
        store = {}
        if self._server is not None:
            store = {**self._server.settings(self._folder), "PRM_STORE_PREFIX": self._server.fresh_prefix()}
        return Place(self._folder / name, store)


@pytest.fixture(params=["sqlite", pytest.param("mongodb", marks=pytest.mark.slow)])
def places(request: pytest.FixtureRequest, tmp_path: Path) -> Places:
    server = request.getfixturevalue("mongo_server") if request.param == "mongodb" else None
    return Places(tmp_path, server)


@pytest.fixture
def identity(tmp_path: Path) -> pyrage.x25519.Identity:
    """An age identity, also in the file `identity`."""
    made = pyrage.x25519.Identity.generate()
    (tmp_path / "identity").write_text(str(made))
    return made


async def test_a_backup_taken_under_load_restores_and_the_life_of_a_deal_goes_on(
    places: Places, tmp_path: Path, identity: pyrage.x25519.Identity
) -> None:
    clock, first = ShiftedClock(), places.make("first")
    clients: dict[str, Client] = {}
    second: dict[str, Client] = {}
    async with first.running(clock, clients, second) as cell:
        scenario = ScenarioClient(clients, second=second, run="b", today=clock.now().date())
        await play(scenario, STEPS[:HALF])
        await cell.settled()
        take = ("backup", "take", str(tmp_path / "backups"), "--recipient", str(identity.to_public()))
        async with alongside(load(cell) if places.snapshots else asyncio.sleep(0)):
            data, keys, ledger, key = [line.split("\t") for line in await asyncio.to_thread(first.prm, *take)]
    source = (data[0], keys[0], "--key", key[1], "--identity", str(tmp_path / "identity"))
    counts = first.prm("backup", "verify", *source)
    assert sum(int(line.split("\t")[2]) for line in counts) == sum(
        int(one[1].split()[0]) for one in (data, keys, ledger)
    )
    fresh = places.make("fresh")
    assert fresh.prm("restore", *source) == counts
    assert "already" in fresh.refused("restore", *source)
    async with fresh.running(clock, clients, second) as cell:
        await cell.settled()
        await play(scenario, STEPS[HALF:])
        await cell.settled()
        for minutes in (10, 10, 10, 10, 1, 1):
            clock.advance(timedelta(minutes=minutes))
            await cell.run_jobs()
            await cell.settled()
        published = sorted(SERVICES.keys() - {"hooks"})  # nobody subscribes in the story, so hooks has no lane to state
        assert await exported(cell) == [f"RESTORED the store of {service} was restored" for service in published]
        assert await findings(cell) == [("STORE_RESTORED", service) for service in published]


async def load(cell: RunningCell) -> None:
    """Commits with an event, one after another, in two services that both the trail hears."""
    call = recorded(ANONYMOUS, "/prm.x", CallOutcome.REFUSED, time=cell.clock.now(), reason="X")
    while True:
        await asyncio.gather(*[cell.env(service).record([call]) for service in ("deals", "orders", "compliance")])


async def exported(cell: RunningCell) -> list[str]:
    """The beginnings of what a check of the exported trail finds."""
    async with cell.client() as client:
        request = pb.ExportAuditRequest()
        pieces = [piece.data async for piece in client.stream(rpc_path("compliance", "ExportAudit"), request)]
    report = verify(BytesIO(b"".join(pieces)), cell.env("compliance").keys.public_keys())
    return sorted(f"{one.wrong.name} {one.text.partition(' from ')[0]}" for one in report.findings)


async def findings(cell: RunningCell) -> list[tuple[str, str]]:
    """The open findings of the trail: type and service."""
    asked = pb.ListTrailFindingsRequest(state=pb.TRAIL_FINDING_STATE_OPEN)
    async with cell.client() as client:
        listed = await client.call(rpc_path("compliance", "ListTrailFindings"), asked)
    return sorted((pb.TrailFindingType.Name(one.type)[19:], one.service) for one in listed.findings)
