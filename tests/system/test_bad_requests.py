"""For every request, valid or not, the caller gets an error that explains the fault: never INTERNAL or UNKNOWN."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import msgspec
import pytest
from google.protobuf.descriptor import Descriptor, MethodDescriptor
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from libs.clock import SystemClock
from libs.rpc.client import Client
from libs.slices import grpc_services
from services.demo.scenario import SERVICES, ScenarioClient
from services.demo.story import STEPS, play
from tests.effort import share
from tests.system.processes import READY_SECONDS, free_ports
from tests.system.requests import DEPTH, requests
from tests.tokens import headers, token

pytestmark = pytest.mark.xdist_group("bad-requests")

EXAMPLES_OF_A_FIELD, FEWEST, MOST = 8, 20, 200
CALL_SECONDS = 20.0
WRONG = {grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN, grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.UNIMPLEMENTED}


class World(msgspec.Struct, frozen=True):
    """A cell after the story of a deal. ids: ids that exist in it; headers: those of a caller with all permissions."""

    channel: Any
    ids: tuple[str, ...]
    headers: tuple[tuple[str, str], ...]


def _methods() -> list[MethodDescriptor]:
    return [method for name in SERVICES for service in grpc_services(name) for method in service.methods]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder: Path = tmp_path_factory.mktemp("cell")
    (port,) = free_ports(1)
    environment = {**os.environ, "PRM_DATA_DIR": str(folder), "PRM_LISTEN": f"127.0.0.1:{port}"}
    with (folder / "cell.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "services", "run", "all"], env=environment, stdout=log, stderr=log
        )
        try:
            ids = asyncio.run(_played(f"127.0.0.1:{port}", token(folder), token(folder, subject="second")))
            with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
                yield World(channel, ids, tuple(headers(folder).items()))
        finally:
            process.terminate()
            process.wait(60)


async def _played(address: str, *tokens: str) -> tuple[str, ...]:
    async with Client(address, token=tokens[0]) as client, Client(address, token=tokens[1]) as second:
        await client.ready(within_seconds=READY_SECONDS)
        clients, others = dict.fromkeys(SERVICES, client), dict.fromkeys(SERVICES, second)
        scenario = ScenarioClient(clients, second=others, run="world", today=SystemClock().now().date())
        await play(scenario, STEPS)
        return tuple(one for value in scenario.held.values() for one in value.split())


@pytest.mark.parametrize("method", _methods(), ids=lambda method: method.full_name)
def test_no_request_is_answered_as_if_the_service_were_at_fault(method: MethodDescriptor, world: World) -> None:
    @settings(
        max_examples=share(min(max(FEWEST, EXAMPLES_OF_A_FIELD * _fields(method.input_type)), MOST)),
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    )
    @given(requests(method.input_type, world.ids))
    def check(message: Any) -> None:
        code, details = _answer(world, method, message.SerializeToString())
        assert code not in WRONG, f"{code}: {details}\n{message}"

    check()


@pytest.mark.parametrize("method", _methods(), ids=lambda method: method.full_name)
def test_bytes_that_are_no_message_are_an_invalid_argument(method: MethodDescriptor, world: World) -> None:
    @settings(max_examples=share(10), deadline=None, database=None)
    @given(st.binary(min_size=1, max_size=60))
    def check(body: bytes) -> None:
        code, details = _answer(world, method, body)
        assert code not in WRONG, f"{code}: {details}\n{body!r}"

    check()


def _fields(message: Descriptor, depth: int = 0) -> int:
    """How many fields a request may set, at any depth to which `requests` goes."""
    inner = (one.message_type for one in message.fields if one.message_type is not None and depth < DEPTH - 1)
    return len(message.fields) + sum(_fields(one, depth + 1) for one in inner)


def _answer(world: World, method: MethodDescriptor, body: bytes) -> tuple[Any, str]:
    """The status code and the text of the answer to a request with these bytes."""
    channel, headers = world.channel, world.headers
    path = f"/{method.containing_service.full_name}/{method.name}"
    try:
        if method.client_streaming:
            list(channel.stream_stream(path)(iter([body]), timeout=CALL_SECONDS, metadata=headers))
        elif method.server_streaming:
            list(channel.unary_stream(path)(body, timeout=CALL_SECONDS, metadata=headers))
        else:
            channel.unary_unary(path)(body, timeout=CALL_SECONDS, metadata=headers)
    except grpc.RpcError as err:
        return err.code(), err.details() or ""
    return grpc.StatusCode.OK, ""
