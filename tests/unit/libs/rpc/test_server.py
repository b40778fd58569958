"""The port of a process: health per service, reflection, where it listens, how it stops, what it refuses to serve."""

import asyncio
from typing import Any

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from grpc import aio
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from libs.call import Call
from libs.config import ConfigError
from libs.rpc.client import CallFailed, Client
from libs.rpc.health import own_address
from libs.rpc.method import Shared, compose
from libs.rpc.server import Hosted, Server
from libs.telemetry import Telemetry
from libs.web.address import parse_address
from tests.unit.libs.rpc.probe import HOME, POLICY, PROBE, SAVE, LocalAdministrator, Probe, message, service, serving


def shared() -> Shared:
    return Shared.of(HOME, LocalAdministrator(), Telemetry(), policy=POLICY)


def nothing() -> None:
    """A store that is never away."""


def test_the_servers_of_a_process_compile_rules_once() -> None:
    assert shared().validator is shared().validator


async def test_health_is_told_per_service_and_for_the_process() -> None:
    async with serving(Probe()) as running:
        assert [await running.client.health(name) for name in ("", PROBE, "prm.other.v1.OtherService")] == [
            "SERVING",
            "SERVING",
            "SERVICE_UNKNOWN",
        ]
        await running.server.set_ready(PROBE, ready=False)
        assert [await running.client.health(name) for name in ("", PROBE)] == ["SERVING", "NOT_SERVING"]
        await running.server.set_ready(PROBE, ready=True)
        await running.client.ready(PROBE, within_seconds=5)


async def test_a_service_is_not_ready_before_somebody_says_so() -> None:
    server = Server([Hosted(service(), Probe(), nothing)], shared())
    async with Client(await server.start("127.0.0.1:0")) as client:
        assert await client.health(PROBE) == "NOT_SERVING"
    await server.drain(0)


async def test_a_server_of_ipv6_is_reached_where_it_says_it_is() -> None:
    server = Server([Hosted(service(), Probe(), nothing)], shared())
    address = await server.start("[::1]:0")
    await server.set_ready(PROBE, ready=True)
    async with Client(address) as client:
        assert await client.health(PROBE) == "SERVING"
    assert address.startswith("[::1]:")
    await server.drain(0)


@pytest.mark.parametrize(
    ("listen", "own"),
    [
        ("0.0.0.0:1", "127.0.0.1:1"),
        ("[::]:1", "[::1]:1"),
        ("[0:0:0:0:0:0:0:0]:1", "[::1]:1"),
        ("[2001:db8::7]:1", "[2001:db8::7]:1"),
        ("deals:1", "deals:1"),
    ],
)
def test_a_process_reaches_itself_whatever_address_it_listens_on(listen: str, own: str) -> None:
    assert own_address(listen) == own


async def test_nobody_answers_is_not_an_error_of_the_health_check() -> None:
    async with Client("127.0.0.1:1") as client:
        assert await client.health() == "UNREACHABLE"


async def reflected(address: str, **request: str) -> Any:
    async with aio.insecure_channel(address) as channel:
        stub: Any = reflection_pb2_grpc.ServerReflectionStub(channel)
        call = stub.ServerReflectionInfo(iter([reflection_pb2.ServerReflectionRequest(**request)]))
        return await anext(aiter(call))


async def test_reflection_lists_the_services_and_gives_their_files() -> None:
    async with serving(Probe()) as running:
        listed = await reflected(running.address, list_services="")
        names = {one.name for one in listed.list_services_response.service}
        found = await reflected(running.address, file_containing_symbol=PROBE)
    assert names == {PROBE, "grpc.health.v1.Health", "grpc.reflection.v1alpha.ServerReflection"}
    files = [FileDescriptorProto.FromString(raw) for raw in found.file_descriptor_response.file_descriptor_proto]
    assert [method.name for file in files for one in file.service[:1] for method in one.method] == [
        "Save",
        "Watch",
        "Import",
        "Count",
    ]


@pytest.mark.parametrize("listen", ["127.0.0.1:0", "localhost:7400", "[::1]:7400", "127.9.9.9:7400"])
def test_loopback_is_listened_on(listen: str) -> None:
    assert parse_address(listen, encrypted=False) == (listen.rpartition(":")[0], int(listen.rpartition(":")[2]))


@pytest.mark.parametrize("listen", ["0.0.0.0:7400", "[::]:7400", "192.168.0.1:7400", "prm.example:7400"])
def test_any_other_address_must_be_encrypted(listen: str) -> None:
    with pytest.raises(ConfigError, match=r"PRM_LISTEN: .*; set PRM_TLS_CERT, PRM_TLS_KEY and PRM_TLS_CA to PEM files"):
        parse_address(listen, encrypted=False)
    assert parse_address(listen, encrypted=True)[0] == listen.rpartition(":")[0]


