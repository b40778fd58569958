"""The authority of a cell near its end, with a clock of seconds instead of years: cert-manager signs it again with the
same key, and processes trust the former and the renewed certificate together.

OpenSSL (the store, ours) and BoringSSL (gRPC) choose between two certificates of one name by rules of their own.
"""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import grpc
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from grpc import aio

from libs.authority import AUTHORITY_FILE, CERTIFICATE_FILE, KEY_FILE, Authority, Issued
from libs.clock import SystemClock
from libs.config import ConfigError
from libs.tls import Identity
from tests.waiting import until

LEFT = timedelta(seconds=6)
YEARS = timedelta(days=3650)
NAME = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "PRM cell authority")])
PATH = "/prm.test/Echo"
CALL_SECONDS = 5.0
WITHIN_SECONDS = 30


def signed(key: ec.EllipticCurvePrivateKey, begin: datetime, end: datetime) -> Authority:
    """The authority with this key, as cert-manager signs it: the same name and key each time."""
    certificate = (
        x509.CertificateBuilder(NAME, NAME, key.public_key(), x509.random_serial_number(), begin, end)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return Authority(certificate, key)


class Renewed:
    """An authority that ends within seconds, the same one renewed, and a certificate signed by either."""

    def __init__(self) -> None:
        key, now = ec.generate_private_key(ec.SECP256R1()), SystemClock().now()
        self.end = (now + LEFT).replace(microsecond=0)  # certificates count in seconds
        self.former = signed(key, now - YEARS, self.end)
        self.renewed = signed(key, now - timedelta(minutes=5), now + YEARS)
        self.bundle = self.former.certificate + self.renewed.certificate
        # an issuer signs with the key; which of its certificates it shows plays no part
        self.issued = {
            "former": self.former.issue(["deals"], now),
            "renewed": self.renewed.issue(["deals"], now),
        }

    @property
    def over(self) -> bool:
        """Whether the former certificate of the authority has ended."""
        return SystemClock().now() > self.end


@asynccontextmanager
async def serving(shown: Issued, trusted: bytes) -> AsyncIterator[int]:
    """A gRPC server on loopback that shows this certificate and wants one of its callers; its port."""

    async def echo(request: bytes, _: object) -> bytes:
        return request

    server = aio.server()
    handler = grpc.unary_unary_rpc_method_handler(echo)
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("prm.test", {"Echo": handler}),))
    credentials = grpc.ssl_server_credentials([(shown.key, shown.certificate)], trusted, require_client_auth=True)
    port = server.add_secure_port("127.0.0.1:0", credentials)
    await server.start()
    try:
        yield port
    finally:
        await server.stop(None)


async def answers(port: int, own: Issued, trusted: bytes) -> bool:
    """Whether a caller with this certificate, who trusts these authorities, gets an answer on a new connection."""
    credentials = grpc.ssl_channel_credentials(trusted, own.key, own.certificate)
    options = [("grpc.ssl_target_name_override", "deals")]
    async with aio.secure_channel(f"127.0.0.1:{port}", credentials, options) as channel:
        call = channel.unary_unary(PATH, bytes, bytes)(b"x", timeout=CALL_SECONDS)
        return await call.code() is grpc.StatusCode.OK


async def refuses(port: int, own: Issued, trusted: bytes) -> bool:
    return not await answers(port, own, trusted)


def as_trusted(found: Renewed, folder: Path) -> bytes:
    """What a process passes on to gRPC that has both in its file, the former first."""
    found.former.keep(found.issued["former"], folder)
    (folder / AUTHORITY_FILE).write_bytes(found.bundle)
    return Identity(*(folder / name for name in (CERTIFICATE_FILE, KEY_FILE, AUTHORITY_FILE))).pem.authority


async def test_calls_go_on_when_the_former_certificate_of_the_authority_ends(tmp_path: Path) -> None:
    found = Renewed()
    former, renewed = found.issued["former"], found.issued["renewed"]
    both = as_trusted(found, tmp_path)
    async with serving(former, both) as port:
        assert await answers(port, renewed, found.former.certificate)
        assert await answers(port, renewed, found.renewed.certificate)
        await until(partial(refuses, port, renewed, found.former.certificate), within_seconds=WITHIN_SECONDS)
        assert found.over
        for own in (former, renewed):
            assert await answers(port, own, both)
            assert await answers(port, own, found.renewed.certificate)


async def test_an_identity_with_both_certificates_outlives_the_former(tmp_path: Path) -> None:
    found = Renewed()
    files = tuple(tmp_path / name for name in (CERTIFICATE_FILE, KEY_FILE, AUTHORITY_FILE))
    found.former.keep(found.issued["former"], tmp_path)
    identity = Identity(*files)

    def ended() -> bool:
        try:
            Identity(*files)
        except ConfigError as err:
            return found.over and "certificate has expired" in str(err)
        return False

    await until(ended, within_seconds=WITHIN_SECONDS)
    (tmp_path / AUTHORITY_FILE).write_bytes(found.bundle)
    assert identity.pem.authority == found.renewed.certificate + found.former.certificate
    Identity(*files)
    assert handshake(identity.client, found.issued["renewed"], tmp_path)


def handshake(client: ssl.SSLContext, shown: Issued, folder: Path) -> bool:
    """Whether this context of a client accepts a server with this certificate, by OpenSSL."""
    chain = folder / "server.pem"
    chain.write_bytes(shown.key + shown.certificate)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(chain)
    there, here = ssl.MemoryBIO(), ssl.MemoryBIO()
    caller = client.wrap_bio(there, here, server_hostname="deals")
    called = server.wrap_bio(here, there, server_side=True)
    for side in (caller, called, caller, called):
        with suppress(ssl.SSLWantReadError):
            side.do_handshake()
    return caller.version() is not None
