"""A cell without unencrypted connections: each service and the broker has a certificate of the cell's authority."""

import asyncio
import os
import ssl
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc import aio

from libs.authority import AUTHORITY_FILE, CERTIFICATE_FILE, KEY_FILE, Authority
from libs.clock import SystemClock
from libs.messaging.logins import ADMINISTRATOR, OF_PEOPLE, REPLAY
from libs.pb.prm.partners import v1 as pb
from libs.privacy.keys import create_keys
from libs.rpc.client import CallFailed, Client
from libs.tls import Identity
from services.demo.scenario import SERVICES, ScenarioClient, rpc_path
from services.demo.story import STEPS, play
from tests.brokers import EncryptedBroker, administered, encrypted_broker
from tests.contracts.store.mongo_server import given_server
from tests.system.processes import Cell
from tests.tokens import token
from tests.waiting import until

pytestmark = pytest.mark.xdist_group("system")

BROKER, OPERATOR = "nats", "operator"
HERE = ("localhost", "127.0.0.1")
WITHIN_SECONDS = 60.0
BROKER_REFUSED = "TLS handshake error"


class EncryptedCell(Cell):
    """A cell with the files of each service, of the broker and of an operator in `tls/<name>`."""

    def __init__(self, folder: Path, broker: EncryptedBroker, tls: Path, store: Mapping[str, str]) -> None:
        super().__init__(folder, broker, store)
        self.tls = tls
        self.nats = broker

    def environment(self, service: str) -> dict[str, str]:
        files = {"CERT": CERTIFICATE_FILE, "KEY": KEY_FILE, "CA": AUTHORITY_FILE}
        named = {f"PRM_TLS_{name}": str(self.tls / service / file) for name, file in files.items()}
        return super().environment(service) | named | self.nats.told

    def address(self, service: str) -> str:
        """The address of a service."""
        return self.environment(service)["PRM_LISTEN"]

    async def reconnect(self) -> None:
        """Create the clients again; each keeps its token and credentials."""
        for clients, subject in ((self.clients, "first"), (self.second, "second")):
            for name, client in clients.items():
                await client.close()
                clients[name] = self._client(name, subject)

    def _client(self, service: str, subject: str = "first") -> Client:
        shown = token(self._folder, subject=subject)
        return Client(self.address(service), token=shown, identity=identity(self.tls / OPERATOR))


@asynccontextmanager
async def encrypted_cell(folder: Path, authority: Authority) -> AsyncIterator[EncryptedCell]:
    """A cell in which only the broker runs."""
    create_keys(folder / "keys", SERVICES)
    hand_out(authority, folder / "tls")
    with encrypted_broker(folder / "broker", folder / "tls" / BROKER) as broker, given_server(folder) as store:
        cell = EncryptedCell(folder, broker, folder / "tls", store)
        async with administered(broker, folder / "tls" / ADMINISTRATOR):
            try:
                yield cell
            finally:
                await cell.close()


def hand_out(authority: Authority, tls: Path) -> None:
    """Create certificates for every process of a cell."""
    for name in (*SERVICES, BROKER, OPERATOR, *OF_PEOPLE):
        authority.keep(authority.issue((name, *HERE), SystemClock().now()), tls / name)


def trust(tls: Path, *authorities: Authority) -> None:
    """Set the authorities that every process trusts, independent of its own certificate."""
    for folder in tls.iterdir():
        (folder / AUTHORITY_FILE).write_bytes(b"".join(one.certificate for one in authorities))


def identity(folder: Path) -> Identity:
    return Identity(folder / CERTIFICATE_FILE, folder / KEY_FILE, folder / AUTHORITY_FILE)


def an_authority() -> Authority:
    return Authority.create("cell", SystemClock().now())


async def test_a_deal_lives_through_a_rotation_of_every_certificate_and_of_the_authority(tmp_path: Path) -> None:
    former, successor = an_authority(), an_authority()
    async with encrypted_cell(tmp_path, former) as cell:
        await cell.start()
        scenario = ScenarioClient(cell.clients, second=cell.second, run="tls", today=SystemClock().now().date())
        part = len(STEPS) // 4
        await play(scenario, STEPS[:part])
        late = Client(cell.address("deals"), identity=identity(cell.tls / OPERATOR))
        trust(cell.tls, former, successor)
        cell.nats.reload()
        await cell.reconnect()
        await play(scenario, STEPS[part : 2 * part])
        hand_out(successor, cell.tls)
        trust(cell.tls, former, successor)
        cell.nats.reload()
        await play(scenario, STEPS[2 * part : 3 * part])
        trust(cell.tls, successor)
        cell.nats.reload()
        await cell.reconnect()
        await play(scenario, STEPS[3 * part :])
        assert await late.health() == "UNREACHABLE"
        await late.close()
        assert len({line.chapter for line in scenario.told}) > 1


