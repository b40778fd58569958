"""A local certificate authority, for a cell on one machine and for tests; a cluster should use its own.

Every certificate serves both ends of a connection, because a process here is server to some and client to others.
"""

import ipaddress
import os
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from libs.clock import SystemClock
from libs.tls import THIS_MACHINE

AUTHORITY_LASTS = timedelta(days=3650)
CERTIFICATE_LASTS = timedelta(days=90)

# As cert-manager names them in a Secret, so that a folder and a mounted Secret look the same.
CERTIFICATE_FILE, KEY_FILE, AUTHORITY_FILE = "tls.crt", "tls.key", "ca.crt"
BOTH_FILE = "tls-combined.pem"  # key and certificate together, as MongoDB wants them
_AUTHORITY_KEY_FILE = "ca.key"
_KEPT = (AUTHORITY_FILE, _AUTHORITY_KEY_FILE)

_SKEW = timedelta(minutes=5)  # another machine's clock may be behind
# A database or broker that runs as another user reads its files through the group; only the owner reads the CA's key.
_FOLDER_MODE, _FILE_MODE, _SECRET_MODE = 0o750, 0o640, 0o600
_THIS_MACHINE = (THIS_MACHINE, "127.0.0.1", "::1")
_NAMES = re.compile(r"\w[\w.-]*(=[\w*:.-]+)*", re.ASCII)
_PEM = serialization.Encoding.PEM

Key = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


class Issued(msgspec.Struct, frozen=True):
    """A certificate and its key, PEM."""

    certificate: bytes
    key: bytes


class Authority:
    """Signs certificates. `certificate`: the authority's own, PEM, which every peer must trust."""

    def __init__(self, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
        self._own = certificate
        self._key = key
        self.certificate = certificate.public_bytes(_PEM)

    @classmethod
    def create(cls, name: str, now: datetime) -> "Authority":
        """A new authority with an ECDSA P-256 key."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = _named(name)
        signed = (
            _begun(subject, subject, key.public_key(), (now, now + AUTHORITY_LASTS))
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs=True), critical=True)
            .sign(key, hashes.SHA256())
        )
        return cls(signed, key)

    @classmethod
    def kept(cls, folder: Path, now: datetime) -> "Authority":
        """The authority in this folder; created there if the folder has none. OSError; ValueError if its files cannot
        be read as an ECDSA key and a certificate."""
        certificate, key = folder / AUTHORITY_FILE, folder / _AUTHORITY_KEY_FILE
        if not key.exists():
            made = cls.create("PRM cell authority", now)
            _make(folder)
            _write(key, _private(made._key), _SECRET_MODE)
            _write(certificate, made.certificate, _FILE_MODE)
            return made
        try:
            found = serialization.load_pem_private_key(key.read_bytes(), None)
            own = x509.load_pem_x509_certificate(certificate.read_bytes())
        except (ValueError, TypeError, UnsupportedAlgorithm) as err:  # TypeError: it is encrypted
            raise ValueError(f"{key} and {certificate} are not a key and a certificate that can be read") from err
        if not isinstance(found, ec.EllipticCurvePrivateKey):
            raise ValueError(f"{key} is not an ECDSA key")
        return cls(own, found)

    def issue(
        self, names: Sequence[str], now: datetime, *, lasts: timedelta = CERTIFICATE_LASTS, key: Key | None = None
    ) -> Issued:
        """A certificate for these DNS names and IP addresses, with the first as its subject. key: the key to certify;
        without it a new ECDSA P-256 key is made."""
        key = key or ec.generate_private_key(ec.SECP256R1())
        both = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
        signed = (
            _begun(_named(names[0]), self._own.subject, key.public_key(), (now, now + lasts))
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage(both), critical=False)
            .add_extension(x509.SubjectAlternativeName([_general(name) for name in names]), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        return Issued(signed.public_bytes(_PEM), _private(key))

    def keep(self, issued: Issued, folder: Path) -> None:
        """Write the files of a process: its certificate, its key and the authority's certificate. Each file is replaced
        atomically. OSError."""
        _make(folder)
        _write(folder / KEY_FILE, issued.key, _FILE_MODE)
        _write(folder / CERTIFICATE_FILE, issued.certificate, _FILE_MODE)
        _write(folder / AUTHORITY_FILE, self.certificate, _FILE_MODE)
        _write(folder / BOTH_FILE, issued.key + issued.certificate, _FILE_MODE)


def issue_all(folder: Path, names: Sequence[str], *, days: int) -> None:
    """Write a folder of files for each name, signed by the authority in `folder`. A certificate identifies only the
    peer that it names; a name may add hosts (`deals=deals.example`), and every certificate is also valid for localhost.
    OSError; ValueError for a malformed name, or if the authority in `folder` cannot be read."""
    if strange := [one for one in names if not _NAMES.fullmatch(one) or one.split("=")[0] in _KEPT]:
        raise ValueError(f"{strange[0]}: not a host's name, or several joined by =")
    now = SystemClock().now()
    authority = Authority.kept(folder, now)
    for one in names:
        first, *more = one.split("=")
        issued = authority.issue([first, *more, *_THIS_MACHINE], now, lasts=timedelta(days=days))
        authority.keep(issued, folder / first)


def _begun(
    subject: x509.Name, issuer: x509.Name, key: CertificatePublicKeyTypes, span: tuple[datetime, datetime]
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder(subject_name=subject, issuer_name=issuer, public_key=key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(span[0] - _SKEW)
        .not_valid_after(span[1])
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=signs,
        crl_sign=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _private(key: Key) -> bytes:
    return key.private_bytes(_PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def _make(folder: Path) -> None:
    if not folder.exists():
        folder.mkdir(parents=True)
        folder.chmod(_FOLDER_MODE)


def _write(path: Path, data: bytes, mode: int) -> None:
    part = path.with_name(path.name + ".part")
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _SECRET_MODE), "wb") as out:
        os.fchmod(out.fileno(), mode)  # whatever the umask is
        out.write(data)
    part.replace(path)
