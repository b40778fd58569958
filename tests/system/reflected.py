"""A client that knows only an address and learns by reflection what it can call."""

from collections.abc import AsyncIterator
from typing import Any

import grpc
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from google.rpc.status_pb2 import Status
from grpc import aio
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

from libs.rpc.client import CallFailed, bearer

_DETAILS = "grpc-status-details-bin"


class Reflected:
    """Calls methods by name with messages of its own descriptor pool; raises CallFailed for errors, as our own client
    does."""

    def __init__(self, address: str, token: str = "") -> None:
        self._lookup = grpc.insecure_channel(address)
        self._database = ProtoReflectionDescriptorDatabase(self._lookup)
        self.pool = DescriptorPool(self._database)
        self._channel = aio.insecure_channel(address)
        self._headers = tuple(bearer(token).items())

    def services(self) -> list[str]:
        """All gRPC services that the server offers."""
        return sorted(self._database.get_services())

    async def call(self, path: str, request: Message) -> Any:
        """The answer of a unary method."""
        bound: Any = self._channel.unary_unary(f"/{path}", type(request).SerializeToString, self._read(path))
        try:
            return await bound(request, timeout=30, metadata=self._headers)
        except aio.AioRpcError as err:
            raise _failure(err) from err

    async def stream(self, path: str, request: Message) -> AsyncIterator[Any]:
        """The answers of a streaming method."""
        bound: Any = self._channel.unary_stream(f"/{path}", type(request).SerializeToString, self._read(path))
        async for answer in bound(request, timeout=30, metadata=self._headers):
            yield answer

    async def close(self) -> None:
        """Close the connections."""
        self._lookup.close()
        await self._channel.close(None)

    def _read(self, path: str) -> Any:
        return GetMessageClass(self.pool.FindMethodByName(path.replace("/", ".")).output_type).FromString


def _failure(err: aio.AioRpcError) -> CallFailed:
    trailer: Any = err.trailing_metadata()
    found = dict(trailer or ()).get(_DETAILS)
    status = Status.FromString(found) if found else Status()
    return CallFailed(err.code().name, err.details() or "", status)
