"""gRPC with nothing around it, in the loop of the service under load: an echo, and rows that stream.

The rows stand there as one encrypted object, as a service hands them over. A stream decrypts it, sends the rows as
often as it is told, hashes what it sends, and ends with a signature of the hash: it sends as many bytes as a package
has, decrypted, hashed and signed as a package is, and does nothing else.
"""

import hashlib
import os
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Any

import grpc
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from grpc import aio

ECHO = "/bench.Bare/Echo"
KEEP = "/bench.Bare/Keep"
ROWS = "/bench.Bare/Rows"
ROWS_PER_MESSAGE = 100


class Bare(grpc.GenericRpcHandler):  # type: ignore[type-arg]  # generic in the stubs only
    """The handlers: Echo answers what it was sent, Keep keeps lines in memory, Rows streams them."""

    def __init__(self) -> None:
        self._cipher = AESGCM(AESGCM.generate_key(256))
        self._signer = Ed25519PrivateKey.generate()
        self._nonce = os.urandom(12)
        self._sealed = b""

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
        self._sealed = self._cipher.encrypt(self._nonce, request, None)
        return b""

    async def _rows(self, request: bytes, context: object) -> AsyncIterator[bytes]:
        """request: how often to send the rows, as a number in digits."""
        lines = self._cipher.decrypt(self._nonce, self._sealed, None).split(b"\n")
        sent = hashlib.sha256()
        for _ in range(int(request)):
            for first in range(0, len(lines), ROWS_PER_MESSAGE):
                message = b"\n".join(lines[first : first + ROWS_PER_MESSAGE])
                sent.update(message)
                yield message
        yield self._signer.sign(sent.digest())


class BareRows:
    """The client's side of KEEP and ROWS while the block runs; the lines together are below 4 MiB. times: how often a
    stream has them."""

    def __init__(self, address: str, lines: list[bytes], times: int) -> None:
        self._times = times
        self._channel = aio.insecure_channel(address, options=[("grpc.use_local_subchannel_pool", 1)])
        self._lines = lines

    async def __aenter__(self) -> "BareRows":
        bind: Any = self._channel.unary_unary  # no serializers: bytes out, bytes in
        await bind(KEEP)(b"\n".join(self._lines))
        return self

    async def __aexit__(self, kind: type[BaseException] | None, err: object, trace: TracebackType | None) -> None:
        await self._channel.close(None)

    async def read(self) -> AsyncIterator[bytes]:
        """The messages of one stream."""
        bind: Any = self._channel.unary_stream
        async for message in bind(ROWS)(str(self._times).encode()):
            yield message
