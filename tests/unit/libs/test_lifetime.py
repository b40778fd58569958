"""Background work ends with its block, and the block with a failure of the work."""

import asyncio
from contextlib import suppress

import pytest

from libs.lifetime import abandoned_after, alongside, together


async def for_ever(ended: list[str]) -> None:
    try:
        await asyncio.Event().wait()
    finally:
        ended.append("work")


async def fail() -> None:
    raise LookupError("work")


async def test_work_ends_with_its_block() -> None:
    ended: list[str] = []
    async with alongside(for_ever(ended)):
        await asyncio.sleep(0)
        ended.append("block")
    assert ended == ["block", "work"]


async def test_what_the_block_raises_passes_as_it_is() -> None:
    ended: list[str] = []

    async def block() -> None:
        async with alongside(for_ever(ended)):
            await asyncio.sleep(0)
            raise ValueError("block")

    with pytest.raises(ValueError, match="block"):
        await block()
    assert ended == ["work"]


async def test_a_failure_of_the_work_ends_the_block_and_is_raised() -> None:
    with pytest.raises(LookupError, match="work"):
        async with alongside(fail()):
            await asyncio.Event().wait()
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_a_failure_just_before_the_end_is_raised_too() -> None:
    begin = asyncio.Event()

    async def fail_late() -> None:
        try:
            await begin.wait()
        finally:
            raise LookupError("late")

    with pytest.raises(LookupError, match="late"):
        async with alongside(fail_late()):
            await asyncio.sleep(0)


async def test_a_cancelled_block_is_cancelled() -> None:
    ended: list[str] = []

    async def block() -> None:
        async with alongside(for_ever(ended)):
            await asyncio.Event().wait()

    task = asyncio.create_task(block())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    assert (task.cancelled(), ended) == (True, ["work"])


async def stubborn(begun: asyncio.Event) -> None:
    """Swallow the first cancellation, and wait for ever."""
    begun.set()
    with suppress(asyncio.CancelledError):
        await asyncio.Event().wait()
    await asyncio.Event().wait()


async def answer() -> str:
    return "an answer"


async def test_work_that_swallows_its_cancellation_is_not_waited_for() -> None:
    with pytest.raises(TimeoutError):
        await abandoned_after(0.01, stubborn(asyncio.Event()))


async def test_whoever_waits_can_be_cancelled_whatever_the_work_does() -> None:
    begun = asyncio.Event()
    waiting = asyncio.create_task(abandoned_after(60.0, stubborn(begun)))
    await begun.wait()
    waiting.cancel()
    await asyncio.wait({waiting})
    assert waiting.cancelled()


async def test_what_the_work_returns_or_raises_passes() -> None:
    assert await abandoned_after(60.0, answer()) == "an answer"
    with pytest.raises(LookupError, match="work"):
        await abandoned_after(60.0, fail())


async def cancelled_from_within() -> None:
    """Wait for a future that somebody else cancels, as the library does with the end of a connection."""
    future = asyncio.get_running_loop().create_future()
    future.cancel()
    await future


async def test_work_that_was_cancelled_from_within_has_failed() -> None:
    with pytest.raises(RuntimeError, match="cancelled by what it waited for"):
        async with alongside(cancelled_from_within()):
            await asyncio.Event().wait()


async def test_one_of_several_that_was_cancelled_from_within_ends_the_others() -> None:
    ended: list[str] = []
    with pytest.raises(BaseExceptionGroup) as raised:
        await together([for_ever(ended), cancelled_from_within()])
    assert ended == ["work"]
    assert [str(one) for one in raised.value.exceptions] == ["the work was cancelled by what it waited for"]


async def test_a_call_that_was_cancelled_from_within_does_not_end_its_caller() -> None:
    with pytest.raises(TimeoutError):
        await abandoned_after(60.0, cancelled_from_within())
