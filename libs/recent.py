"""What was computed last, kept in memory for a short time: bounded by bytes and by age, and forgotten without being
asked, because it may be about persons."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, NamedTuple, TypeVar

from libs.clock import monotonic

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

TIMER_MARGIN_SECONDS = 0.1  # a loop may wake a little early


class _Kept(NamedTuple, Generic[V]):
    value: V
    size_bytes: int
    end: float


class Recent(Generic[K, V]):
    """Values by key. most_bytes: of all of them together; the oldest goes first, and a larger value is never kept.
    life_seconds: after that a value is gone, whether or not anybody asks. Belongs to one event loop."""

    def __init__(self, most_bytes: int, life_seconds: float, time: Callable[[], float] = monotonic) -> None:
        self._kept: OrderedDict[K, _Kept[V]] = OrderedDict()
        self._room_bytes = most_bytes
        self._life_seconds = life_seconds
        self._time = time

    def get(self, key: K) -> V | None:
        """The value that was kept last under this key; None if there is none any more."""
        self.forget_late()
        found = self._kept.get(key)
        return found.value if found is not None else None

    def keep(self, key: K, value: V, size_bytes: int) -> None:
        """Keep a value from now on, in place of the former one with the key."""
        self._drop(key)
        self._kept[key] = _Kept(value, size_bytes, self._time() + self._life_seconds)
        self._room_bytes -= size_bytes
        while self._room_bytes < 0:
            self._drop(next(iter(self._kept)))
        asyncio.get_running_loop().call_later(self._life_seconds + TIMER_MARGIN_SECONDS, self.forget_late)

    def forget_late(self) -> None:
        """Forget every value whose life has ended."""
        now = self._time()
        while self._kept and next(iter(self._kept.values())).end <= now:
            self._drop(next(iter(self._kept)))

    def _drop(self, key: K) -> None:
        if (gone := self._kept.pop(key, None)) is not None:
            self._room_bytes += gone.size_bytes
