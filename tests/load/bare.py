"""gRPC with nothing around it, in the loop of the service under load: an echo, and rows that stream."""

from collections.abc import AsyncIterator
from types import TracebackType
from typing import Any

import grpc
from grpc import aio

ECHO = "/bench.Bare/Echo"
KEEP = "/bench.Bare/Keep"
ROWS = "/bench.Bare/Rows"
ROWS_PER_MESSAGE = 100


class Bare(grpc.GenericRpcHandler):  # type: ignore[type-arg]  # generic in the stubs only
    """The handlers: Echo answers what it was sent, Keep keeps lines in memory, Rows streams them."""

    def __init__(self) -> None:
        self._lines: list[bytes] = []

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> "grpc.RpcMethodHandler[bytes, bytes] | None":
        """As gRPC asks."""
        method = handler_call_details.method
        if method == ECHO:
            return grpc.unary_unary_rpc_method_handler(self._echo)
        if method == KEEP:
            return grpc.unary_unary_rpc_method_handler(self._keep)
        return grpc.unary_stream_rpc_method_handler(self._rows) if method == ROWS else None

    async def _echo(self, request: bytes, context: object) -> bytes:
        return request

    async def _keep(self, request: bytes, context: object) -> bytes:
        self._lines = request.split(b"\n")
        return b""

    async def _rows(self, request: bytes, context: object) -> AsyncIterator[bytes]:
        for first in range(0, len(self._lines), ROWS_PER_MESSAGE):
            yield b"\n".join(self._lines[first : first + ROWS_PER_MESSAGE])


class BareRows:
    """The client's side of KEEP and ROWS while the block runs; the lines together are below 4 MiB."""

    def __init__(self, address: str, lines: list[bytes]) -> None:
        self._channel = aio.insecure_channel(address, options=[("grpc.use_local_subchannel_pool", 1)])
        self._lines = lines

    async def __aenter__(self) -> "BareRows":
        bind: Any = self._channel.unary_unary  # no serializers: bytes out, bytes in
        await bind(KEEP)(b"\n".join(self._lines))
        return self

    async def __aexit__(self, kind: type[BaseException] | None, err: object, trace: TracebackType | None) -> None:
        await self._channel.close(None)

    async def read(self) -> AsyncIterator[bytes]:
        """The messages of one stream of the lines."""
        bind: Any = self._channel.unary_stream
        async for message in bind(ROWS)(b""):
            yield message
