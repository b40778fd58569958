"""By HTTP as by gRPC: only a certificate of the cell's authority connects, and only some of them may call."""

import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from libs.authority import AUTHORITY_FILE, Authority
from libs.clock import SystemClock
from libs.rpc.method import Shared
from libs.rpc.server import Hosted, Server
from libs.telemetry import Telemetry
from libs.tls import Identity
from tests.posting import Posted, post
from tests.unit.libs.rpc.probe import HOME, POLICY, SAVE, LocalAdministrator, Probe, service
from tests.unit.libs.rpc.test_encryption import identity

VALID = b'{"id": "x", "title": "t"}'


@pytest.fixture
def authority() -> Authority:
    return Authority.create("cell", SystemClock().now())


@pytest.fixture
async def address(tmp_path: Path, authority: Authority) -> AsyncIterator[str]:
    """Where a server listens whose files are in the folder `server`."""
    shared = Shared.of(HOME, LocalAdministrator(), Telemetry(), policy=POLICY)
    server, shown = Server([Hosted(service(), Probe(), lambda: None)], shared), identity(tmp_path / "server", authority)
    await server.start("127.0.0.1:0", identity=shown)
    yield await server.start_http("127.0.0.1:0", identity=shown)
    await server.drain(0)


async def ask(address: str, shown: Identity) -> Posted:
    """The answer to who shows this certificate."""
    return await post(address, SAVE, VALID, encryption=shown.client)


@pytest.mark.parametrize("who", ["gateway", "operator"])
async def test_the_gateway_and_operators_are_answered(
    tmp_path: Path, authority: Authority, address: str, who: str
) -> None:
    answer = await ask(address, identity(tmp_path / "client", authority, who))
    assert (answer.status, answer.json) == (200, {"id": "x"})


@pytest.mark.parametrize("who", ["partners", "nats", "localhost"])
async def test_a_certificate_that_is_no_callers_is_refused(
    tmp_path: Path, authority: Authority, address: str, who: str
) -> None:
    answer = await ask(address, identity(tmp_path / "client", authority, who))
    assert (answer.status, answer.refusal) == (401, ("unauthenticated", "CERTIFICATE_NOT_ALLOWED"))


async def test_a_certificate_of_another_authority_does_not_connect(
    tmp_path: Path, authority: Authority, address: str
) -> None:
    other = identity(tmp_path / "other", Authority.create("other", SystemClock().now()), "operator")
    with pytest.raises((ssl.SSLError, ConnectionError)):
        await ask(address, other)
    believing = ssl.create_default_context(cafile=tmp_path / "server" / AUTHORITY_FILE)
    with pytest.raises((ssl.SSLError, ConnectionError, ValueError, IndexError)):
        await post(address, SAVE, VALID, encryption=believing)


async def test_replaced_files_are_used_from_the_next_handshake_on(
    tmp_path: Path, authority: Authority, address: str
) -> None:
    """The server moves to a new authority, and so do its callers."""
    caller = identity(tmp_path / "client", authority, "operator")
    assert (await ask(address, caller)).status == 200
    following = Authority.create("next", SystemClock().now())
    identity(tmp_path / "server", following)
    with pytest.raises((ssl.SSLError, ConnectionError)):
        await ask(address, caller)
    assert (await ask(address, identity(tmp_path / "new", following, "operator"))).status == 200


async def test_who_does_not_speak_tls_gets_nothing(address: str) -> None:
    with pytest.raises((ConnectionError, IndexError)):
        await post(address, SAVE, VALID)
