"""The heads of a service's lanes, whatever its processes go through: against the events that were really committed."""

import asyncio
import tempfile
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Literal

from hypothesis import given
from hypothesis import strategies as st

from libs.audit.lanes import Lanes
from libs.audit.lines import Numbered
from libs.audit.statements import LaneStatement
from libs.call import ANONYMOUS, CallOutcome, recorded
from libs.clock import SteppedClock
from libs.country import Directory
from libs.env import Env
from libs.errors import StoreUnavailable
from libs.lane_head import LaneHead, LaneState, LaneStated
from libs.messaging.events import EventCodec
from libs.messaging.outbox import KINDS, OUTBOX, OutboxEntry, micros
from libs.messaging.sent import REPLAY_WINDOW_SECONDS
from libs.privacy.keys import Keys, create_keys, open_keys
from libs.runtime.lane_heads import BEAT_EVERY, BUSY_EVERY, EXPIRED, QUIET_EVERY, LaneHeads
from libs.runtime.platform import LOCAL
from libs.store.lanes import Lane
from libs.store.port import D, Kind, Loaded, Put, Query, Store, StoreError, Write
from libs.store.sqlite import SqliteStore
from tests.builders import NO_OBJECTS, NOW
from tests.store_faults import Wrapper
from tests.waiting import until

CODEC = EventCodec("deals", (LaneStated,))
Outcome = Literal["", "lost", "landed", "late", "cancelled"]
ENDS_THE_LANE = ("lost", "landed", "late")
BEATS_UNTIL_CLOSED = EXPIRED // BEAT_EVERY + 2


@cache
def keys() -> Keys:
    folder = Path(tempfile.mkdtemp())
    create_keys(folder, ["deals"])
    return open_keys(folder).of("deals")


class OwnLane(Wrapper):
    """The store of one process beside others over the same database: with a lane of its own. next: what becomes of the
    next commit that gives a number; the process learns of it only that the store is unavailable. away: reads fail."""

    def __init__(self, inner: Store) -> None:
        super().__init__(inner)
        self.next: Outcome = ""
        self.away = False
        self.late: list[Sequence[Write]] = []
        self._lane = Lane()

    async def get_many(self, kind: Kind[D], ids: Sequence[str]) -> Mapping[str, Loaded[D]]:
        if self.away:
            raise StoreUnavailable("away")
        return await self.inner.get_many(kind, ids)

    async def commit(self, writes: Sequence[Write]) -> None:
        numbering = any(isinstance(one, Put) and one.place is not None for one in writes)
        outcome, self.next = (self.next, "") if numbering else ("", self.next)
        last = self._lane.last
        given = [self._lane.number(one) if isinstance(one, Put) and one.place is not None else one for one in writes]
        try:
            if outcome == "late":
                self.late.append(given)
            elif outcome != "lost":
                await self.inner.commit(given)
        except StoreError:
            self._lane.last = last
            raise
        if outcome in ENDS_THE_LANE:
            self._lane.end()
        if outcome:
            raise StoreUnavailable(outcome)


class Process:
    """One process of the service."""

    def __init__(self, store: Store, clock: SteppedClock) -> None:
        self.store = OwnLane(store)
        self.env: Env[None] = Env(
            "deals",
            store=self.store,
            directory=Directory(LOCAL),
            clock=clock,
            encode=CODEC.encode,
            handover=lambda _: None,
            keys=keys(),
            objects=NO_OBJECTS,
            settings=None,
        )
        self.heads = LaneHeads(self.env)
        self.deaf = 0

    async def write(self, outcome: Outcome = "") -> None:
        """Commit one event."""
        self.store.next = outcome
        call = recorded(ANONYMOUS, "/prm.x", CallOutcome.REFUSED, time=NOW, reason="X")
        with suppress(StoreUnavailable):
            await self.env.record([call])


