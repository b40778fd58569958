"""Moving what is due, row by row: each its own guarded commit, so any number of replicas may sweep."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from libs.call import SYSTEM, Call
from libs.document import Document
from libs.errors import AppError, StoreUnavailable
from libs.store.port import Held


async def sweep(job: str, rows: Iterable[Held[Any]], act: Callable[[Call, str], Awaitable[Document]]) -> int:
    """How many of the rows `act` (a call of the system, the row's id) moved.

    A row that somebody else moved first, or that may not move any more, is left as it is; the next sweep sees how it
    stands. StoreUnavailable ends the sweep.
    """
    moved = 0
    call = Call(caller=SYSTEM, method=job)
    for held in rows:
        try:
            changed = await act(call, held.value.id)
        except StoreUnavailable:
            raise
        except AppError:
            continue
        moved += changed.version != held.value.version
    return moved
