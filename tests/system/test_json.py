"""Every unary method in JSON gives what gRPC gives, refusals included; a request_id sent both ways has one effect."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from google.protobuf import json_format
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from hypothesis import HealthCheck, given, settings

from libs.clock import ShiftedClock
from libs.config import Settings
from libs.pb.prm.options.v1 import options_pb2
from libs.rpc.client import CallFailed, Client, Session
from libs.runtime.cell import RunningCell, running
from libs.slices import grpc_services
from services.__main__ import builders
from services.demo.scenario import SERVICES, ScenarioClient
from services.demo.story import STEPS, TIMED_STEPS, play
from tests.effort import share
from tests.posting import post
from tests.system.both_ways import BothWays
from tests.system.extra_calls import drive
from tests.system.processes import embedded
from tests.system.requests import requests
from tests.tokens import token

pytestmark = [pytest.mark.xdist_group("json"), pytest.mark.thorough]

QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
METHODS = [method for name in SERVICES for service in grpc_services(name) for method in service.methods]
UNARY = [one for one in METHODS if not one.client_streaming and not one.server_streaming]
STREAMS = [one for one in METHODS if one not in UNARY]


def path_of(method: MethodDescriptor) -> str:
    """As clients name it."""
    return f"{method.containing_service.full_name}/{method.name}"


def can_be_json(message: Message) -> bool:
    """Whether JSON can say it: an instant beyond the year 9999 or a mask with one empty path cannot be said."""
    try:
        return bool(json_format.Parse(json_format.MessageToJson(message), type(message)()) == message)
    except (json_format.Error, ValueError):
        return False


def changes(method: MethodDescriptor) -> bool:
    """Whether it is a mutation."""
    return not method.GetOptions().Extensions[options_pb2.access].read_only


class World(msgspec.Struct, frozen=True):
    """A cell in which everything was called both ways. ids: some that exist in it."""

    runner: asyncio.Runner
    cell: RunningCell
    caller: BothWays
    ids: tuple[str, ...]


@asynccontextmanager
async def _lived(folder: Path, config: Settings) -> AsyncIterator[tuple[RunningCell, BothWays, ScenarioClient]]:
    clock, sessions = ShiftedClock(), (Session(), Session())
    async with running(builders(), config, clock=clock, sweep=False) as cell:

        async def wait(time: timedelta) -> None:
            await cell.settled()
            clock.advance(time)
            await cell.run_jobs()
            await cell.settled()

        tokens = (token(folder, subject="first"), token(folder, subject="second"))
        async with (
            Client(cell.address, token=tokens[0], session=sessions[0]) as first,
            Client(cell.address, token=tokens[1], session=sessions[1]) as second,
        ):
            both = [
                BothWays(client, session, cell.http_address, token)
                for client, session, token in zip((first, second), sessions, tokens, strict=True)
            ]
            clients, others = (dict.fromkeys(SERVICES, one) for one in both)
            scenario = ScenarioClient(clients, second=others, run="json", today=clock.now().date(), wait=wait)
            await play(scenario, (*STEPS, *TIMED_STEPS))
            await drive(scenario, first, cell)
            await cell.settled()
            for path, count in both[1].compared.items():
                both[0].compared[path] = both[0].compared.get(path, 0) + count
            yield cell, both[0], scenario


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("cell")
    with embedded(folder, PRM_HTTP_LISTEN="127.0.0.1:0") as config, asyncio.Runner() as runner:
        lived = _lived(folder, config)
        cell, caller, scenario = runner.run(lived.__aenter__())
        try:
            yield World(runner, cell, caller, tuple(one for value in scenario.held.values() for one in value.split()))
        finally:
            runner.run(lived.__aexit__(None, None, None))


def test_every_mutation_was_answered_alike_both_ways(world: World) -> None:
    """The second way repeats the first, and gets the same answer, ids and all: it had no effect of its own."""
    lacking = {path_of(one) for one in UNARY if changes(one)} - world.caller.compared.keys()
    assert not lacking


@pytest.mark.parametrize("method", UNARY, ids=lambda one: one.full_name)
def test_random_requests_are_answered_alike_both_ways(method: MethodDescriptor, world: World) -> None:
    @settings(max_examples=share(10), deadline=None, database=None, suppress_health_check=QUIET)
    @given(requests(method.input_type, world.ids))
    def check(message: Message) -> None:
        if not can_be_json(message):
            return
        with suppress(CallFailed):
            world.runner.run(world.caller.call(path_of(method), message))

    check()


def test_streams_are_absent(world: World) -> None:
    async def ask() -> set[tuple[int, tuple[str, str]]]:
        answers = [await post(world.cell.http_address, path_of(method)) for method in STREAMS]
        return {(one.status, one.refusal) for one in answers}

    assert world.runner.run(ask()) == {(501, ("unimplemented", "STREAM_NOT_SERVED"))}
