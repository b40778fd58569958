"""Background work ends with its block, and the block with a failure of the work."""

import asyncio

import pytest

from libs.lifetime import alongside


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
