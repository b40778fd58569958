"""The TLS identity of a process: its certificate and key, and the authority it trusts, in files that may be replaced at
any time.

The module needs only the standard library, because a health check that starts every few seconds uses it too.
"""

import ipaddress
import re
import ssl
import threading
from collections.abc import Collection, Iterable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from libs.config import ConfigError

CERT, KEY, CA = "PRM_TLS_CERT", "PRM_TLS_KEY", "PRM_TLS_CA"
SET_ALL = f"set {CERT}, {KEY} and {CA} to PEM files"

THIS_MACHINE = "localhost"

_READ_ATTEMPTS = 3
_OLDEST = ssl.TLSVersion.TLSv1_2
# gRPC's library does not support Ed25519: such a pair would pass all checks here, and every handshake there would fail.
_ED25519 = bytes.fromhex("06032b6570")

_PEER = re.compile(r"[a-z][a-z0-9-]{0,62}")
_EACH = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)

_Seen = tuple[tuple[int, int, int], ...]


class Pem(NamedTuple):
    """The contents of the files. authority: every authority that is trusted, the one that lasts longest first. name:
    the first name of the certificate, by which the process can connect to itself. who: the peers of the cell that the
    certificate identifies."""

    certificate: bytes
    key: bytes
    authority: bytes
    name: str
    who: frozenset[str]


class Identity:
    """A certificate with its key, and the authority that signs those of all peers. Files are used only after a check:
    the key fits, the authority signed the certificate, it has not expired and is valid for servers and clients.

    Every handshake asks for them, from any thread. Replaced files are read again; while they do not fit together, as
    when they are replaced one by one, the former ones stay in use.
    """

    def __init__(self, cert: Path, key: Path, ca: Path) -> None:
        """ConfigError with every fault of the files."""
        self._files = {CERT: cert, KEY: key, CA: ca}
        self._lock = threading.Lock()
        self._required: frozenset[str] = frozenset()
        self._seen: _Seen | None = None
        self._complained: _Seen | None = None
        self._pem, self._client, self._server = self._read()

    @property
    def pem(self) -> Pem:
        """The current certificate, key and authority."""
        self._refresh()
        return self._pem

    def require(self, services: Collection[str]) -> None:
        """ConfigError unless the certificate identifies each of these services. A later certificate that does not is
        not used."""
        self._required = frozenset(services)
        self._check_names(self.pem.who)

    @property
    def client(self) -> ssl.SSLContext:
        """The context for outgoing connections: checks the peer's certificate and name, and shows our certificate."""
        self._refresh()
        return self._client

    @property
    def server(self) -> ssl.SSLContext:
        """The context for accepted connections of HTTP/1.1: requires a certificate of the same authority."""
        self._refresh()
        return self._server

    def _refresh(self) -> None:
        with self._lock:
            if (found := self._look()) == self._seen:
                return
            import structlog  # here, because a health check has no use for it

            log = structlog.get_logger()
            try:
                self._pem, self._client, self._server = self._read()
                log.info("certificate_read", file=str(self._files[CERT]))
            except ConfigError as err:
                if found != self._complained:
                    log.warning("certificate_kept", cause=err)
                self._seen, self._complained = None, found  # tried again at the next handshake, said once

    def _look(self) -> _Seen:
        """A fingerprint that changes when a file is replaced; zeros for a missing one."""
        found = []
        for path in self._files.values():
            try:
                stat = path.stat()
                found.append((stat.st_ctime_ns, stat.st_size, stat.st_ino))
            except OSError:
                found.append((0, 0, 0))
        return tuple(found)

    def _read(self) -> tuple[Pem, ssl.SSLContext, ssl.SSLContext]:
        for _ in range(_READ_ATTEMPTS):
            self._seen = self._look()
            try:
                found = self._load()
            except OSError as err:  # damage that `_faults` did not find, or a file that has just been removed
                raise ConfigError(f"{CERT}: {self._files[CERT]} and its key cannot be used, {err.strerror}") from err
            if self._look() == self._seen:  # or the bytes and what OpenSSL read may be of different files
                return found
        raise ConfigError(f"{CERT}: the files changed while they were read")

    def _load(self) -> tuple[Pem, ssl.SSLContext, ssl.SSLContext]:
        read, wrong = {}, []
        for name, path in self._files.items():
            try:
                read[name] = path.read_bytes()
            except OSError as err:
                wrong.append(f"{name}: {path} cannot be read, {err.strerror}")
        if not wrong:
            wrong = self._faults(read)
        if wrong:
            raise ConfigError("\n".join(wrong))
        client = self._context(ssl.PROTOCOL_TLS_CLIENT, names=True)
        server = self._context(ssl.PROTOCOL_TLS_SERVER, names=False)
        server.set_alpn_protocols(["http/1.1"])
        names = self._try()
        self._check_names(peers_of(names))
        return Pem(read[CERT], read[KEY], _longest_first(read[CA]), names[0], peers_of(names)), client, server

    def _check_names(self, who: frozenset[str]) -> None:
        if lacking := ", ".join(sorted(self._required - who)):
            of = ", ".join(sorted(who)) or "no service"
            raise ConfigError(
                f"{CERT}: {self._files[CERT]} is the certificate of {of}, and this process is {lacking}: it needs one "
                "with that DNS name"
            )

    def _faults(self, read: dict[str, bytes]) -> list[str]:
        """The faults for which OpenSSL or gRPC would refuse the files."""
        wrong = []
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        try:
            context.load_verify_locations(cadata=read[CA].decode("ascii"))
        except (ssl.SSLError, ValueError):
            wrong.append(f"{CA}: {self._files[CA]} holds no certificate that can be read")
        certificate = _certificate(read[CERT])
        if not certificate:
            return [*wrong, f"{CERT}: {self._files[CERT]} holds no certificate that can be read"]
        if _ED25519 in certificate:
            wrong.append(f"{CERT}: {self._files[CERT]} is of Ed25519, which gRPC does not take; use ECDSA P-256 or RSA")
        try:
            context.load_cert_chain(self._files[CERT], self._files[KEY], password="")
        except ssl.SSLError as err:
            why = "is not the key of that certificate" if err.reason == "KEY_VALUES_MISMATCH" else "cannot be used"
            wrong.append(f"{KEY}: {self._files[KEY]} {why}: give the unencrypted key that belongs to {CERT}")
        return wrong

    def _context(self, side: int, *, names: bool) -> ssl.SSLContext:
        context = ssl.SSLContext(side)
        context.minimum_version = _OLDEST
        context.check_hostname = names
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_cert_chain(self._files[CERT], self._files[KEY], password="")
        context.load_verify_locations(self._files[CA])
        return context

    def _try(self) -> list[str]:
        """Do a handshake between two contexts in memory; the DNS names and addresses of the certificate. ConfigError if
        the handshake fails or there are no names."""
        here, there = ssl.MemoryBIO(), ssl.MemoryBIO()
        client = self._context(ssl.PROTOCOL_TLS_CLIENT, names=False).wrap_bio(here, there)
        server = self._context(ssl.PROTOCOL_TLS_SERVER, names=False).wrap_bio(there, here, server_side=True)
        try:
            for side in (client, server, client, server):
                with suppress(ssl.SSLWantReadError):
                    side.do_handshake()
        except ssl.SSLCertVerificationError as err:
            raise ConfigError(
                f"{CERT}: {self._files[CERT]} would be refused by the others ({err.verify_message}): it must be signed "
                f"by {CA}, be valid now, and be meant for servers and clients"
            ) from err
        names = [str(one[1]) for one in (client.getpeercert() or {}).get("subjectAltName", ())]
        if not names:
            raise ConfigError(f"{CERT}: {self._files[CERT]} names no host; it needs a subject alternative name")
        return names


