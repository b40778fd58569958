"""A process shows who it is with files that fit, and takes new ones while it runs."""

import asyncio
import ssl
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from hypothesis import given
from hypothesis import strategies as st

from libs.authority import AUTHORITY_FILE, CERTIFICATE_FILE, KEY_FILE, Authority
from libs.clock import SystemClock
from libs.config import ConfigError
from libs.tls import CA, CERT, KEY, Identity, is_loopback, open_identity, peers_of
from tests.listening import listening

NOW = SystemClock().now()
ENCRYPTED = ed25519.Ed25519PrivateKey.generate().private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"secret")
)


@pytest.fixture
def authority() -> Authority:
    return Authority.create("cell", NOW)


def identity(folder: Path) -> Identity:
    found = open_identity(cert=folder / CERTIFICATE_FILE, key=folder / KEY_FILE, ca=folder / AUTHORITY_FILE)
    assert found is not None
    return found


def refused(folder: Path) -> list[str]:
    """The variables that the refusal names, in its order."""
    with pytest.raises(ConfigError) as caught:
        identity(folder)
    return [line.split(":")[0] for line in str(caught.value).splitlines()]


def test_none_of_the_files_is_no_identity_and_some_are_a_mistake(tmp_path: Path) -> None:
    assert open_identity(cert=None, key=None, ca=None) is None
    with pytest.raises(ConfigError, match=f"^{KEY}, {CA}: missing; set {CERT}, {KEY} and {CA}"):
        open_identity(cert=tmp_path, key=None, ca=None)


def test_an_identity_is_what_its_files_hold(tmp_path: Path, authority: Authority) -> None:
    issued = authority.issue(["deals", "localhost", "127.0.0.1"], NOW)
    authority.keep(issued, tmp_path)
    assert identity(tmp_path).pem == (
        issued.certificate,
        issued.key,
        authority.certificate,
        "deals",
        frozenset({"deals"}),
    )


def test_every_file_that_cannot_be_used_is_named(tmp_path: Path, authority: Authority) -> None:
    assert refused(tmp_path) == [CERT, KEY, CA]
    authority.keep(authority.issue(["deals"], NOW), tmp_path)
    (tmp_path / CERTIFICATE_FILE).write_text("nothing")
    (tmp_path / AUTHORITY_FILE).write_bytes(b"\xff")
    assert refused(tmp_path) == [CA, CERT]


def _of_another(folder: Path, authority: Authority) -> None:
    (folder / KEY_FILE).write_bytes(authority.issue(["deals"], NOW).key)


def _not_a_key(folder: Path, authority: Authority) -> None:
    (folder / KEY_FILE).write_bytes((folder / CERTIFICATE_FILE).read_bytes())


def _encrypted(folder: Path, authority: Authority) -> None:
    key = serialization.load_pem_private_key((folder / KEY_FILE).read_bytes(), None)
    secret = serialization.BestAvailableEncryption(b"secret")
    (folder / KEY_FILE).write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, secret)
    )


@pytest.mark.parametrize(
    ("spoil", "why"),
    [(_of_another, "is not the key of that certificate"), (_not_a_key, "cannot be used"), (_encrypted, "unencrypted")],
)
def test_a_key_that_does_not_fit_is_refused(
    tmp_path: Path, authority: Authority, spoil: Callable[[Path, Authority], None], why: str
) -> None:
    authority.keep(authority.issue(["deals"], NOW), tmp_path)
    spoil(tmp_path, authority)
    with pytest.raises(ConfigError, match=f"^{KEY}: .*{why}"):
        identity(tmp_path)


def test_a_certificate_that_others_would_refuse_is_refused_at_once(tmp_path: Path, authority: Authority) -> None:
    authority.keep(authority.issue(["deals"], NOW - timedelta(days=9), lasts=timedelta(days=8)), tmp_path)
    with pytest.raises(ConfigError, match=f"^{CERT}: .*expired.*signed by {CA}, be valid now"):
        identity(tmp_path)
    authority.keep(Authority.create("cell", NOW).issue(["deals"], NOW), tmp_path)
    with pytest.raises(ConfigError, match=f"^{CERT}: .*refused by the others"):
        identity(tmp_path)


def test_a_pair_that_grpc_would_not_take_is_refused(tmp_path: Path, authority: Authority) -> None:
    authority.keep(authority.issue(["deals"], NOW, key=ed25519.Ed25519PrivateKey.generate()), tmp_path)
    with pytest.raises(ConfigError, match=f"^{CERT}: .*Ed25519.*ECDSA P-256"):
        identity(tmp_path)


