"""Closed loops of callers, as light as a client can be: bytes out, bytes in."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from functools import partial
from typing import Any, NamedTuple, Protocol

import msgspec
from grpc import aio

from libs.clock import monotonic
from libs.rpc.client import bearer
from libs.rpc.method import MAX_RESPONSE_BYTES
from tests.load.http import Connection


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


class Target(Protocol):
    """Something that can be called over and over."""

    async def once(self) -> bytes:
        """The answer to one call."""
        ...

    async def loop(self, callers: int, seconds: float) -> Loop:
        """So many callers, each with one call at a time, for so long."""
        ...

    async def close(self) -> None:
        """Let go of the connections."""
        ...


class GrpcTarget:
    """One method of a gRPC server, called with a token if there is one; all callers share a connection."""

    def __init__(self, address: str, method: str, request: Callable[[], bytes], token: str = "") -> None:
        options = [("grpc.use_local_subchannel_pool", 1), ("grpc.max_receive_message_length", MAX_RESPONSE_BYTES)]
        self._channel = aio.insecure_channel(address, options=options)
        bind: Any = self._channel.unary_unary
        self._call = bind(method)  # no serializers: bytes out, bytes in
        self._request = request
        self._headers = tuple(bearer(token).items()) or None

    async def once(self) -> bytes:
        """As in Target; grpc.aio.AioRpcError."""
        return bytes(await self._call(self._request(), metadata=self._headers))

    async def loop(self, callers: int, seconds: float) -> Loop:
        """As in Target."""
        return await _closed_loop([self.once] * callers, seconds)

    async def close(self) -> None:
        """As in Target."""
        await self._channel.close(None)


class HttpRequest(NamedTuple):
    """One request of an HttpTarget, beside its token."""

    verb: str
    path: str
    body: bytes = b""
    headers: Mapping[str, str] = {}


class HttpFailed(Exception):
    """A call was not answered with success; the text is the answer."""


class HttpTarget:
    """One path of an HTTP server; each caller has a connection of its own."""

    def __init__(self, port: int, request: Callable[[], HttpRequest], token: str) -> None:
        self._port = port
        self._request = request
        self._bearer = bearer(token)

    async def once(self) -> bytes:
        """As in Target; HttpFailed."""
        async with Connection(self._port) as connection:
            return await self._call(connection)

    async def loop(self, callers: int, seconds: float) -> Loop:
        """As in Target. Connections are opened before the clock runs; the server closes those that wait for a slice."""
        async with AsyncExitStack() as stack:
            opened = [await stack.enter_async_context(Connection(self._port)) for _ in range(callers)]
            return await _closed_loop([partial(self._call, one) for one in opened], seconds)

    async def close(self) -> None:
        """As in Target; nothing stays open."""

    async def _call(self, connection: Connection) -> bytes:
        request = self._request()
        headers = {**self._bearer, **request.headers}
        answer = await connection.call(request.verb, request.path, body=request.body, headers=headers)
        if answer.status >= 300:
            raise HttpFailed(f"{request.verb} {request.path}: {answer.status} {answer.body[:500]!r}")
        return answer.body


async def _closed_loop(calls: Sequence[Callable[[], Awaitable[bytes]]], seconds: float) -> Loop:
    """A caller for each of the calls."""
    latencies: list[float] = []
    started = monotonic()
    end = started + seconds

    async def caller(call: Callable[[], Awaitable[bytes]]) -> None:
        while (begun := monotonic()) < end:
            await call()
            latencies.append(monotonic() - begun)

    await asyncio.gather(*map(caller, calls))
    return Loop(len(latencies), monotonic() - started, tuple(sorted(latencies)))
