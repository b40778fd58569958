"""Callers who begin calls and say nothing more: a process goes on serving everybody else."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from libs.rpc.anonymous import MAX_CALLS
from libs.rpc.client import CallFailed, Client
from libs.rpc.limits import MAX_WAITING
from libs.rpc.server import STREAMS_PER_CONNECTION
from tests import tokens
from tests.system.processes import free_ports
from tests.unit.libs.rpc.frames import INITIAL_WINDOW_SIZE, MAX_CONCURRENT_STREAMS, Raw
from tests.unit.libs.rpc.identity.test_tokens import CELL, authenticator
from tests.unit.libs.rpc.probe import IMPORT, PROBE, SAVE, WATCH, Probe, Running, message, serving
from tests.waiting import until

CALLS, CONNECTIONS = 2_000, 4
CHECK = "grpc.health.v1.Health/Check"
HEALTH_WATCH = "grpc.health.v1.Health/Watch"
REFLECT = "grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"


@asynccontextmanager
async def hanging(
    address: str, path: str, calls: int = CALLS, *, authorization: str = ""
) -> AsyncIterator[Sequence[Raw]]:
    """So many calls that consist of headers alone, over a few connections."""
    headers = {"authorization": authorization} if authorization else {}
    async with AsyncExitStack() as stack:
        raws = [await stack.enter_async_context(Raw(address)) for _ in range(CONNECTIONS)]
        for number in range(calls):
            await raws[number % CONNECTIONS].open(f"/{path}", headers=headers)
        yield raws


async def serves(running: Running, folder: Path) -> bool:
    """Whether a valid call and a question for its health are answered."""
    token = tokens.token(folder, "finance", cell=CELL)
    async with Client(running.address, token=token) as client:
        answer = await client.call(SAVE, message("SaveRequest", id="1", title="t"), timeout_seconds=5, attempts=1)
        return bool(answer.id == "1" and await client.health(PROBE) == "SERVING")


@pytest.mark.parametrize("path", [SAVE, WATCH, IMPORT])
@pytest.mark.parametrize("authorization", ["", "Bearer a.b.c"])
async def test_two_thousand_calls_without_identity_are_refused_without_waiting_for_their_bodies(
    tmp_path: Path, path: str, authorization: str
) -> None:
    async with (
        serving(Probe(), authenticator=authenticator(tmp_path)) as running,
        hanging(running.address, path, authorization=authorization) as raws,
    ):
        assert await serves(running, tmp_path)
        await until(lambda: all(set(raw.opened) == raw.ended for raw in raws), within_seconds=20)


async def test_one_identity_keeps_a_bounded_number_of_calls_waiting_and_others_are_served(tmp_path: Path) -> None:
    token = tokens.token(tmp_path, "administrator", subject="slow", cell=CELL)
    async with (
        serving(Probe(), authenticator=authenticator(tmp_path)) as running,
        hanging(running.address, SAVE, MAX_WAITING + 300, authorization=f"Bearer {token}") as raws,
    ):
        await until(lambda: sum(len(raw.ended) for raw in raws) >= 300)
        assert await serves(running, tmp_path)
        assert sum(len(raw.opened) - len(raw.ended) for raw in raws) <= MAX_WAITING


@pytest.mark.parametrize("path", [SAVE, WATCH, IMPORT, CHECK])
async def test_a_call_that_ends_without_a_message_is_answered(tmp_path: Path, path: str) -> None:
    headers = {"authorization": f"Bearer {tokens.token(tmp_path, 'finance', cell=CELL)}"}
    async with (
        serving(Probe(), authenticator=authenticator(tmp_path)) as running,
        Raw(running.address) as raw,
    ):
        raw.end(await raw.open(f"/{path}", headers=headers))
        await until(lambda: raw.ended == {1})


async def test_a_connection_has_a_bounded_number_of_streams(tmp_path: Path) -> None:
    token = tokens.token(tmp_path, "administrator", subject="slow", cell=CELL)
    async with (
        serving(Probe(), authenticator=authenticator(tmp_path)) as running,
        Raw(running.address) as raw,
    ):
        await until(lambda: raw.announced.get(MAX_CONCURRENT_STREAMS) == STREAMS_PER_CONNECTION)
        for _ in range(2 * STREAMS_PER_CONNECTION):
            await raw.open(f"/{SAVE}", headers={"authorization": f"Bearer {token}"})
        await until(lambda: len(raw.ended) >= STREAMS_PER_CONNECTION)
        assert await serves(running, tmp_path)


@pytest.mark.parametrize("path", [CHECK, HEALTH_WATCH, REFLECT])
async def test_what_needs_no_token_cannot_be_used_to_stop_a_process(tmp_path: Path, path: str) -> None:
    [port] = free_ports(1)
    token = tokens.token(tmp_path, "finance", cell=CELL)
    async with (
        serving(Probe(), authenticator=authenticator(tmp_path), health_listen=f"127.0.0.1:{port}") as running,
        hanging(running.address, path) as raws,
        Client(running.address, token=token) as client,
        Client(f"127.0.0.1:{port}") as beside,
    ):
        await until(lambda: sum(len(raw.opened) - len(raw.ended) for raw in raws) <= MAX_CALLS)
        answer = await client.call(SAVE, message("SaveRequest", id="1", title="t"), timeout_seconds=5, attempts=1)
        assert answer.id == "1"
        assert await beside.health(PROBE) == "SERVING"


async def test_whoever_fills_the_listener_of_health_stops_no_call(tmp_path: Path) -> None:
    [port] = free_ports(1)
    async with (
        serving(Probe(), authenticator=authenticator(tmp_path), health_listen=f"127.0.0.1:{port}") as running,
        hanging(f"127.0.0.1:{port}", HEALTH_WATCH, 400),
    ):
        assert await serves(running, tmp_path)


async def test_a_watcher_that_takes_nothing_in_holds_up_neither_readiness_nor_the_stop() -> None:
    async with serving(Probe()) as running, Raw(running.address, {INITIAL_WINDOW_SIZE: 0}) as raw:
        for _ in range(3):
            await raw.open(f"/{HEALTH_WATCH}", body=b"")
        await running.client.health()
        async with asyncio.timeout(5):
            await running.server.set_ready(PROBE, ready=False)
            assert await running.client.health(PROBE) == "NOT_SERVING"
            await running.server.drain(0)


async def test_a_large_request_of_nobody_is_told_why_it_is_refused(tmp_path: Path) -> None:
    request = message("SaveRequest", id="1", title="t", padding=b"x" * 900_000)
    async with serving(Probe(), authenticator=authenticator(tmp_path)) as running:
        for _ in range(20):
            with pytest.raises(CallFailed) as refused:
                await running.client.call(SAVE, request, attempts=1)
            assert refused.value.reason == "TOKEN_MISSING"
