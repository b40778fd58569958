"""Two services in one process, from the start to the stop."""

import asyncio
import os
import signal
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest

from libs.clock import SteppedClock
from libs.config import ConfigError
from libs.errors import StoreUnavailable
from libs.messaging.embedded import EmbeddedFailed, embedded_nats
from libs.messaging.jetstream import NO_ANSWER, Outgoing, open_jetstream
from libs.messaging.streams import EVENTS
from libs.rpc.client import CallFailed, Client
from libs.runtime.cell import running
from libs.runtime.readiness import PROBE
from libs.store.port import Kind, Put, Store, StoreInUse
from tests.store_faults import Wrapper
from tests.unit.libs.runtime.notes import (
    COPIES_RPC,
    NOTES_RPC,
    Hooks,
    at_work,
    builders,
    copies,
    forever,
    settings,
    take,
)
from tests.waiting import until

pytestmark = pytest.mark.thorough


async def test_a_command_has_its_effect_in_the_other_service(tmp_path: Path) -> None:
    async with at_work(tmp_path) as (cell, client):
        await take(client, 1)
        await take(client, 2)
        await cell.settled(within_seconds=20)
        assert await copies(cell) == ["note 1", "note 2"]
        assert (cell.env("notes").settings.length, cell.env("copies").settings.length) == (7, 20)


async def test_each_service_is_ready_and_the_process_alive(tmp_path: Path) -> None:
    async with at_work(tmp_path) as (_, client):
        states = [await client.health(name) for name in ("", NOTES_RPC, COPIES_RPC, "prm.orders.v1.OrderService")]
    assert states == ["SERVING", "SERVING", "SERVING", "SERVICE_UNKNOWN"]


async def test_a_cell_starts_again_on_what_it_left(tmp_path: Path) -> None:
    async with at_work(tmp_path) as (_, client):
        await take(client, 1)
    async with at_work(tmp_path) as (cell, client):
        await take(client, 2)
        await cell.settled(within_seconds=20)
        assert await copies(cell) == ["note 1", "note 2"]


async def test_a_second_cell_on_the_same_folder_is_told_what_to_do(tmp_path: Path) -> None:
    async with at_work(tmp_path):
        with pytest.raises((StoreInUse, EmbeddedFailed), match="PRM_DATA_DIR"):
            async with at_work(tmp_path):
                pass


async def test_what_was_opened_is_closed_when_a_start_fails(tmp_path: Path) -> None:
    own = tmp_path / "own"
    async with at_work(tmp_path / "other") as (other, _):
        with pytest.raises(ConfigError, match="PRM_LISTEN"):  # the last step of a start
            async with running(builders(Hooks()), settings(own, listen=other.address)):
                pass
    async with at_work(own) as (_, client):
        assert await client.health(NOTES_RPC) == "SERVING"


async def test_without_a_broker_commands_succeed_and_events_wait(tmp_path: Path) -> None:
    async with at_work(tmp_path, nats_url="nats://127.0.0.1:1") as (cell, client):
        await take(client, 1)
        assert await client.health(NOTES_RPC) == "SERVING"
        assert cell.relays["notes"].stats.backlog == 1
        with pytest.raises(TimeoutError):
            await cell.settled(within_seconds=0.2)
    async with at_work(tmp_path, keys_dir=tmp_path / "keys") as (cell, _):
        await cell.settled(within_seconds=20)
        assert await until(lambda: copies(cell)) == ["note 1"]


async def test_each_service_of_a_process_is_a_user_of_its_own_and_publishes_nothing_of_another(tmp_path: Path) -> None:
    async with at_work(tmp_path) as (cell, _):
        forged = Outgoing("prm.local.notes.note.taken", {"Nats-Msg-Id": "1"}, b"forged")
        forging = asyncio.create_task((await cell.jetstreams["copies"].session()).publish([forged]))
        session = await cell.jetstreams["notes"].session()
        assert await session.publish([Outgoing("prm.local.notes.other", {"Nats-Msg-Id": "2"}, b"")]) == [""]
        assert await forging == [NO_ANSWER]
        assert (await session.streams.stream_info(EVENTS)).state.messages == 1


async def test_the_embedded_broker_is_started_again_when_it_dies(tmp_path: Path) -> None:
    async with at_work(tmp_path) as (cell, client):
        session = await cell.jetstreams["notes"].session()
        server = int((tmp_path / "local/nats/owner.lock").read_text())
        assert server == os.getpid()
        for child in _children():
            os.kill(child, signal.SIGKILL)
        await until(lambda: not session.alive)
        await take(client, 1)
        await cell.settled(within_seconds=30)
        assert await copies(cell) == ["note 1"]


