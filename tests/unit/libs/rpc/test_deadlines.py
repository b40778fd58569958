"""How long a call may run, and how it ends when it may no longer."""

import asyncio
import json
from typing import Any

import grpc
import pytest
from grpc import aio

from libs.call import Call
from libs.rpc.client import CallFailed
from libs.rpc.inflight import (
    MIN_LEFT_SECONDS,
    Deadlines,
    InflightCall,
    InflightCalls,
    arrive,
    first_message,
    interrupted,
)
from libs.rpc.status import DeadlineExceeded
from tests.unit.libs.rpc.probe import SAVE, Probe, message, plain, serving
from tests.waiting import until


class Endless:
    """A servicer that waits until it is cancelled."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.cancelled = asyncio.Event()

    async def behave(self, request: Any, call: Call) -> None:
        self.begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise


async def test_a_callers_deadline_ends_the_work() -> None:
    endless = Endless()
    async with serving(Probe(endless.behave)) as running:
        with pytest.raises(CallFailed) as caught:
            await running.client.call(SAVE, message("SaveRequest", title="t"), timeout_seconds=0.3)
        assert caught.value.code == "DEADLINE_EXCEEDED"
        await asyncio.wait_for(endless.cancelled.wait(), 5)
        assert json.loads(await until(running.log))["code"] == "DEADLINE_EXCEEDED"


async def test_a_cancelled_call_ends_the_work_and_is_logged_as_such() -> None:
    endless = Endless()
    async with serving(Probe(endless.behave)) as running, plain(running.address) as channel:
        call = channel.unary_unary(f"/{SAVE}")(message("SaveRequest", title="t").SerializeToString())
        waiting = asyncio.ensure_future(call)
        await asyncio.wait_for(endless.begun.wait(), 5)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await asyncio.wait_for(endless.cancelled.wait(), 5)
        assert json.loads(await until(running.log))["code"] == "CANCELLED"


async def test_a_call_that_has_hardly_any_time_left_is_not_begun() -> None:
    probe = Probe()
    async with serving(probe) as running, plain(running.address) as channel:
        body = message("SaveRequest", title="t").SerializeToString()
        with pytest.raises(aio.AioRpcError) as caught:
            await channel.unary_unary(f"/{SAVE}")(body, timeout=MIN_LEFT_SECONDS / 2)
    assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    assert probe.calls == []


class Context:
    """As much of a grpc context as `arrive` reads."""

    def __init__(self, left: float | None) -> None:
        self._left = left

    def time_remaining(self) -> float | None:
        return self._left

    def invocation_metadata(self) -> tuple[tuple[str, str], ...]:
        return ()


LIMITS = Deadlines(default_seconds=0.3, max_seconds=0.6, first_message_seconds=0.6)


@pytest.mark.parametrize(("left", "seconds"), [(None, 0.3), (0.1, 0.1), (99.0, 0.6)])
def test_the_time_of_a_call_is_the_callers_the_default_or_the_most(left: float | None, seconds: float) -> None:
    assert arrive("/m", Context(left), LIMITS).seconds == seconds


async def expire(calls: InflightCalls, left: float | None) -> None:
    inflight = arrive("/m", Context(left), LIMITS)
    calls.begin(inflight)
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError as err:
        if interrupted(err, inflight):
            raise DeadlineExceeded("late") from err
        raise
    finally:
        calls.end(inflight, "OK")


async def test_the_servers_own_limits_end_calls_without_a_deadline() -> None:
    calls = InflightCalls(lambda seconds, about: None)
    async with asyncio.timeout(5):
        ends = await asyncio.gather(*[expire(calls, None) for _ in range(3)], return_exceptions=True)
    assert [type(end) for end in ends] == [DeadlineExceeded] * 3


class Silent(Context):
    """The context of a caller who sends nothing after the headers."""

    async def read(self) -> bytes:
        await asyncio.Event().wait()
        return b""


@pytest.mark.parametrize(("left", "reason"), [(None, "NO_MESSAGE"), (60.0, "NO_MESSAGE"), (0.05, "DEADLINE_EXCEEDED")])
async def test_a_call_whose_message_does_not_come_is_ended_before_its_time(left: float | None, reason: str) -> None:
    calls, context = InflightCalls(lambda seconds, about: None), Silent(left)
    inflight = arrive("/m", context, Deadlines(default_seconds=30.0, max_seconds=60.0, first_message_seconds=0.1))
    calls.begin(inflight)
    with pytest.raises(asyncio.CancelledError):
        async with asyncio.timeout(5):
            await first_message(inflight, context)
    calls.end(inflight, "OK")
    assert inflight.interruption is not None
    assert (inflight.interruption.reason, inflight.until - inflight.started > 0.1) == (reason, reason == "NO_MESSAGE")


async def test_a_cancellation_from_elsewhere_is_not_mistaken_for_a_deadline() -> None:
    calls = InflightCalls(lambda seconds, about: None)
    task = asyncio.ensure_future(expire(calls, 60.0))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_an_ended_call_is_never_cancelled() -> None:
    ended: list[float] = []
    calls = InflightCalls(lambda seconds, about: ended.append(seconds))
    inflight: InflightCall = arrive("/m", Context(0.05), LIMITS)
    calls.begin(inflight)
    calls.end(inflight, "OK")
    await until(lambda: ended)
    assert inflight.interruption is None


async def test_a_log_that_cannot_be_written_does_not_stop_the_deadlines() -> None:
    def refuse(seconds: float, about: object) -> None:
        raise BrokenPipeError

    complaints: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context["exception"]))
    calls = InflightCalls(refuse)
    running = asyncio.ensure_future(expire(calls, None))
    await asyncio.sleep(0)
    done = arrive("/m", Context(None), LIMITS)
    calls.begin(done)
    calls.end(done, "OK")
    with pytest.raises(DeadlineExceeded):
        await asyncio.wait_for(running, 5)
    assert [type(one) for one in complaints] == [BrokenPipeError]
