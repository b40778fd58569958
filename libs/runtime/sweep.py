"""Moving what is due, row by row: each its own guarded commit, so any number of replicas may sweep."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from libs.call import SYSTEM, Call
from libs.document import Document
from libs.errors import AppError, StoreUnavailable
from libs.store.port import Loaded

ROWS_AT_ONCE = 32  # enough for the store to group their commits


async def sweep(job: str, rows: Iterable[Loaded[Any]], act: Callable[[Call, str], Awaitable[Document]]) -> int:
    """How many of the rows `act` (a call of the system, the row's id) moved; up to 32 are on their way at once.

    A row that somebody else moved first, or that may not move any more, is left as it is; the next sweep sees how it
    stands. StoreUnavailable, and whatever else `act` raises, ends the sweep once the rows on their way are through.
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
