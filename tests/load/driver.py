"""A closed loop of callers, as light as a client can be: bytes out, bytes in."""

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec
from grpc import aio

from libs.clock import monotonic
from libs.rpc.client import bearer


class Loop(msgspec.Struct, frozen=True):
    """What a slice of closed loop came to. latencies: seconds, sorted. server_cpu_seconds: 0 if nobody measured it."""

    calls: int
    seconds: float
    latencies: tuple[float, ...]
    server_cpu_seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Calls a second."""
        return self.calls / self.seconds

    @property
    def server_cpu_micros(self) -> float:
        """Processor time of the server for one call."""
        return self.server_cpu_seconds / self.calls * 1_000_000

    def percentile(self, percent: int) -> float:
        """The latency that so many of a hundred calls stay below, in seconds."""
        return self.latencies[min(len(self.latencies) - 1, len(self.latencies) * percent // 100)]


class Target:
    """One method of one server, called with a token if there is one."""

    def __init__(self, address: str, method: str, request: Callable[[], bytes], token: str = "") -> None:
        self._channel = aio.insecure_channel(address, options=[("grpc.use_local_subchannel_pool", 1)])
        bind: Any = self._channel.unary_unary
        self._call = bind(method)  # no serializers: bytes out, bytes in
        self._request = request
        self._headers = tuple(bearer(token).items()) or None

    async def once(self) -> bytes:
        """The answer to one call."""
        return bytes(await self._call(self._request(), metadata=self._headers))

    async def loop(self, callers: int, seconds: float, *, calls_at_most: int = 1_000_000) -> Loop:
        """So many callers, each with one call at a time, for so long."""
        latencies: list[float] = []
        started = monotonic()
        end = started + seconds

        async def caller() -> None:
            while (begun := monotonic()) < end and len(latencies) < calls_at_most:
                await self._call(self._request(), metadata=self._headers)
                latencies.append(monotonic() - begun)

        await asyncio.gather(*(caller() for _ in range(callers)))
        return Loop(len(latencies), monotonic() - started, tuple(sorted(latencies)))

    async def close(self) -> None:
        """Let go of the connection."""
        await self._channel.close(None)