async def test_a_service_answers_nobody_without_a_certificate_of_its_authority(tmp_path: Path) -> None:
    authority = an_authority()
    async with encrypted_cell(tmp_path, authority) as cell:
        await cell.start(["partners"])
        address, trusted = cell.address("partners"), authority.certificate
        assert await cell.clients["partners"].health(SERVICES["partners"]) == "SERVING"
        async with Client(address, token=token(tmp_path)) as in_clear:
            assert await in_clear.health() == "UNREACHABLE"
        foreign = an_authority().issue((OPERATOR, *HERE), SystemClock().now())
        for shown in (
            grpc.ssl_channel_credentials(trusted),
            grpc.ssl_channel_credentials(trusted, foreign.key, foreign.certificate),
        ):
            channel: Any = aio.secure_channel(address, shown)
            async with channel:
                with pytest.raises(aio.AioRpcError) as caught:
                    await channel.unary_unary("/grpc.health.v1.Health/Check")(b"", timeout=5)
            assert caught.value.code() is grpc.StatusCode.UNAVAILABLE


async def test_a_command_of_the_cell_is_let_in_with_a_certificate_and_a_password_of_its_own(
    tmp_path: Path,
) -> None:
    async with encrypted_cell(tmp_path, an_authority()) as cell:
        await cell.start(["partners"])
        told = {
            name: value.replace("/partners/", f"/{REPLAY}/") for name, value in cell.environment("partners").items()
        }
        process = await _run(told, "replay", "--list")
        async with asyncio.timeout(WITHIN_SECONDS):
            _, said = await process.communicate()
        assert process.returncode == 0, said.decode()
        assert "nats_connected" in said.decode()


async def test_a_broker_takes_nobody_without_a_certificate_of_its_authority(tmp_path: Path) -> None:
    authority = an_authority()
    async with encrypted_cell(tmp_path, authority) as cell:
        await cell.start(["partners"])
        assert BROKER_REFUSED not in cell.nats.log()
        without = ssl.create_default_context(cadata=authority.certificate.decode())
        reader, writer = await asyncio.open_connection("127.0.0.1", cell.nats.port, ssl=without)
        with pytest.raises((ssl.SSLError, OSError)):
            await reader.readexactly(1)
        writer.close()
        stranger = an_authority()
        stranger.keep(stranger.issue(("deals", *HERE), SystemClock().now()), cell.tls / "deals")
        process = await _run(cell.environment("deals"))
        try:
            await until(lambda: cell.nats.log().count(BROKER_REFUSED) > 2, within_seconds=WITHIN_SECONDS)
        finally:
            process.kill()
            await process.wait()


async def test_a_service_without_a_certificate_does_not_start_and_says_what_to_set(tmp_path: Path) -> None:
    async with encrypted_cell(tmp_path, an_authority()) as cell:
        told = {name: value for name, value in cell.environment("deals").items() if not name.startswith("PRM_TLS_")}
        process = await _run(told)
        async with asyncio.timeout(WITHIN_SECONDS):
            _, said = await process.communicate()
    assert process.returncode == 1
    assert said.decode() == (
        "prm: PRM_NATS_URL: tls:// needs a certificate to show; set PRM_TLS_CERT, PRM_TLS_KEY and PRM_TLS_CA to PEM "
        "files\n"
    )


async def test_a_service_with_the_certificate_of_another_does_not_start(tmp_path: Path) -> None:
    async with encrypted_cell(tmp_path, an_authority()) as cell:
        told = cell.environment("deals") | {
            name: value for name, value in cell.environment("orders").items() if name.startswith("PRM_TLS_")
        }
        process = await _run(told)
        async with asyncio.timeout(WITHIN_SECONDS):
            _, said = await process.communicate()
    assert process.returncode == 1
    assert said.decode() == (
        f"prm: PRM_TLS_CERT: {cell.tls / 'orders' / CERTIFICATE_FILE} is the certificate of orders, and this process "
        "is deals: it needs one with that DNS name\n"
    )


async def test_no_service_poses_as_another_or_calls_one(tmp_path: Path) -> None:
    async with encrypted_cell(tmp_path, an_authority()) as cell:
        await cell.start(["partners"])
        address, shown = cell.address("partners"), token(tmp_path)
        request = pb.ListPartnersRequest()
        for who in ("deals", BROKER):
            async with Client(address, token=shown, identity=identity(cell.tls / who)) as caller:
                with pytest.raises(CallFailed) as refused:
                    await caller.call(rpc_path("partners", "ListPartners"), request)
                assert (refused.value.code, refused.value.reason) == ("UNAUTHENTICATED", "CERTIFICATE_NOT_ALLOWED")
        operator = identity(cell.tls / OPERATOR)
        async with (
            Client(address, identity=operator, known_as="deals") as other,
            Client(address, token=shown, identity=operator, known_as="partners") as right,
        ):
            assert await other.health() == "UNREACHABLE"
            await right.call(rpc_path("partners", "ListPartners"), request)


async def _run(told: dict[str, str], *command: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services", *(command or ("run", "deals"))),
        env={name: value for name, value in os.environ.items() if not name.startswith("PRM_")} | told,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
