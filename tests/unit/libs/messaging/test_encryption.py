"""What is said to a broker on another machine is encrypted, and both sides show who they are."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from libs.authority import AUTHORITY_FILE, CERTIFICATE_FILE, KEY_FILE, Authority
from libs.clock import SystemClock
from libs.config import ConfigError
from libs.messaging.address import servers_of
from libs.messaging.jetstream import JetStream, Outgoing, open_jetstream
from libs.messaging.logins import Credentials, create_passwords, password_of
from libs.messaging.streams import EVENTS
from libs.tls import Identity
from tests.brokers import EncryptedBroker, administered, encrypted_broker
from tests.listening import listening
from tests.waiting import WITHIN_SECONDS, until

pytestmark = pytest.mark.thorough

NOW = SystemClock().now()
TLS_HANDSHAKE = b"\x16"
REFUSED = "TLS handshake error"
VIOLATION = '"$G/user:partners" - Publish Violation - Subject "prm.local.deals.registration.approved"'
CLEAR_GREETING = b'INFO {"server_id":"x","version":"2.15.1","max_payload":1048576,"headers":true}\r\n'
HERE = ("nats", "127.0.0.1")


def identity(folder: Path, authority: Authority, *names: str) -> Identity:
    authority.keep(authority.issue(names or HERE, NOW), folder)
    return Identity(folder / CERTIFICATE_FILE, folder / KEY_FILE, folder / AUTHORITY_FILE)


async def published(jetstream: JetStream, id: str) -> list[str]:
    message = Outgoing("prm.local.deals.registration.approved", {"Nats-Msg-Id": id}, b"")
    async with asyncio.timeout(WITHIN_SECONDS):
        return await (await jetstream.session()).publish([message])


@asynccontextmanager
async def a_broker(folder: Path, authority: Authority) -> AsyncIterator[EncryptedBroker]:
    """One with its streams."""
    identity(folder / "nats", authority)
    identity(folder / "administrator", authority, "administrator")
    with encrypted_broker(folder / "broker", folder / "nats") as broker:
        async with administered(broker, folder / "administrator") as jetstream:
            await jetstream.session()
            yield broker


def connected(broker: EncryptedBroker, own: Identity, user: str = "deals") -> AbstractAsyncContextManager[JetStream]:
    """As a service connects."""
    return open_jetstream(broker.url, "local", limits=None, identity=own, login=broker.login(user))


@pytest.mark.parametrize(
    ("url", "with_identity"),
    [
        ("nats://127.0.0.1:4222", False),
        ("nats://user:secret@localhost:4222, nats://[::1]:4222", True),
        ("tls://nats-0:4222,tls://127.0.0.1", True),
        ("tls://u@[2001:db8::7]:4222,tls://[::1]", True),
    ],
)
def test_loopback_may_be_clear_and_anything_may_be_encrypted(url: str, with_identity: bool) -> None:
    assert servers_of(url, identity=with_identity) == tuple(url.replace(" ", "").split(","))


@pytest.mark.parametrize(
    ("url", "with_identity", "said"),
    [
        ("nats://u:s3cret@nats:4222", False, "nats is another machine.*write tls://nats:4222 and set PRM_TLS_CERT, "),
        ("nats://u:s3cret@nats:4222", True, "write tls://nats:4222"),
        ("nats://127.0.0.1:4222,nats://10.0.0.1:4222", True, "10.0.0.1 is another machine"),
        ("tls://u:s3cret@nats:4222", False, "tls:// needs a certificate to show; set PRM_TLS_CERT, "),
        ("tls://nats:4222,nats://127.0.0.1:4222", True, "every server as tls://"),
        ("ws://u:s3cret@127.0.0.1:80", True, "every server as tls://"),
        ("s3cret@nats", True, "one of the servers is not"),
        ("nats://nats:s3cret", True, "one of the servers is not"),
        ("", True, "one of the servers is not"),
        ("nats://::1:4222", True, r"an IPv6 address is written \[::1\]:4222"),
        ("nats://[::1:4222", True, "one of the servers is not"),
        ("nats://[2001:db8::7]:4222", True, r"write tls://\[2001:db8::7\]:4222"),
    ],
)
def test_any_other_address_is_refused_with_what_to_set(url: str, with_identity: bool, said: str) -> None:
    with pytest.raises(ConfigError, match=f"^PRM_NATS_URL: .*{said}") as caught:
        servers_of(url, identity=with_identity)
    assert "s3cret" not in str(caught.value)


async def test_a_broker_takes_who_has_a_certificate_of_its_authority_and_nobody_else(tmp_path: Path) -> None:
    authority = Authority.create("cell", NOW)
    own = identity(tmp_path / "deals", authority, "deals")
    stranger = identity(tmp_path / "foreign", Authority.create("cell", NOW), "deals")
    async with a_broker(tmp_path, authority) as broker, connected(broker, own) as jetstream:
        assert await published(jetstream, "1") == [""]
        assert REFUSED not in broker.log()
        async with connected(broker, stranger) as refused:
            await until(lambda: REFUSED in broker.log())
            assert not refused.connected


async def test_a_service_publishes_events_of_its_own_and_no_others(tmp_path: Path) -> None:
    authority = Authority.create("cell", NOW)
    own = identity(tmp_path / "deals", authority, "deals")
    other = identity(tmp_path / "partners", authority, "partners")
    async with (
        a_broker(tmp_path, authority) as broker,
        connected(broker, own) as deals,
        connected(broker, other, "partners") as partners,
    ):
        assert await published(deals, "1") == [""]
        forging = asyncio.create_task(published(partners, "2"))
        await until(lambda: VIOLATION in broker.log())
        forging.cancel()
        streams = (await deals.session()).streams
        assert (await streams.stream_info(EVENTS)).state.messages == 1


async def test_a_service_does_not_connect_with_the_password_of_another(tmp_path: Path) -> None:
    authority = Authority.create("cell", NOW)
    own = identity(tmp_path / "partners", authority, "partners")
    async with a_broker(tmp_path, authority) as broker, connected(broker, own, "deals") as jetstream:
        await until(lambda: "authentication error" in broker.log())
        assert not jetstream.connected


@pytest.mark.parametrize("who", ["nats", "mongo", "gateway", "operator", "deals.example"])
async def test_a_broker_takes_nobody_but_services(tmp_path: Path, who: str) -> None:
    authority = Authority.create("cell", NOW)
    own = identity(tmp_path / "client", authority, who)
    async with a_broker(tmp_path, authority) as broker, connected(broker, own) as jetstream:
        await until(lambda: "authentication error" in broker.log())
        assert not jetstream.connected


async def test_a_broker_of_another_name_is_not_spoken_to(tmp_path: Path) -> None:
    authority = Authority.create("cell", NOW)
    own = identity(tmp_path / "deals", authority, "deals")
    identity(tmp_path / "nats", authority, "somebody-else")
    with encrypted_broker(tmp_path / "broker", tmp_path / "nats") as broker:
        async with connected(broker, own) as jetstream:
            await until(lambda: REFUSED in broker.log())
            assert not jetstream.connected


async def test_a_rotated_authority_is_taken_with_the_next_connection(tmp_path: Path) -> None:
    first, second = Authority.create("cell", NOW), Authority.create("cell", NOW)
    own, late = identity(tmp_path / "deals", first, "deals"), identity(tmp_path / "late", first, "deals")
    async with a_broker(tmp_path, first) as broker, connected(broker, own) as jetstream:
        assert await published(jetstream, "1") == [""]
        second.keep(second.issue(["deals"], NOW), tmp_path / "deals")
        second.keep(second.issue(HERE, NOW), tmp_path / "nats")
        former = await jetstream.session()
        broker.kill()
        broker.start()
        await until(lambda: not former.alive)
        assert await published(jetstream, "2") == [""]
        async with connected(broker, late) as refused:
            await until(lambda: REFUSED in broker.log())
            assert not refused.connected


async def test_a_broker_that_does_not_encrypt_hears_no_password(tmp_path: Path) -> None:
    heard = asyncio.get_running_loop().create_future()

    async def pretend(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(CLEAR_GREETING)
        if not heard.done():
            heard.set_result(await reader.readexactly(1))

    own = identity(tmp_path / "deals", Authority.create("cell", NOW), "deals")
    create_passwords(tmp_path, ["deals"])
    login = Credentials("deals", password_of(tmp_path, "deals"))
    async with (
        listening(pretend) as port,
        open_jetstream(f"tls://127.0.0.1:{port}", "local", identity=own, login=login) as jetstream,
    ):
        async with asyncio.timeout(WITHIN_SECONDS):
            assert await heard == TLS_HANDSHAKE
        assert not jetstream.connected
