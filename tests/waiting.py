"""Waits for a condition with a bound; only this module of the tests lets time pass."""

import asyncio
from collections.abc import Awaitable, Callable
from inspect import isawaitable
from typing import Any, TypeVar, overload

from libs.clock import monotonic

POLL_SECONDS = 0.005
WITHIN_SECONDS = 20.0

T = TypeVar("T")


@overload
async def until(
    condition: Callable[[], Awaitable[T]], *, within_seconds: float = ..., every_seconds: float = ...
) -> T: ...
@overload
async def until(condition: Callable[[], T], *, within_seconds: float = ..., every_seconds: float = ...) -> T: ...
async def until(
    condition: Callable[[], Any], *, within_seconds: float = WITHIN_SECONDS, every_seconds: float = POLL_SECONDS
) -> Any:
    """Evaluate a condition again and again and return its first true value; AssertionError if there is none in time."""
    deadline = monotonic() + within_seconds
    while True:
        found = condition()
        value = await found if isawaitable(found) else found
        if value:
            return value
        assert monotonic() < deadline, f"not within {within_seconds} seconds"
        await asyncio.sleep(every_seconds)
