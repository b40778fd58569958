"""Events that are taken from the stream before the audit trail hears them are found, and nothing is found else."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from libs.audit.verification import verify
from libs.call import ANONYMOUS, CallOutcome, recorded
from libs.clock import ShiftedClock
from libs.config import Settings
from libs.messaging.embedded import embedded_nats
from libs.messaging.jetstream import JetStream, open_jetstream
from libs.messaging.streams import EVENTS
from libs.pb.prm.compliance import v1 as pb
from libs.pb.prm.deals import v1 as deals_pb
from libs.privacy.keys import create_keys
from libs.rpc.client import CallFailed, Client
from libs.runtime.cell import RunningCell, running
from libs.runtime.lane_heads import BEAT_EVERY, EXPIRED
from services.__main__ import SERVICES, builders
from services.demo.scenario import rpc_path
from tests.contracts.store.conftest import mongo_server as mongo_server
from tests.contracts.store.mongo_server import DIRTY_READS, Server
from tests.system.processes import free_ports
from tests.waiting import until

pytestmark = pytest.mark.xdist_group("audit")

MOMENT = timedelta(seconds=1)
LONG = timedelta(minutes=16)
DEALS = "prm.local.deals.>"


class Stage(msgspec.Struct, frozen=True):
    """A broker without users, as which an attacker may do anything, and services over it that share a clock."""

    settings: Settings
    jetstream: JetStream
    clock: ShiftedClock

    @asynccontextmanager
    async def running(self, service: str, **changes: object) -> AsyncIterator[RunningCell]:
        settings = replace(self.settings, **changes)
        async with running(builders(service), settings, clock=self.clock, sweep=False) as cell:
            yield cell

    async def passes(self, time: timedelta, *cells: RunningCell) -> None:
        """Time passes, and each of the cells does what is due and hears what was said."""
        self.clock.advance(time)
        for _ in range(2):
            for cell in cells:
                await cell.settled()
                await cell.run_jobs()

    async def purge(self, after: int = 0) -> None:
        """Remove the events of deals from the stream, but the first few."""
        session = await self.jetstream.session()
        info = await session.streams.stream_info(EVENTS)
        for sequence in range(info.state.first_seq + after, info.state.last_seq + 1):
            await session.streams.delete_msg(EVENTS, sequence)

    async def skip(self, durable: str) -> None:
        """Set a consumer forward to the end: take its messages and acknowledge them."""
        session = await self.jetstream.session()
        info = await session.streams.consumer_info(EVENTS, durable)
        taking = await session.client.jetstream().pull_subscribe_bind(durable, EVENTS)
        for message in await taking.fetch(info.num_pending, timeout=5):
            await message.ack_sync()


@asynccontextmanager
async def a_stage(folder: Path, **settings: object) -> AsyncIterator[Stage]:
    create_keys(folder / "keys", SERVICES)
    async with embedded_nats(folder / "nats") as broker, open_jetstream(broker.url, "local") as jetstream:
        known = Settings(data_dir=folder, keys_dir=folder / "keys", nats_url=broker.url, listen="127.0.0.1:0")
        yield Stage(replace(known, **settings), jetstream, ShiftedClock())


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with a_stage(tmp_path) as found:
        yield found


async def write(cell: RunningCell, count: int = 1) -> None:
    """Deals commits so many events."""
    call = recorded(ANONYMOUS, "/prm.x", CallOutcome.REFUSED, time=cell.clock.now(), reason="X")
    for _ in range(count):
        await cell.env("deals").record([call])
    await cell.settled()


async def findings(cell: RunningCell) -> list[tuple[str, str, list[tuple[int, int]]]]:
    """The open findings: type, service and numbers."""
    asked = pb.ListTrailFindingsRequest(state=pb.TRAIL_FINDING_STATE_OPEN)
    async with cell.client() as client:
        listed = await client.call(rpc_path("compliance", "ListTrailFindings"), asked)
    return [
        (pb.TrailFindingType.Name(one.type)[19:], one.service, [(span.first, span.last) for span in one.ranges])
        for one in listed.findings
    ]


async def exported(cell: RunningCell) -> list[str]:
    """What a check of the export finds, without the names of the lanes."""
    async with cell.client() as client:
        request = pb.ExportAuditRequest()
        pieces = [piece.data async for piece in client.stream(rpc_path("compliance", "ExportAudit"), request)]
    report = verify(BytesIO(b"".join(pieces)), cell.env("compliance").keys.public_keys())
    return [f"{one.wrong.name} {one.text.partition(' of lane ')[0].partition(',')[0]}" for one in report.findings]


async def test_nothing_is_found_in_an_undisturbed_cell_also_after_its_services_were_started_again(stage: Stage) -> None:
    async with stage.running("compliance") as compliance:
        for _ in range(2):
            async with stage.running("deals") as deals:
                await write(deals, 3)
                for time in (MOMENT, LONG, LONG, timedelta(hours=2), LONG):
                    await stage.passes(time, deals, compliance)
                await write(deals, 2)
        await stage.passes(timedelta(days=1), compliance)
        await stage.passes(LONG, compliance)
        assert await findings(compliance) == []
        assert await exported(compliance) == []
        async with compliance.client() as client:
            asked = pb.ListAuditEntriesRequest(method="deals__state_heads")
            listed = await client.call(rpc_path("compliance", "ListAuditEntries"), asked)
        heads = [entry.lane_head for entry in listed.entries]
        assert {(head.ordinal, head.number, head.state) for head in heads} >= {(1, 5, 2), (2, 5, 2)}


async def test_events_that_were_purged_before_the_trail_heard_them_are_found(stage: Stage) -> None:
    async with stage.running("deals") as deals:
        await write(deals, 2)
        async with stage.running("compliance") as compliance:
            await stage.passes(MOMENT, deals, compliance)
        await write(deals, 3)
        await stage.purge(after=3)  # two events and their head were heard
        await write(deals)
        async with stage.running("compliance") as compliance:
            await stage.passes(MOMENT, deals, compliance)
            assert await findings(compliance) == []
            await stage.passes(LONG, deals, compliance)
            assert await findings(compliance) == [("EVENTS_MISSING", "deals", [(3, 5)])]
            assert await exported(compliance) == ["MISSING events 3 to 5"]


async def test_events_over_which_the_consumer_was_set_forward_are_found(stage: Stage) -> None:
    async with stage.running("deals") as deals:
        await write(deals, 2)
        async with stage.running("compliance") as compliance:
            await stage.passes(MOMENT, deals, compliance)
        await write(deals, 4)
        await stage.skip("compliance__all")
        async with stage.running("compliance") as compliance:
            for time in (MOMENT, LONG, LONG):
                await stage.passes(time, deals, compliance)
            assert ("EVENTS_MISSING", "deals", [(3, 6)]) in await findings(compliance)
            assert "MISSING events 3 to 6" in await exported(compliance)


async def test_a_tail_that_was_removed_with_its_heads_is_found(stage: Stage) -> None:
    async with stage.running("deals") as deals:
        await write(deals, 2)
        async with stage.running("compliance") as compliance:
            await stage.passes(MOMENT, deals, compliance)
        await write(deals, 2)
    await stage.purge(after=3)
    async with stage.running("compliance") as compliance:
        for time in (timedelta(minutes=6), LONG, LONG):
            await stage.passes(time, compliance)
        assert ("HEAD_OVERDUE", "deals", []) in await findings(compliance)
        assert any(one.startswith("OVERDUE") for one in await exported(compliance))


async def test_a_lane_that_was_removed_as_a_whole_is_found(stage: Stage) -> None:
    async with stage.running("deals") as deals:
        await write(deals, 2)
        await stage.passes(MOMENT, deals)
    await stage.purge()
    async with stage.running("deals") as deals, stage.running("compliance") as compliance:
        await write(deals, 1)
        for time in (MOMENT, LONG):
            await stage.passes(time, deals, compliance)
        assert await findings(compliance) == [("LANES_MISSING", "deals", [(1, 1)])]
        assert await exported(compliance) == ["MISSING lanes 1 of deals are not in the trail at all"]


async def test_nothing_is_found_after_a_process_was_killed_and_started_again(stage: Stage, tmp_path: Path) -> None:
    await _killed(stage, tmp_path)
    async with stage.running("deals") as deals, stage.running("compliance") as compliance:
        await write(deals)
        for _ in range(EXPIRED // BEAT_EVERY + 2):
            await stage.passes(BEAT_EVERY, deals, compliance)
        for _ in range(3):
            await stage.passes(LONG, deals, compliance)
        assert await findings(compliance) == []
        assert await exported(compliance) == []
        async with compliance.client() as client:
            asked = pb.ListAuditEntriesRequest(method="deals__state_heads")
            listed = await client.call(rpc_path("compliance", "ListAuditEntries"), asked)
        closed = [one.lane_head for one in listed.entries if one.lane_head.state == 2]
        (event,) = await _of_lane(compliance, closed[0].lane)
        assert [(head.number, head.lane) for head in closed] == [(1, event.lane)]


async def _of_lane(cell: RunningCell, lane: str) -> list[pb.AuditEntry]:
    async with cell.client() as client:
        listed = await client.call(rpc_path("compliance", "ListAuditEntries"), pb.ListAuditEntriesRequest())
    return [one for one in listed.entries if one.lane == lane]


async def _killed(stage: Stage, folder: Path) -> None:
    """Deals in a process of its own, which is killed once an event of it is in the stream."""
    (port,) = free_ports(1)
    told = {"DATA_DIR": folder, "KEYS_DIR": folder / "keys", "NATS_URL": stage.settings.nats_url}
    environ = {f"PRM_{name}": str(value) for name, value in told.items()} | {"PRM_LISTEN": f"127.0.0.1:{port}"}
    command = [sys.executable, "-m", "services", "run", "deals"]
    with (folder / "killed.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(*command, env=os.environ | environ, stdout=log, stderr=log)
    try:
        async with Client(f"127.0.0.1:{port}") as client:
            await client.ready(within_seconds=60)
            with suppress(CallFailed):
                await client.call(rpc_path("deals", "CreateRegistration"), deals_pb.CreateRegistrationRequest())
        session = await stage.jetstream.session()

        async def told_once() -> int:
            return int((await session.streams.stream_info(EVENTS)).state.messages)

        await until(told_once)
    finally:
        process.send_signal(signal.SIGKILL)
        await process.wait()


async def test_nothing_is_found_with_two_replicas_and_what_one_of_them_lost_is(
    tmp_path: Path, mongo_server: Server
) -> None:
    if mongo_server.name == "nx-27017":
        pytest.skip(f"{mongo_server.name}: {DIRTY_READS}")
    store: Mapping[str, object] = {"store_url": mongo_server.url, "store_prefix": mongo_server.fresh_prefix()}
    async with a_stage(tmp_path, **store) as stage:
        async with (
            stage.running("deals") as one,
            stage.running("deals") as other,
            stage.running("compliance", store_url="") as compliance,
        ):
            for _ in range(2):
                await write(one, 2)
                await write(other, 3)
                for time in (BEAT_EVERY, LONG, LONG):
                    await stage.passes(time, one, other, compliance)
            assert await findings(compliance) == []
            assert await exported(compliance) == []
        async with stage.running("deals") as one, stage.running("deals") as other:
            await write(one, 2)
            await write(other, 2)
            await stage.passes(BEAT_EVERY, one, other)
            session = await stage.jetstream.session()
            last = (await session.streams.stream_info(EVENTS)).state.last_seq
            await write(one)
            await session.streams.delete_msg(EVENTS, last + 1)
            await write(one)
            async with stage.running("compliance", store_url="") as compliance:
                for time in (BEAT_EVERY, LONG, LONG):
                    await stage.passes(time, one, other, compliance)
                assert await findings(compliance) == [("EVENTS_MISSING", "deals", [(3, 3)])]