def _children() -> list[int]:
    found = []
    for process in Path("/proc").iterdir():
        with suppress(OSError, IndexError):
            fields = (process / "stat").read_text().rsplit(")", 1)[1].split()
            if int(fields[1]) == os.getpid() and "nats" in (process / "cmdline").read_text():
                found.append(int(process.name))
    return found


class Switch(Wrapper):
    """A store that can be taken away and broken."""

    def __init__(self, inner: Store) -> None:
        super().__init__(inner)
        self.away = False
        self.full = False
        self.room_bytes: int | None = None
        self.probes = 0
        self.broken = False
        self.on_close: Any = lambda: None

    async def get_many(self, kind: Kind[Any], ids: Any) -> Any:
        if self.broken:
            raise RuntimeError("a bug")
        if self.away:
            raise StoreUnavailable("away")
        return await self.inner.get_many(kind, ids)

    async def commit(self, writes: Any) -> None:
        self.probes += any(write.kind is PROBE for write in writes)
        size = sum(len(msgspec.json.encode(write.document)) for write in writes if isinstance(write, Put))
        if self.away or self.full or (self.room_bytes is not None and size > self.room_bytes):
            raise StoreUnavailable("away")
        await self.inner.commit(writes)

    async def close(self) -> None:
        self.on_close()
        await self.inner.close()


class Switches:
    """The switch of each service."""

    def __init__(self) -> None:
        self.of: dict[str, Switch] = {}

    def wrap(self, service: str, store: Store) -> Store:
        self.of[service] = Switch(store)
        return self.of[service]


class Unready(Wrapper):
    """A store that does not take the kinds it is given."""

    async def ensure(self, kinds: Any) -> None:
        raise StoreUnavailable("no room for an index")


async def test_a_store_that_cannot_be_prepared_is_let_go(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="no room"):
        async with at_work(tmp_path, wrap=lambda _, store: Unready(store)):
            pass
    async with at_work(tmp_path) as (_, client):
        assert await client.health(NOTES_RPC) == "SERVING"


@pytest.mark.parametrize("fault", ["away", "full"])
async def test_a_store_that_fails_makes_its_service_not_ready_until_it_is_back(tmp_path: Path, fault: str) -> None:
    switches = Switches()
    async with at_work(tmp_path, wrap=switches.wrap) as (_, client):
        setattr(switches.of["notes"], fault, True)
        with pytest.raises(CallFailed) as caught:
            await take(client, 1, attempts=1)
        assert (caught.value.code, caught.value.retry_after_seconds) == ("UNAVAILABLE", 1.0)
        await until(lambda: _is(client, NOTES_RPC, "NOT_SERVING"))
        assert [await client.health(name) for name in ("", COPIES_RPC)] == ["SERVING", "SERVING"]
        setattr(switches.of["notes"], fault, False)
        await client.ready(NOTES_RPC, within_seconds=10)
        await take(client, 1)


async def test_a_disk_with_room_for_next_to_nothing_keeps_a_service_off_until_there_is_room(tmp_path: Path) -> None:
    switches, told = Switches(), list[str]()
    async with at_work(tmp_path, wrap=switches.wrap) as (_, client):
        notes = switches.of["notes"]
        notes.room_bytes = 200
        with suppress(CallFailed):
            await take(client, 1, attempts=1)
        await until(lambda: _is(client, NOTES_RPC, "NOT_SERVING"))

        async def tried() -> bool:
            told.append(await client.health(NOTES_RPC))
            return notes.probes >= 4

        await until(tried)
        assert set(told) == {"NOT_SERVING"}
        notes.room_bytes = None
        await client.ready(NOTES_RPC, within_seconds=10)
        await take(client, 1)


async def test_a_store_that_only_a_consumer_finds_away_makes_its_service_not_ready(tmp_path: Path) -> None:
    switches = Switches()
    async with at_work(tmp_path, wrap=switches.wrap) as (cell, client):
        switches.of["copies"].full = True
        await take(client, 1)
        await until(lambda: _is(client, COPIES_RPC, "NOT_SERVING"))
        assert await client.health(NOTES_RPC) == "SERVING"
        switches.of["copies"].full = False
        await client.ready(COPIES_RPC, within_seconds=10)
        await cell.settled()
        assert await copies(cell) == ["note 1"]


