"""Processes due rows, each in its own commit with a version check, so that several replicas may sweep at once."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from libs.call import SYSTEM, Call
from libs.document import Document
from libs.errors import AppError, StoreUnavailable
from libs.store.port import Loaded

ROWS_AT_ONCE = 32  # enough for the store to group their commits


async def sweep(job: str, rows: Iterable[Loaded[Any]], act: Callable[[Call, str], Awaitable[Document]]) -> int:
    """Call `act` with a call of the system and the id of each row, 32 rows at a time; how many rows it changed.

    A row for which `act` raises an AppError, such as one that has changed since it was read, is skipped until the next
    sweep. StoreUnavailable, and any other error of `act`, ends the sweep after the rows in progress.
    """
    call = Call(caller=SYSTEM, method=job)
    due = list(rows)
    moved = 0
    for start in range(0, len(due), ROWS_AT_ONCE):
        together = [_moved(loaded, act, call) for loaded in due[start : start + ROWS_AT_ONCE]]
        for done in await asyncio.gather(*together, return_exceptions=True):
            if isinstance(done, BaseException):
                raise done
            moved += done
    return moved


async def _moved(loaded: Loaded[Any], act: Callable[[Call, str], Awaitable[Document]], call: Call) -> bool:
    try:
        changed = await act(call, loaded.value.id)
    except StoreUnavailable:
        raise
    except AppError:
        return False
    return bool(changed.version != loaded.value.version)