class World:
    """The processes of a service over one database. Rows of the outbox are deleted when a relay would do so."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.clock = SteppedClock(NOW)
        self.alive: list[Process] = []
        self._deleted: list[OutboxEntry] = []

    def start(self) -> Process:
        self.alive.append(Process(self.store, self.clock))
        return self.alive[-1]

    async def pass_time(self, beats: int = 1) -> None:
        """What was late lands, and who is not deaf beats."""
        for _ in range(beats):
            self.clock.advance(BEAT_EVERY)
            if self.alive:
                await self._delete_sent()
            for one in self.alive:
                while one.store.late:
                    await self.store.commit(one.store.late.pop())
                if one.deaf:
                    one.deaf -= 1
                else:
                    await one.heads.beat()

    async def entries(self) -> list[OutboxEntry]:
        """All that were ever in the outbox."""
        rows = (await self.store.find(Query(kind=OUTBOX, order="at", limit=1_000))).rows
        return [*self._deleted, *(row.value for row in rows)]

    async def _delete_sent(self) -> None:
        sent = micros(self.clock.now() - timedelta(seconds=REPLAY_WINDOW_SECONDS))
        rows = (await self.store.find(Query(kind=OUTBOX, order="at", below=sent, limit=1_000))).rows
        if rows:
            await self.store.commit([row.delete() for row in rows])
            self._deleted += [row.value for row in rows]

    async def events(self) -> dict[str, list[int]]:
        """The numbers that were committed, by lane."""
        found: dict[str, list[int]] = defaultdict(list)
        for entry in await self.entries():
            if entry.number:
                found[entry.lane].append(entry.number)
        return {lane: sorted(numbers) for lane, numbers in found.items()}

    async def heads(self) -> list[LaneHead]:
        envelopes = [entry.envelope for entry in await self.entries() if not entry.number]
        return [CODEC.decode(one, LaneStated).head for one in envelopes]

    async def last_heads(self) -> dict[str, LaneHead]:
        found = await self.heads()
        return {head.lane: head for head in sorted(found, key=lambda head: head.sequence)}


@asynccontextmanager
async def a_world() -> AsyncIterator[World]:
    with tempfile.TemporaryDirectory() as folder:
        store = await SqliteStore.open(Path(folder) / "store.db", commit_interval=timedelta(0))
        await store.ensure(KINDS)
        yield World(store)
        await store.close()


def places(heads: Sequence[LaneHead]) -> list[tuple[int, LaneState]]:
    return [(head.number, head.state) for head in heads]


async def test_a_lane_is_announced_grows_is_quiet_and_is_closed() -> None:
    async with a_world() as world:
        process = world.start()
        assert await process.heads.beat() == 0  # without an event there is no lane
        await process.write()
        assert [await process.heads.beat() for _ in range(2)] == [1, 0]
        await process.write()
        await world.pass_time(beats=BUSY_EVERY // BEAT_EVERY)
        (first, second) = await world.heads()
        assert places([first, second]) == [(1, LaneState.OPEN), (2, LaneState.OPEN)]
        assert second.next_time - second.time == BUSY_EVERY
        await world.pass_time(beats=(BUSY_EVERY + QUIET_EVERY) // BEAT_EVERY)
        *_, quiet, still_quiet = await world.heads()
        assert (still_quiet.number, still_quiet.next_time - still_quiet.time) == (2, QUIET_EVERY)
        assert still_quiet.time <= quiet.next_time
        await process.heads.close()
        assert places((await world.heads())[-1:]) == [(2, LaneState.CLOSED)]
        heads = await world.heads()
        assert all(keys().verify(bytes.fromhex(head.signature), head.text("local"), by="deals") for head in heads)
        assert len({head.sequence for head in heads}) == len(heads)
        assert {head.ordinal for head in heads} == {1}


async def test_a_lane_is_announced_at_once_also_after_the_store_was_away() -> None:
    async with a_world() as world:
        process = world.start()
        announcing = asyncio.create_task(process.heads.announce())
        await process.write()
        await until(world.heads)
        process.store.away = True
        process.env.written.begun.set()
        await until(lambda: not process.env.written.begun.is_set())
        process.store.away = False
        await process.write("landed")  # ends the lane
        await process.write()
        await until(lambda: _heads_of(world, process.env.written.current))
        announcing.cancel()


async def _heads_of(world: World, lane: str) -> list[LaneHead]:
    return [head for head in await world.heads() if head.lane == lane]


async def test_the_lane_of_a_killed_process_is_closed_by_the_next_and_not_before_it_has_expired() -> None:
    async with a_world() as world:
        killed = world.start()
        await killed.write()
        await world.pass_time()
        await killed.write()
        world.alive.clear()
        world.start()
        await world.pass_time(beats=EXPIRED // BEAT_EVERY)
        assert places(await world.heads()) == [(1, LaneState.OPEN)]
        await world.pass_time()
        assert places(await world.heads()) == [(1, LaneState.OPEN), (2, LaneState.CLOSED)]


async def test_the_lane_of_a_process_that_was_killed_before_its_first_beat_is_announced_and_closed() -> None:
    async with a_world() as world:
        killed = world.start()
        await killed.write()
        world.alive.clear()
        world.start()
        await world.pass_time(beats=BEATS_UNTIL_CLOSED)
        assert places(await world.heads()) == [(1, LaneState.OPEN), (1, LaneState.CLOSED)]


async def test_a_replica_does_not_close_a_lane_that_is_alive() -> None:
    async with a_world() as world:
        processes = [world.start(), world.start()]
        for one in processes:
            await one.write()
        await world.pass_time(beats=50)
        assert {head.state for head in await world.heads()} == {LaneState.OPEN}
        assert sorted(head.ordinal for head in (await world.last_heads()).values()) == [1, 2]


async def test_a_process_that_did_not_respond_opens_its_lane_again() -> None:
    async with a_world() as world:
        deaf, other = world.start(), world.start()
        await deaf.write()
        await world.pass_time()
        deaf.deaf = BEATS_UNTIL_CLOSED
        await world.pass_time(beats=BEATS_UNTIL_CLOSED)
        await other.write()
        await deaf.write()
        await world.pass_time()
        own = [head for head in await world.heads() if head.ordinal == 1]
        assert places(own) == [(1, LaneState.OPEN), (1, LaneState.CLOSED), (2, LaneState.OPEN)]


async def test_an_event_whose_commit_nobody_waited_for_is_counted_also_if_it_was_the_last() -> None:
    async with a_world() as world:
        process = world.start()
        await process.write()
        await world.pass_time()
        await process.write("cancelled")
        await world.pass_time(beats=20)
        await process.heads.close()
        assert places((await world.heads())[-1:]) == [(2, LaneState.CLOSED)]


async def test_the_rows_of_closed_lanes_are_not_kept_for_ever() -> None:
    async with a_world() as world:
        for _ in range(3):
            await world.start().write()
            await world.alive.pop().heads.close()
        world.start()
        world.clock.advance(timedelta(days=2))
        await world.pass_time()
        await world.start().write()
        await world.pass_time()
        assert sorted(head.ordinal for head in (await world.last_heads()).values()) == [1, 2, 3, 4]


STEPS = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.sampled_from(
            ["write", "write", "lost", "landed", "late", "cancelled", "start", "kill", "stop", "deaf", "wait", "wait"]
        ),
    ),
    max_size=30,
)


@given(STEPS, st.data())
def test_in_the_end_the_heads_say_exactly_what_was_committed(steps: list[tuple[int, str]], data: st.DataObject) -> None:
    asyncio.run(_lived(steps, data))


async def _lived(steps: list[tuple[int, str]], data: st.DataObject) -> None:
    async with a_world() as world:
        for whose, step in steps:
            await _take(world, whose, step)
        for process in world.alive:
            process.deaf = 0
        await world.pass_time()  # what was late lands
        world.alive = [world.start()]  # the others are killed
        await world.pass_time(beats=BEATS_UNTIL_CLOSED)
        await world.alive[0].heads.close()
        events, heads = await world.events(), await world.last_heads()
        assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in events.values())
        assert {lane: (head.number, head.state) for lane, head in heads.items()} == {
            lane: (numbers[-1], LaneState.CLOSED) for lane, numbers in events.items()
        }
        assert sorted(head.ordinal for head in heads.values()) == list(range(1, len(events) + 1))
        _find_what_is_lost(events, await world.heads(), world.clock.now(), data)


async def _take(world: World, whose: int, step: str) -> None:
    if step == "start" and len(world.alive) < 3:
        world.start()
    elif step == "wait":
        await world.pass_time(beats=whose + 1)
    elif world.alive:
        process = world.alive[whose % len(world.alive)]
        if step in ("kill", "stop"):
            world.alive.remove(process)
            while process.store.late:
                await world.store.commit(process.store.late.pop())
            if step == "stop":
                await process.heads.close()
            else:
                await world.start().heads.beat()  # a supervisor starts it again
        elif step == "deaf":
            process.deaf = BEATS_UNTIL_CLOSED
        elif step != "start":
            await process.write("" if step == "write" else step)  # type: ignore[arg-type]  # an outcome


def _find_what_is_lost(events: dict[str, list[int]], heads: list[LaneHead], now: datetime, data: st.DataObject) -> None:
    """The auditor's bookkeeping, given what was not lost on the way, names what was."""
    sent = [(lane, number) for lane, numbers in events.items() for number in numbers]
    lost = data.draw(st.sets(st.sampled_from(sent))) if sent else set()
    told = Lanes()
    for lane, number in sent:
        if (lane, number) not in lost:
            assert told.add(Numbered("deals", lane, number, NOW.isoformat()))
    for head in heads:
        fields = {name: getattr(head, name) for name in LaneStatement._fields}
        fields |= {"state": head.state.name, "time": head.time.isoformat(), "next_time": head.next_time.isoformat()}
        assert told.state(LaneStatement(**fields))
    found = [str(one) for one in told.findings((now + timedelta(hours=1)).isoformat())]
    assert len(found) == len({lane for lane, _ in lost})
    assert all(text.startswith("MISSING: events") for text in found)
