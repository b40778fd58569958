"""The only module that reads the time; all other code gets a Clock."""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """The source of time of a service."""

    def now(self) -> datetime:
        """The current instant, UTC-aware, microsecond resolution."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class SteppedClock:
    """A clock that changes only when it is advanced; for demonstrations and tests."""

    def __init__(self, start: datetime) -> None:
        if start.tzinfo is None:
            raise ValueError("start needs a time zone")
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        return self._now

    def advance(self, by: timedelta) -> None:
        """Move the clock forward; ValueError if `by` is negative."""
        if by < timedelta(0):
            raise ValueError("a clock never goes back")
        self._now += by


def monotonic() -> float:
    """Seconds of a clock that never goes back, for durations and deadlines inside a process."""
    return time.monotonic()


class ShiftedClock:
    """The machine's clock plus an offset; for demonstrations that cannot wait for weeks, or that begin in the past.
    start: the time that it shows at first; None for that of the machine."""

    def __init__(self, start: datetime | None = None) -> None:
        self._ahead = start - datetime.now(UTC) if start else timedelta(0)

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def advance(self, by: timedelta) -> None:
        """Increase the offset; ValueError if `by` is negative."""
        if by < timedelta(0):
            raise ValueError("a clock never goes back")
        self._ahead += by