def test_replaced_files_are_taken_when_they_go_together(tmp_path: Path, authority: Authority) -> None:
    authority.keep(authority.issue(["deals"], NOW), tmp_path)
    own = identity(tmp_path)
    before, context = own.pem, own.client
    later = authority.issue(["deals.prm.svc"], NOW)
    (tmp_path / CERTIFICATE_FILE).write_bytes(later.certificate)
    assert (own.pem, own.client) == (before, context)
    (tmp_path / KEY_FILE).write_bytes(later.key)
    assert own.pem == (later.certificate, later.key, authority.certificate, "deals.prm.svc", frozenset())
    assert own.client is not context


@pytest.mark.parametrize(
    ("names", "who"),
    [
        (["deals", "localhost", "127.0.0.1", "::1"], {"deals"}),
        (["services", "partners", "deals"], {"services", "partners", "deals"}),
        (["nats", "*.nats-peers"], {"nats"}),
        (["deals.example", "10.0.0.7", "localhost", "*"], set()),
    ],
)
def test_a_certificate_is_that_of_the_peers_it_names_and_not_of_hosts(names: list[str], who: set[str]) -> None:
    assert peers_of(names) == who


def test_a_service_takes_only_a_certificate_of_its_own_also_later(tmp_path: Path, authority: Authority) -> None:
    authority.keep(authority.issue(["partners", "localhost"], NOW), tmp_path)
    with pytest.raises(ConfigError, match=f"^{CERT}: .* of partners, and this process is deals, orders: it needs one"):
        identity(tmp_path).require(["orders", "deals", "partners"])
    own = identity(tmp_path)
    own.require(["partners"])
    before = own.pem
    authority.keep(authority.issue(["deals", "localhost"], NOW), tmp_path)
    assert own.pem == before
    authority.keep(authority.issue(["partners"], NOW), tmp_path)
    assert own.pem != before


FILES = st.sampled_from([CERTIFICATE_FILE, KEY_FILE, AUTHORITY_FILE])
PERMILLE = st.integers(0, 1000)


@given(name=FILES, begin=PERMILLE, end=PERMILLE, instead=st.binary(max_size=40))
def test_whatever_became_of_a_file_is_said_in_a_sentence_or_does_not_matter(
    name: str, begin: int, end: int, instead: bytes
) -> None:
    authority = Authority.create("cell", NOW)
    with TemporaryDirectory() as path:
        authority.keep(authority.issue(["deals"], NOW), Path(path))
        file = Path(path) / name
        whole = file.read_bytes()
        file.write_bytes(whole[: len(whole) * begin // 1000] + instead + whole[len(whole) * end // 1000 :])
        with suppress(ConfigError):
            identity(Path(path))


def test_files_that_are_gone_change_nothing(tmp_path: Path, authority: Authority) -> None:
    authority.keep(authority.issue(["deals"], NOW), tmp_path)
    own = identity(tmp_path)
    before = own.pem
    (tmp_path / KEY_FILE).unlink()
    assert own.pem == before


async def test_others_are_checked_by_name(tmp_path: Path, authority: Authority) -> None:
    authority.keep(authority.issue(["deals"], NOW), tmp_path)
    context = identity(tmp_path).client
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(tmp_path / CERTIFICATE_FILE, tmp_path / KEY_FILE)

    async def hang_up(_: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
        pass

    async with listening(hang_up, encryption=server) as port:
        _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname="deals")
        writer.close()
        with pytest.raises(ssl.SSLCertVerificationError):
            await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname="orders")


def test_an_authority_in_a_folder_is_made_once(tmp_path: Path) -> None:
    first = Authority.kept(tmp_path / "own", NOW)
    again = Authority.kept(tmp_path / "own", NOW)
    again.keep(first.issue(["deals"], NOW), tmp_path)
    assert (again.certificate, identity(tmp_path).pem.authority) == (first.certificate, first.certificate)
    assert {path.stat().st_mode & 0o007 for path in (tmp_path / "own").iterdir()} == {0}


@pytest.mark.parametrize("damaged", ["ca.key", "ca.crt"])
@pytest.mark.parametrize("held", [b"", b"\xff", ENCRYPTED], ids=["empty", "damaged", "encrypted"])
def test_an_authority_that_cannot_be_read_is_named(tmp_path: Path, damaged: str, held: bytes) -> None:
    Authority.kept(tmp_path, NOW)
    (tmp_path / damaged).write_bytes(held)
    with pytest.raises(ValueError, match=f"{tmp_path}/ca.key and {tmp_path}/ca.crt are not a key and a certificate"):
        Authority.kept(tmp_path, NOW)


@pytest.mark.parametrize(
    ("host", "loops"),
    [
        *((host, True) for host in ("127.0.0.1", "127.9.9.9", "[::1]", "::1", "localhost")),
        *((host, False) for host in ("0.0.0.0", "[::]", "192.168.0.1", "deals", "localhost.example", "")),
    ],
)
def test_loopback_is_told_from_the_rest_of_the_world(host: str, loops: bool) -> None:
    assert is_loopback(host) is loops
