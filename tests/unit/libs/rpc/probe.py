"""A service for tests of the wrapper, compiled when first asked for, and a server around it."""

import asyncio
import io
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any

from google.protobuf.descriptor import ServiceDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.protobuf.descriptor_pool import Default
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from grpc import aio
from grpc_tools import protoc

from libs import logs
from libs.call import Call, Caller
from libs.country import Cell, Directory
from libs.pb.buf.validate import validate_pb2
from libs.pb.prm.common.v1 import person_pb2
from libs.pb.prm.options.v1 import options_pb2
from libs.rpc.client import Client
from libs.rpc.decode import Incoming
from libs.rpc.identity import Authenticator
from libs.rpc.method import Shared
from libs.rpc.policy import Policy, Role
from libs.rpc.positions import Positions
from libs.rpc.server import Hosted, Server
from libs.telemetry import Telemetry

HERE = Path(__file__).parent
IMAGE = HERE.parents[3] / "libs" / "pb" / "image.binpb"
SAVE = "prm.probe.v1.ProbeService/Save"
WATCH = "prm.probe.v1.ProbeService/Watch"
IMPORT = "prm.probe.v1.ProbeService/Import"
COUNT = "prm.probe.v1.ProbeService/Count"
PROBE = "prm.probe.v1.ProbeService"
PERMISSIONS = (
    *("probe.row.count", "probe.row.import", "probe.row.save", "probe.row.watch", "mirror.row.save"),
    "probe.personal_data.unmask",
)
POLICY = Policy({"administrator": Role(permissions=PERMISSIONS, calls_per_second=100_000, concurrent_streams=100)})
HOME = Directory(
    Cell(code="de", countries=("DE",), time_zone="Europe/Berlin", currency="EUR"),
    (Cell(code="cn", countries=("CN",), time_zone="Asia/Shanghai", currency="CNY", endpoint="cn.example:443"),),
)


@cache
def service(name: str = "ProbeService") -> ServiceDescriptor:
    """The descriptor of a service in probe.proto."""
    assert all(one.DESCRIPTOR for one in (validate_pb2, options_pb2, person_pb2))  # what probe.proto imports is loaded
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "probe.binpb"
        arguments = [f"--descriptor_set_in={IMAGE}", f"-I{HERE}", f"--descriptor_set_out={out}", "probe.proto"]
        assert protoc.main(["protoc", *arguments]) == 0
        found = FileDescriptorSet.FromString(out.read_bytes())
    for file in found.file:
        Default().AddSerializedFile(file.SerializeToString())
    return Default().FindServiceByName(f"prm.probe.v1.{name}")


def message(name: str, /, **fields: Any) -> Any:
    """A message of probe.proto."""
    service()
    return GetMessageClass(Default().FindMessageTypeByName(f"prm.probe.v1.{name}"))(**fields)


def plain(address: str) -> Any:
    """A channel without anything of ours, for raw bytes."""
    return aio.insecure_channel(address)


class LocalAdministrator:
    """An authenticator that lets everybody in, for tests about something else."""

    caller = Caller(subject="local", roles=("administrator",), permissions=frozenset(PERMISSIONS), purpose="operations")

    def remembered(self, authorization: str) -> Caller | None:
        return self.caller

    async def verify(self, authorization: str) -> Caller:
        return self.caller


async def nothing(request: Any, call: Call) -> None:
    """Do nothing."""


class Probe:
    """The servicer; `behave` is what a test wants to happen in `Save` before it answers."""

    def __init__(self, behave: Callable[[Any, Call], Awaitable[Any]] = nothing) -> None:
        self._behave = behave
        self.calls: list[Call] = []

    async def Save(self, request: Any, call: Call) -> Message:
        self.calls.append(call)
        answer = await self._behave(request, call)
        return answer if isinstance(answer, Message) else message("SaveResponse", id=request.id)

    async def Watch(self, request: Any, call: Call) -> AsyncIterator[Message]:
        self.calls.append(call)
        for position in range(request.count):
            yield message("SaveResponse", id=str(position))
        await self._behave(request, call)

    async def Import(self, requests: AsyncIterator[Incoming[Any]], call: Call) -> AsyncIterator[Message]:
        async for row in requests:
            yield message("SaveResponse", id=row.refusal.reason if row.refusal else row.checked().id)

    async def Count(self, requests: AsyncIterator[Incoming[Any]], call: Call) -> Any:
        return message("SaveResponse", id=str(len([row async for row in requests])))


class Running:
    """A server with the probe on it, a client to it, and what it logged."""

    def __init__(self, server: Server, client: Client, address: str, *, shared: Shared, out: io.BytesIO) -> None:
        self.server = server
        self.client = client
        self.address = address
        self._shared = shared
        self._out = out
        self.on_store_unavailable = asyncio.Event()

    def log(self) -> str:
        """Everything logged so far."""
        self._shared.calls.flush()
        return self._out.getvalue().decode()


@asynccontextmanager
async def serving(
    probe: Probe,
    *,
    telemetry: Telemetry | None = None,
    authenticator: Authenticator | None = None,
    policy: Policy = POLICY,
    health_listen: str = "",
    positions: Positions | None = None,
    directory: Directory = HOME,
) -> AsyncIterator[Running]:
    """Serve the probe on a free port of loopback."""
    out = io.BytesIO()
    logs.configure("info", out=out, console=False)
    away = asyncio.Event()
    shared = Shared.of(directory, authenticator or LocalAdministrator(), telemetry or Telemetry(), policy=policy)
    server = Server([Hosted(service(), probe, away.set, positions=positions)], shared)
    address = await server.start("127.0.0.1:0", health_listen=health_listen)
    await server.set_ready(PROBE, ready=True)
    async with Client(address) as client:
        running = Running(server, client, address, shared=shared, out=out)
        running.on_store_unavailable = away
        try:
            yield running
        finally:
            await server.drain(0)