@pytest.mark.parametrize(
    "listen",
    [
        "",
        "7400",
        ":7400",
        "localhost",
        "localhost:http",
        "127.0.0.1:99999",
        "::1:7400",
        "2001:db8::7:7400",
        "[::1]",
        "[::1:7400",
        "::1]:7400",
        "[localhost]:7400",
        "[127.0.0.1]:7400",
        "127.0.0.1:٣",
    ],
)
def test_what_is_no_address_is_refused_with_an_example(listen: str) -> None:
    with pytest.raises(ConfigError, match="for example"):
        parse_address(listen, encrypted=True)


async def test_a_port_that_is_taken_is_refused_with_a_way_out() -> None:
    async with serving(Probe()) as running:
        second = Server([Hosted(service(), Probe(), nothing)], shared())
        with pytest.raises(ConfigError, match="PRM_LISTEN"):
            await second.start(running.address)
        await second.drain(0)


@pytest.mark.parametrize("listen", ["0.0.0.0:7409", "7409", "127.0.0.1:http"])
async def test_health_is_told_beside_on_loopback_only(listen: str) -> None:
    server = Server([Hosted(service(), Probe(), nothing)], shared())
    with pytest.raises(ConfigError, match=r"PRM_HEALTH_LISTEN: "):
        await server.start("127.0.0.1:0", health_listen=listen)
    await server.drain(0)


async def test_a_port_of_health_that_is_taken_is_refused_by_its_name() -> None:
    async with serving(Probe()) as running:
        second = Server([Hosted(service(), Probe(), nothing)], shared())
        with pytest.raises(ConfigError, match="PRM_HEALTH_LISTEN"):
            await second.start("127.0.0.1:0", health_listen=running.address)
        await second.drain(0)


async def test_a_drain_lets_a_call_finish_and_takes_no_new_ones() -> None:
    begun, finish = asyncio.Event(), asyncio.Event()

    async def behave(request: Any, call: Call) -> None:
        begun.set()
        await finish.wait()

    async with serving(Probe(behave)) as running:
        call = asyncio.create_task(running.client.call(SAVE, message("SaveRequest", id="1", title="t")))
        await asyncio.wait_for(begun.wait(), 5)
        drain = asyncio.create_task(running.server.drain(10))
        async with Client(running.address) as late:
            with pytest.raises(CallFailed, match="UNAVAILABLE"):
                await late.call(SAVE, message("SaveRequest", id="2", title="t"), attempts=1)
        finish.set()
        assert (await call).id == "1"
        await drain


async def test_under_load_a_drain_says_to_everybody_it_refuses_when_to_come_again() -> None:
    answered: list[str] = []
    refused: list[CallFailed] = []
    loaded = asyncio.Event()

    async def caller(client: Client) -> None:
        while True:
            try:
                answer = await client.call(SAVE, message("SaveRequest", id="1", title="t"), attempts=1)
                answered.append(answer.id)
            except CallFailed as err:
                refused.append(err)
                return
            if len(answered) > 500:
                loaded.set()

    async with serving(Probe()) as running, Client(running.address) as other:
        callers = [asyncio.create_task(caller(client)) for client in (running.client, other) for _ in range(100)]
        await asyncio.wait_for(loaded.wait(), 20)
        await running.server.drain(10)
        await asyncio.wait_for(asyncio.gather(*callers), 5)
    assert {(one.code, one.reason, one.retry_after_seconds) for one in refused} == {("UNAVAILABLE", "STOPPING", 1.0)}
    assert len(refused) == len(callers)


async def test_what_does_not_finish_in_time_is_told_that_it_was_stopped() -> None:
    begun = asyncio.Event()

    async def behave(request: Any, call: Call) -> None:
        begun.set()
        await asyncio.Event().wait()

    async with serving(Probe(behave)) as running:
        call = asyncio.create_task(running.client.call(SAVE, message("SaveRequest", id="1", title="t")))
        await asyncio.wait_for(begun.wait(), 5)
        await running.server.drain(0.01)
        with pytest.raises(CallFailed) as stopped:
            await call
    assert (stopped.value.code, stopped.value.reason, stopped.value.retry_after_seconds) == (
        "UNAVAILABLE",
        "STOPPED",
        None,
    )


def test_a_method_that_does_not_say_who_may_call_it_is_not_served() -> None:
    with pytest.raises(TypeError, match="access"):
        compose(Hosted(service("OpenService"), Probe(), nothing), shared())


def test_a_servicer_without_a_method_or_with_another_shape_is_not_served() -> None:
    class Wrong(Probe):
        Save = Probe.Watch  # type: ignore[assignment]  # that is the point

    for servicer in (object(), Wrong()):
        with pytest.raises(TypeError, match=r"Save must be a coroutine function"):
            compose(Hosted(service(), servicer, nothing), shared())
