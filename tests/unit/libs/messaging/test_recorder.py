"""What is shown is written before it leaves, many at once; what is refused a moment later."""

import asyncio
from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from libs.call import CallOutcome, CallRecord
from libs.clock import SteppedClock
from libs.errors import StoreUnavailable
from libs.lifetime import alongside
from libs.messaging.recorder import IDS_PER_EVENT, Pacing, Recorder
from libs.messaging.refusals import RECORDS_PER_EVENT
from tests.builders import NOW
from tests.waiting import until

SHOWN = CallRecord(time=NOW, actor="dev:anna", method="/a/Get", outcome=CallOutcome.DISCLOSED, shown_ids=("reg_1",))
REFUSED = CallRecord(time=NOW, method="/a/Set", outcome=CallOutcome.REFUSED, reason="TOKEN_MISSING")
CLOCK = SteppedClock(NOW)
QUICK = Pacing(disclosures_seconds=0.001, refusals_seconds=0.001)


class Store:
    """Takes groups while `open` is set; `failures` come first."""

    def __init__(self) -> None:
        self.groups: list[list[CallRecord]] = []
        self.failures: list[Exception] = []
        self.begun = 0
        self.open = asyncio.Event()
        self.open.set()

    async def write(self, records: Sequence[CallRecord]) -> None:
        self.begun += 1
        await self.open.wait()
        if self.failures:
            raise self.failures.pop()
        self.groups.append(list(records))


def _shown(number: int) -> CallRecord:
    return replace(SHOWN, actor=f"dev:{number}")


async def test_one_that_comes_alone_is_written_at_once() -> None:
    store = Store()
    recorder = Recorder(store.write, CLOCK, pacing=Pacing(disclosures_seconds=3600, refusals_seconds=3600))
    async with alongside(recorder.run()):
        for number in range(3):
            await recorder.disclosed(_shown(number))
    assert store.groups == [[_shown(0)], [_shown(1)], [_shown(2)]]


async def test_those_that_wait_share_a_commit_and_none_goes_on_before_it_is_durable() -> None:
    store = Store()
    recorder = Recorder(store.write, CLOCK, pacing=QUICK)
    store.open.clear()
    async with alongside(recorder.run()):
        first = asyncio.ensure_future(recorder.disclosed(_shown(0)))
        await until(lambda: store.begun == 1)
        rest = [asyncio.ensure_future(recorder.disclosed(_shown(number))) for number in range(1, 40)]
        assert not any(one.done() for one in (first, *rest))
        store.open.set()
        await asyncio.gather(first, *rest)
    assert store.groups == [[_shown(0)], [_shown(number) for number in range(1, 40)]]


async def test_as_many_as_came_before_need_not_wait_for_more() -> None:
    store = Store()
    recorder = Recorder(store.write, CLOCK, pacing=Pacing(disclosures_seconds=3600))

    async def look(number: int) -> None:
        for _ in range(5):
            await recorder.disclosed(_shown(number))

    async with alongside(recorder.run()), asyncio.timeout(20):
        await asyncio.gather(*(look(number) for number in range(8)))
    assert store.groups == [[_shown(number) for number in range(8)]] * 5


async def test_fewer_than_before_wait_for_a_moment_only() -> None:
    store = Store()
    recorder = Recorder(store.write, CLOCK, pacing=Pacing(disclosures_seconds=0.05))
    async with alongside(recorder.run()):
        await asyncio.gather(*(recorder.disclosed(_shown(number)) for number in range(8)))
        await asyncio.wait_for(recorder.disclosed(SHOWN), 20)
    assert [len(group) for group in store.groups] == [8, 1]


async def test_a_group_is_as_large_as_an_event_may_be() -> None:
    store = Store()
    recorder = Recorder(store.write, CLOCK, pacing=QUICK)
    many = [recorder.disclosed(_shown(number)) for number in range(RECORDS_PER_EVENT + 1)]
    long = replace(SHOWN, shown_ids=tuple(f"reg_{number}" for number in range(IDS_PER_EVENT - 1)))
    many += [recorder.disclosed(long), recorder.disclosed(long), recorder.disclosed(SHOWN)]
    async with alongside(recorder.run()):
        await asyncio.gather(*many)
    assert [len(group) for group in store.groups] == [RECORDS_PER_EVENT, 2, 2]


async def test_what_cannot_be_written_must_not_be_shown() -> None:
    store = Store()
    recorder = Recorder(store.write, CLOCK, pacing=QUICK)
    store.failures.append(StoreUnavailable("away"))
    async with alongside(recorder.run()):
        with pytest.raises(StoreUnavailable, match="away"):
            await recorder.disclosed(SHOWN)
        await recorder.disclosed(_shown(2))
    assert store.groups == [[_shown(2)]]


async def test_who_waits_when_the_process_ends_is_told() -> None:
    store = Store()
    recorder = Recorder(store.write, CLOCK, pacing=QUICK)
    store.open.clear()
    async with alongside(recorder.run()):
        waiting = recorder.disclosed(SHOWN)
        await until(lambda: store.begun == 1)
    with pytest.raises(StoreUnavailable, match="process"):
        await waiting


async def test_who_has_gone_is_shown_nothing_and_leaves_nothing() -> None:
    store = Store()
    recorder = Recorder(store.write, CLOCK, pacing=QUICK)
    gone = asyncio.ensure_future(recorder.disclosed(_shown(1)))
    stays = asyncio.ensure_future(recorder.disclosed(_shown(2)))
    gone.cancel()
    async with alongside(recorder.run()):
        await stays
    assert store.groups == [[_shown(2)]]


async def test_refusals_are_written_soon_and_together() -> None:
    store = Store()
    recorder = Recorder(store.write, CLOCK)
    for _ in range(100):
        recorder.refused(REFUSED)
    async with alongside(recorder.run()):
        await until(lambda: store.groups)
        recorder.refused(replace(REFUSED, actor="dev:anna"))
        await until(lambda: len(store.groups) == 2)
    assert store.groups == [[replace(REFUSED, call_count=100)], [replace(REFUSED, actor="dev:anna")]]


async def test_refusals_that_could_not_be_written_are_kept_and_written_when_it_ends() -> None:
    store = Store()
    recorder = Recorder(store.write, CLOCK, pacing=QUICK)
    store.failures.append(StoreUnavailable("away"))
    async with alongside(recorder.run()):
        recorder.refused(REFUSED)
        await until(lambda: store.begun == 1)
        recorder.refused(REFUSED)
    assert store.groups == []
    assert await recorder.drain(5.0)
    assert store.groups == [[replace(REFUSED, call_count=2)]]


async def test_an_end_does_not_wait_for_a_store_that_is_away() -> None:
    store = Store()
    recorder = Recorder(store.write, CLOCK, pacing=QUICK)
    recorder.refused(REFUSED)
    store.open.clear()
    assert not await recorder.drain(0.01)
    store.open.set()
    store.failures.append(StoreUnavailable("away"))
    recorder.refused(REFUSED)
    assert not await recorder.drain(5.0)
