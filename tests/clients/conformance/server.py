"""The server that the suite tests: its own service behind the face and the listener of the product.

Run as `python -m tests.clients.conformance.server FOLDER`, the folder of the suite's protos. What the wrapper does for
a method of the product, errors and deadlines, a small one does here: the suite's methods have no permission.
"""

import asyncio
import signal
import sys
import tempfile
from collections.abc import Awaitable, Callable, MutableMapping
from contextvars import ContextVar
from pathlib import Path
from typing import Any, cast

import grpc
import grpc_tools
from google.protobuf import any_pb2
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.protobuf.descriptor_pool import Default
from google.protobuf.message import DecodeError
from google.protobuf.message_factory import GetMessageClass
from google.rpc.status_pb2 import Status
from grpc_tools import protoc

from libs.errors import AppError
from libs.rpc.codec import Codec
from libs.rpc.http.call import HttpCall
from libs.rpc.http.face import Face
from libs.rpc.method import Method
from libs.rpc.status import TRAILER, refusal_status
from libs.web.listener import Listener
from libs.web.port import App, Receive, Scope, Send

PACKAGE = "connectrpc.conformance.v1"
FILES = tuple(f"connectrpc/conformance/v1/{name}.proto" for name in ("config", "server_compat", "service"))
SERVED = ("Unary", "IdempotentUnary")
MAX_BYTES = 1024 * 1024

_INVALID, _LATE = 3, 4
_LENGTH_BYTES = 4

Headers = list[tuple[str, str]]
_LEADING: ContextVar[Headers] = ContextVar("leading")


class Conformance:
    """One method of the suite, as the face sees a method."""

    unary = True
    max_bytes = MAX_BYTES

    def __init__(self, descriptor: MethodDescriptor) -> None:
        self.descriptor = descriptor
        self._answer = GetMessageClass(descriptor.output_type)
        self.binary = Codec(GetMessageClass(descriptor.input_type).FromString, lambda reply: reply.SerializeToString())

    def handle(self, codec: Codec) -> Callable[[None, HttpCall], Awaitable[bytes]]:
        """See Method."""

        async def handle(_: None, call: HttpCall) -> bytes:
            try:
                request: Any = codec.decode(await call.read())
            except AppError as err:
                await _abort(call, refusal_status(err))
            except DecodeError:
                await _abort(call, Status(code=_INVALID, message="no message"))
            try:
                async with asyncio.timeout(call.time_remaining()):
                    return codec.encode(await self._reply(request, call))
            except TimeoutError:
                await _abort(call, Status(code=_LATE, message="the time is over"))
            raise AssertionError("unreachable")

        return handle

    async def _reply(self, request: Any, call: HttpCall) -> Any:
        """Do what the request says."""
        wanted: Any = request.response_definition
        reply: Any = self._answer()
        _LEADING.get().extend(_listed(wanted.response_headers))
        call.set_trailing_metadata(tuple(_listed(wanted.response_trailers)))
        if wanted.response_delay_ms:
            loop = asyncio.get_running_loop()
            delayed = loop.create_future()
            loop.call_later(wanted.response_delay_ms / 1000, delayed.set_result, None)
            await delayed
        info = reply.payload.request_info
        seen: dict[str, list[str]] = {}
        for name, value in call.invocation_metadata():
            seen.setdefault(name, []).append(value)
        for name, values in seen.items():
            info.request_headers.add(name=name, value=values)
        if (left := call.time_remaining()) is not None:
            info.timeout_ms = int(left * 1000)
        info.requests.add().Pack(request)
        if wanted.HasField("error"):
            status = Status(code=wanted.error.code, message=wanted.error.message)
            status.details.extend(any_pb2.Any.FromString(one.SerializeToString()) for one in wanted.error.details)
            status.details.add().Pack(info)
            await _abort(call, status)
        reply.payload.data = wanted.response_data
        return reply


async def _abort(call: HttpCall, status: Status) -> None:
    await call.abort(grpc.StatusCode.UNKNOWN, status.message, ((TRAILER, status.SerializeToString()),))


def _listed(headers: Any) -> Headers:
    return [(one.name.lower(), value) for one in headers for value in one.value]


def leading(app: App) -> App:
    """The app, with the leading headers that a method wants; methods of the product have none."""

    async def told(scope: Scope, receive: Receive, send: Send) -> None:
        headers: Headers = []
        _LEADING.set(headers)

        async def add(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                more = [(name.encode(), value.encode()) for name, value in headers]
                message = {**message, "headers": [*message["headers"], *more]}
            await send(message)

        await app(scope, receive, add)

    return told


def load(folder: Path) -> None:
    """Compile the protos of the suite and register their messages."""
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "conformance.binpb"
        roots = (folder, Path(grpc_tools.__file__).parent / "_proto")
        assert protoc.main(["protoc", *(f"-I{root}" for root in roots), f"--descriptor_set_out={out}", *FILES]) == 0
        for file in FileDescriptorSet.FromString(out.read_bytes()).file:
            Default().AddSerializedFile(file.SerializeToString())


async def serve(folder: Path) -> None:
    """Tell the suite where the server listens, and serve until the suite ends the process by SIGTERM."""
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    load(folder)
    service = Default().FindServiceByName(f"{PACKAGE}.ConformanceService")
    methods = {f"/{service.full_name}/{name}": Conformance(service.methods_by_name[name]) for name in SERVED}
    listener = Listener(leading(Face(cast(dict[str, Method], methods))))
    address = await listener.start("127.0.0.1:0", variable="PRM_HTTP_LISTEN")
    host, _, port = address.rpartition(":")
    kind = GetMessageClass(Default().FindMessageTypeByName(f"{PACKAGE}.ServerCompatResponse"))
    told = kind(host=host, port=int(port)).SerializeToString()
    sys.stdin.buffer.read(int.from_bytes(sys.stdin.buffer.read(_LENGTH_BYTES)))
    sys.stdout.buffer.write(len(told).to_bytes(_LENGTH_BYTES) + told)
    sys.stdout.buffer.flush()
    await ended.wait()
    await listener.stop(1)


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
