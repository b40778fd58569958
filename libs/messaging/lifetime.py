"""Background work that lives exactly as long as a block: no task outlives its owner, no failure goes unseen."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any


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
        task.cancel()
        await asyncio.wait([task])
    if (failure := _failure(task)) is not None:
        raise failure


def _failure(task: asyncio.Task[None]) -> BaseException | None:
    return task.exception() if task.done() and not task.cancelled() else None
