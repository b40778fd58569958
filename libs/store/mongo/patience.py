"""Repeats what a member of the replica set refused because it is no longer primary, until the new one answers."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from pymongo.errors import NotPrimaryError

from libs.ids import jittered

_PAUSE_FIRST_SECONDS, _PAUSE_MOST_SECONDS = 0.004, 0.25

T = TypeVar("T")


async def until_primary(read: Callable[[], Awaitable[T]]) -> T:
    """The result of a read, which is repeated while members step down or are elected. The driver repeats a `find` once
    and a command never. The caller bounds the time."""
    pause = _PAUSE_FIRST_SECONDS
    while True:
        try:
            return await read()
        except NotPrimaryError:
            await asyncio.sleep(jittered(pause))
            pause = min(pause * 2, _PAUSE_MOST_SECONDS)
