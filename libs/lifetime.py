"""Background work that lives exactly as long as a block, so that no task outlives its owner and no failure is lost; and
`Lane`, for long work that must let other calls run."""

import asyncio
from collections.abc import AsyncIterator, Collection, Coroutine, Iterable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

CANCEL_AGAIN_SECONDS = 5.0
GRACE_SECONDS = 1.0

T = TypeVar("T")


@asynccontextmanager
async def alongside(work: Coroutine[Any, Any, None]) -> AsyncIterator[asyncio.Task[None]]:
    """Run `work` while the block runs, and cancel it afterwards.

    If `work` fails, the block is cancelled and the failure raised in its place; what the block itself raises passes
    as it is (an asyncio.TaskGroup would wrap it).
    """
    block = asyncio.current_task()
    task = asyncio.create_task(work)

    def end_block(_: object) -> None:
        if block is not None and _failure(task) is not None:
            block.cancel()

    task.add_done_callback(end_block)
    try:
        yield task
    except asyncio.CancelledError as cancelled:
        if (failure := _failure(task)) is None:
            raise
        if block is not None:
            block.uncancel()
        raise failure from cancelled
    finally:
        task.remove_done_callback(end_block)
        await _end([task])
    if (failure := _failure(task)) is not None:
        raise failure


async def together(works: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Run all until cancelled. If one fails the others are cancelled, and the failures raised as a group."""
    tasks = [asyncio.create_task(work) for work in works]
    if not tasks:
        return
    left: Collection[asyncio.Task[None]] = tasks
    try:
        while left and not any(map(_failure, tasks)):
            _, left = await asyncio.wait(left, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await _end(tasks)
    failures = [failure for task in tasks if (failure := _failure(task)) is not None]
    if failures:
        raise BaseExceptionGroup("unhandled errors in background work", failures)


class Lane:
    """For long work in short slices. Tasks that share a lane run one slice at a time, in the order in which they ask;
    after each slice the event loop runs whatever else is ready."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()

    @asynccontextmanager
    async def slice(self) -> AsyncIterator[None]:
        """Wait for a turn, then run the block as one slice."""
        async with self._lock:
            try:
                yield
            finally:
                await asyncio.sleep(0)


async def abandoned_after(seconds: float, work: Coroutine[Any, Any, T]) -> T:
    """What the work returns, or raises. TimeoutError after these seconds: the work is cancelled then, and left alone if
    it has not ended GRACE_SECONDS later. For calls of a library that swallow a cancellation and may then wait for ever;
    `asyncio.timeout` would wait with them. TimeoutError also if the work was cancelled by something that it waits for:
    nats-py closes a connection so, and a CancelledError would end the caller, whom nobody cancelled."""
    task = asyncio.ensure_future(work)
    task.add_done_callback(_failure)  # an error of work that was left alone is nobody's
    try:
        done, _ = await asyncio.wait({task}, timeout=seconds)
        if not done or task.cancelled():
            raise TimeoutError
        return task.result()
    finally:
        if task.cancel():
            await asyncio.wait({task}, timeout=GRACE_SECONDS)


def stop_if_cancelled() -> None:
    """Raise CancelledError if this task was cancelled and a call below it has swallowed the cancellation. Before Python
    3.12 `asyncio.wait_for` does that if its result comes at the same moment; nats-py waits for every answer with it."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


async def _end(tasks: Collection[asyncio.Task[None]]) -> None:
    """Cancel the tasks and wait until they have ended; cancel again every CANCEL_AGAIN_SECONDS."""
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=CANCEL_AGAIN_SECONDS)


def _failure(task: asyncio.Task[Any]) -> BaseException | None:
    """What the task has raised. A task that ended as cancelled, though nobody cancelled it, has failed too: something
    that it waited for was cancelled, and asyncio would let it end in silence."""
    if not task.done():
        return None
    if task.cancelled():
        return None if task.cancelling() else RuntimeError("the work was cancelled by what it waited for")
    return task.exception()
