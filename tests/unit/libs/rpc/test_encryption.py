"""A port with an identity is only for those who have one of the same authority, and takes new files while it runs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc import aio

from libs.authority import AUTHORITY_FILE, CERTIFICATE_FILE, KEY_FILE, Authority
from libs.clock import SystemClock
from libs.config import Settings
from libs.rpc.client import CallFailed, Client, connect
from libs.rpc.method import Shared
from libs.rpc.server import CONNECTION_SECONDS, Hosted, Server
from libs.telemetry import Telemetry
from libs.tls import Identity
from tests.listening import listening
from tests.unit.libs.rpc.probe import HOME, POLICY, PROBE, LocalAdministrator, Probe, message, service
from tests.waiting import until

NOW = SystemClock().now()
TLS_HANDSHAKE = b"\x16"
HERE = ("localhost", "127.0.0.1")


def identity(folder: Path, authority: Authority, *names: str) -> Identity:
    """One of this authority, in files of this folder."""
    authority.keep(authority.issue(names or HERE, NOW), folder)
    return Identity(folder / CERTIFICATE_FILE, folder / KEY_FILE, folder / AUTHORITY_FILE)


@pytest.fixture
def authority() -> Authority:
    return Authority.create("cell", NOW)


@asynccontextmanager
async def serving(
    shown: Identity, *, listen: str = "127.0.0.1:0", connection_seconds: int = CONNECTION_SECONDS
) -> AsyncIterator[str]:
    """Where a server listens."""
    shared = Shared.of(HOME, LocalAdministrator(), Telemetry(), policy=POLICY)
    server = Server([Hosted(service(), Probe(), lambda: None)], shared, connection_seconds=connection_seconds)
    address = await server.start(listen, identity=shown)
    await server.set_ready(PROBE, ready=True)
    yield address
    await server.drain(0)


@pytest.fixture
async def address(tmp_path: Path, authority: Authority) -> AsyncIterator[str]:
    """Where a server listens whose files are in the folder `server`."""
    async with serving(identity(tmp_path / "server", authority)) as found:
        yield found


async def test_who_has_a_certificate_of_the_same_authority_is_answered(
    tmp_path: Path, authority: Authority, address: str
) -> None:
    async with Client(address, identity=identity(tmp_path / "client", authority, "operator")) as client:
        assert await client.health(PROBE) == "SERVING"


@pytest.mark.parametrize("who", [("partners",), ("nats",), ("mongo", "mongo-0.mongo"), HERE])
async def test_a_certificate_that_is_no_callers_is_refused_before_anything_is_read(
    tmp_path: Path, authority: Authority, address: str, who: tuple[str, ...]
) -> None:
    async with Client(address, identity=identity(tmp_path / "client", authority, *who)) as client:
        with pytest.raises(CallFailed) as unary:
            await client.call(f"{PROBE}/Save", message("SaveRequest", title="x"))
        with pytest.raises(CallFailed) as streamed:
            await anext(client.stream(f"{PROBE}/Watch", message("WatchRequest", count=1)))
        for failed in (unary, streamed):
            assert (failed.value.code, failed.value.reason) == ("UNAUTHENTICATED", "CERTIFICATE_NOT_ALLOWED")
        assert await client.health(PROBE) == "SERVING"  # which says nothing of what is kept there


@pytest.mark.parametrize("who", ["gateway", "operator", "deals"])
async def test_the_door_an_operator_and_a_process_itself_may_call(
    tmp_path: Path, authority: Authority, who: str
) -> None:
    async with (
        serving(identity(tmp_path / "server", authority, "deals", *HERE)) as address,
        Client(address, identity=identity(tmp_path / "client", authority, who)) as client,
    ):
        await client.call(f"{PROBE}/Save", message("SaveRequest", title="x"))


async def test_who_has_none_or_one_of_another_authority_is_not(authority: Authority, address: str) -> None:
    async with Client(address) as in_clear:
        assert await in_clear.health() == "UNREACHABLE"
    trusted, foreign = authority.certificate, Authority.create("cell", NOW).issue(HERE, NOW)
    for shown in (
        grpc.ssl_channel_credentials(trusted),
        grpc.ssl_channel_credentials(trusted, foreign.key, foreign.certificate),
    ):
        channel: Any = aio.secure_channel(address, shown)
        async with channel:
            with pytest.raises(aio.AioRpcError) as caught:
                await channel.unary_unary("/grpc.health.v1.Health/Check")(b"", timeout=5)
        assert caught.value.code() is grpc.StatusCode.UNAVAILABLE


async def test_a_server_of_another_name_or_authority_is_not_spoken_to(
    tmp_path: Path, authority: Authority, address: str
) -> None:
    own = identity(tmp_path / "client", authority)
    other = identity(tmp_path / "other", Authority.create("cell", NOW))
    async with (
        Client(address, identity=own, known_as="orders") as wrong,
        Client(address, identity=other) as distrustful,
    ):
        assert [await client.health() for client in (wrong, distrustful)] == ["UNREACHABLE", "UNREACHABLE"]


async def test_a_server_that_was_given_another_authority_shows_and_trusts_that_at_once(
    tmp_path: Path, authority: Authority, address: str
) -> None:
    old = identity(tmp_path / "old", authority)
    successor = Authority.create("cell", NOW)
    new = identity(tmp_path / "new", successor)
    async with Client(address, identity=old) as connected:
        assert await connected.health() == "SERVING"
        successor.keep(successor.issue(HERE, NOW), tmp_path / "server")
        async with Client(address, identity=new) as later, Client(address, identity=old) as late:
            assert [await client.health() for client in (later, late)] == ["SERVING", "UNREACHABLE"]
        assert await connected.health() == "SERVING"


async def test_who_is_trusted_no_more_is_rid_of_in_time_and_nobody_else_notices(
    tmp_path: Path, authority: Authority
) -> None:
    successor = Authority.create("cell", NOW)
    old, new = identity(tmp_path / "old", authority), identity(tmp_path / "new", successor)
    async with (
        serving(identity(tmp_path / "server", authority), connection_seconds=1) as address,
        Client(address, identity=old) as former,
        Client(address, identity=new) as client,
    ):
        assert await former.health() == "SERVING"
        successor.keep(successor.issue(HERE, NOW), tmp_path / "server")

        async def former_is_out() -> bool:
            assert await client.health() == "SERVING"
            return await former.health() == "UNREACHABLE"

        await until(former_is_out)


async def test_a_server_with_half_replaced_files_goes_on_with_the_former(
    tmp_path: Path, authority: Authority, address: str
) -> None:
    own = identity(tmp_path / "client", authority)
    (tmp_path / "server" / CERTIFICATE_FILE).write_bytes(authority.issue(HERE, NOW).certificate)
    async with Client(address, identity=own) as client:
        assert await client.health() == "SERVING"


async def test_a_command_shows_what_the_environment_names(tmp_path: Path, authority: Authority, address: str) -> None:
    identity(tmp_path / "own", authority, "deals", *HERE)
    files = [tmp_path / "own" / name for name in (CERTIFICATE_FILE, KEY_FILE, AUTHORITY_FILE)]
    told = Settings(listen="127.0.0.1:1", tls_cert=files[0], tls_key=files[1], tls_ca=files[2])
    async with connect(told, to=address) as client:
        assert await client.health(PROBE) == "SERVING"


async def test_a_process_is_reached_by_itself_whatever_its_certificate_names(
    tmp_path: Path, authority: Authority
) -> None:
    shown = identity(tmp_path, authority, "deals.prm.svc")
    files = [tmp_path / name for name in (CERTIFICATE_FILE, KEY_FILE, AUTHORITY_FILE)]
    async with serving(shown, listen="0.0.0.0:0") as address:
        told = Settings(listen=address, tls_cert=files[0], tls_key=files[1], tls_ca=files[2])
        async with connect(told) as client:
            assert await client.health() == "SERVING"


async def test_the_first_byte_to_another_machine_is_that_of_a_handshake() -> None:
    heard = asyncio.get_running_loop().create_future()

    async def listen(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        if not heard.done():
            heard.set_result(await reader.readexactly(1))

    # 0.0.0.0: an address that is not loopback and leads here all the same
    async with listening(listen) as port, Client(f"0.0.0.0:{port}") as client:
        assert await client.health() == "UNREACHABLE"
    assert heard.result() == TLS_HANDSHAKE
