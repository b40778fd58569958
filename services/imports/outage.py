"""Waiting for a cell that restarts, and calls that do."""

import asyncio
from typing import Any

from google.protobuf.message import Message

from libs.clock import monotonic
from libs.rpc.client import CallFailed, Client

OUTAGE_SECONDS = 300.0  # a cell that restarts is waited for
FIRST_PAUSE_SECONDS = 0.2
MAX_PAUSE_SECONDS = 3.0
NOT_LET_IN = frozenset({"UNAUTHENTICATED", "PERMISSION_DENIED"})
_TRANSIENT = frozenset({"UNAVAILABLE", "DEADLINE_EXCEEDED", "ABORTED", "RESOURCE_EXHAUSTED", "CANCELLED"})


class Outage:
    """A time in which the cell answers nothing, as when it restarts."""

    def __init__(self, seconds: float) -> None:
        self._until = monotonic() + seconds
        self._breaks = 0

    async def wait(self, err: CallFailed) -> None:
        """Pause before the next attempt; raises `err` if it is not of the way, or the time is over."""
        self._breaks += 1
        pause = err.retry_after_seconds or min(FIRST_PAUSE_SECONDS * 2**self._breaks, MAX_PAUSE_SECONDS)
        if not passes(err) or monotonic() + pause > self._until:
            raise err
        await asyncio.sleep(pause)


class PatientClient:
    """Calls that are repeated for up to `outage_seconds` while the cell answers nothing."""

    def __init__(self, client: Client, outage_seconds: float) -> None:
        self._client = client
        self._outage = outage_seconds

    async def call(self, path: str, request: Message) -> Any:
        """The answer; CallFailed if the service refuses the call, or the cell stays away. The request must be safe to
        repeat."""
        outage = Outage(self._outage)
        while True:
            try:
                return await self._client.call(path, request)
            except CallFailed as err:
                await outage.wait(err)


def passes(err: CallFailed) -> bool:
    """Whether a failure is of the way to the service. A write that meets the end of its stream is INTERNAL to gRPC; an
    INTERNAL of the service itself has a reason. A document that has changed since it was read does not change back."""
    return (err.code in _TRANSIENT and err.reason != "ETAG_MISMATCH") or (err.code == "INTERNAL" and not err.reason)