def peers_of(names: Iterable[str]) -> frozenset[str]:
    """The peers of a cell that a certificate with these names identifies: the DNS names of one label. Names with a dot
    are those of hosts; `localhost` is in every certificate."""
    return frozenset(name for name in names if _PEER.fullmatch(name) and name != THIS_MACHINE)


def _longest_first(authorities: bytes) -> bytes:
    """The certificates of a PEM file in the order of their ends. Of two with the same name and key, the library of gRPC
    takes the first, even if it has expired."""
    ends = {}
    for pem in _EACH.findall(authorities):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(cadata=pem.decode("ascii"))
        ends[pem] = max((ssl.cert_time_to_seconds(str(one["notAfter"])) for one in context.get_ca_certs()), default=0)
    ordered = sorted(ends, key=lambda pem: ends[pem], reverse=True)
    return b"".join(pem + b"\n" for pem in ordered) or authorities


def _certificate(pem: bytes) -> bytes:
    """The first certificate of a PEM file, in DER; empty if there is none."""
    try:
        found = _EACH.search(pem)
        return ssl.PEM_cert_to_DER_cert(found[0].decode("ascii")) if found else b""
    except ValueError:
        return b""


def open_identity(*, cert: Path | None, key: Path | None, ca: Path | None) -> Identity | None:
    """The identity from these files, or None if none is named. ConfigError if only some are named, or with every fault
    of the files."""
    if cert is None and key is None and ca is None:
        return None
    if cert is None or key is None or ca is None:
        absent = [name for name, path in ((CERT, cert), (KEY, key), (CA, ca)) if path is None]
        raise ConfigError(f"{', '.join(absent)}: missing; {SET_ALL}, or none of them")
    return Identity(cert, key, ca)


def is_ipv6(host: str) -> bool:
    """Whether the host is an IPv6 address, which needs brackets before a port."""
    try:
        return ipaddress.ip_address(host).version == 6
    except ValueError:
        return False


def is_loopback(host: str) -> bool:
    """Whether the name or address means this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