async def _is(client: Client, service: str, state: str) -> bool:
    return await client.health(service) == state


async def test_background_work_that_fails_stops_the_cell(tmp_path: Path) -> None:
    with pytest.raises(ExceptionGroup, match="unhandled") as caught:
        await _break_the_readiness_probe(tmp_path)
    assert caught.group_contains(RuntimeError, match="a bug")


async def _break_the_readiness_probe(folder: Path) -> None:
    switches = Switches()
    async with at_work(folder, wrap=switches.wrap) as (_, client):
        switches.of["notes"].broken = switches.of["notes"].full = True
        with suppress(CallFailed):
            await take(client, 1, attempts=1)
        await forever()


async def test_jobs_run_when_asked_until_they_move_nothing(tmp_path: Path) -> None:
    hooks, rows = Hooks(), [3, 2, 0]

    async def move() -> int:
        return rows.pop(0)

    hooks.in_job = move
    clock = SteppedClock(datetime(2026, 3, 2, tzinfo=UTC))
    async with at_work(tmp_path, hooks, clock=clock) as (cell, _):
        assert await cell.run_jobs() == {
            "notes__sweep": 5,
            "notes__purge": 0,
            "notes__lay_out": 0,
            "copies__purge": 0,
            "copies__lay_out": 0,
        }
        assert cell.clock.now() == clock.now()


async def test_a_job_that_fails_is_tried_again(tmp_path: Path) -> None:
    hooks, runs = Hooks(), []

    async def move() -> int:
        runs.append(1)
        if len(runs) == 1:
            raise ValueError("a bug")
        return 0

    hooks.in_job = move
    async with at_work(tmp_path, hooks, sweep=True):
        await until(lambda: len(runs) >= 3)


class Gate:
    """Something under way, that a test lets finish."""

    def __init__(self, hooks: Hooks, name: str) -> None:
        self._hooks = hooks
        self._name = name
        self.entered = asyncio.Event()
        self.open = asyncio.Event()

    async def pass_through(self) -> int:
        self.entered.set()
        await self.open.wait()
        self._hooks.order.append(self._name)
        return 0


async def test_a_stop_lets_what_is_under_way_finish_in_order(tmp_path: Path) -> None:
    hooks, switches = Hooks(), Switches()
    call, job, effect = (Gate(hooks, name) for name in ("call", "job", "consumer"))
    hooks.in_consumer = effect.pass_through
    async with AsyncExitStack() as outlive:
        async with running(builders(hooks), settings(tmp_path, drain_seconds=60.0), wrap=switches.wrap) as cell:
            client = await outlive.enter_async_context(cell.client())
            await take(client, 1)
            await effect.entered.wait()
            hooks.in_call, hooks.in_job = call.pass_through, job.pass_through
            answer = asyncio.create_task(take(client, 2))
            await asyncio.gather(call.entered.wait(), job.entered.wait())
            for switch in switches.of.values():
                switch.on_close = partial(hooks.order.append, "store")
            opening = asyncio.create_task(_open_one_by_one(cell.address, hooks, call, job, effect))
        await asyncio.gather(answer, opening)
    assert list(dict.fromkeys(hooks.order)) == ["call", "job", "consumer", "store"]


async def _open_one_by_one(address: str, hooks: Hooks, *gates: Gate) -> None:
    async with Client(address) as other:
        await until(lambda: _refuses(other))
    for number, gate in enumerate(gates, 1):
        assert len(hooks.order) == number - 1
        gate.open.set()
        await until(partial(_is_long, hooks.order, number))


def _is_long(order: list[str], length: int) -> bool:
    return len(order) >= length


async def _refuses(client: Client) -> bool:
    return await client.health(NOTES_RPC) in ("NOT_SERVING", "UNREACHABLE")


async def test_events_of_the_last_calls_are_out_when_the_stop_is_over(tmp_path: Path) -> None:
    async with embedded_nats(tmp_path / "broker") as nats:
        async with at_work(tmp_path, nats_url=nats.url) as (cell, client):
            await cell.jetstreams["notes"].session()
            await asyncio.gather(*[take(client, number) for number in range(50)])
        async with open_jetstream(nats.url, "local") as jetstream:
            session = await jetstream.session()
            assert (await session.streams.stream_info(EVENTS)).state.messages == 50
