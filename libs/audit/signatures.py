"""Checks Ed25519 signatures (RFC 8032); the only file here that needs more than the standard library."""

from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Self

KEY_BYTES = 32
KEY_FILE_BYTES = 64 * 1024
CELL = "cell"
COMPLIANCE = "compliance"  # signs checkpoints, ends, packages and statements about them
KEYS_HEADER = (
    "# prm-public-keys/2: service, Ed25519 key, since when and until when it signs; what the key of `cell` signed "
    "counts for every service\n"
)

PublicKeys = Mapping[str, tuple[bytes, ...]]
"""The keys of 32 bytes with which each service signs or signed; under CELL those that all services shared."""

Trusted = bytes | PublicKeys
"""One key that counts for every service, or the keys of each."""

_ANY_TIME = "-"
_DER = bytes.fromhex("302a300506032b6570032100")  # the RFC 8410 prefix of the 32 bytes of a public key
_PRIME = 2**255 - 19
_SIGN = 1 << 255
# The y coordinates of the eight points of small order (RFC 7748, 6.1 and RFC 8032, 5.1): for such a key anybody can
# make a valid signature without a private key, for every text, or for one text in eight.
_ORDER_8 = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
_SMALL_ORDER = frozenset({0, 1, _PRIME - 1, _ORDER_8, _PRIME - _ORDER_8})


class PublicKey(bytes):
    """A key of 32 bytes, and when it signs. since, until: with a time zone; None if not known, or not limited."""

    since: datetime | None = None
    until: datetime | None = None

    @classmethod
    def of(cls, key: bytes, *, since: datetime | None = None, until: datetime | None = None) -> Self:
        """The key with these times, or with its own where none is given."""
        found = cls(key)
        found.since, found.until = since or getattr(key, "since", None), until or getattr(key, "until", None)
        return found


class NotAKey(ValueError):
    """The given text or file is not a usable public key."""


def read_key(text: str) -> bytes:
    """The key of 32 bytes in 64 hex digits; NotAKey, also if the key `is_weak`."""
    return _binding(_in_hex(text))


def key_given(text: str) -> bytes:
    """The key of 32 bytes from 64 hex digits, or from a file with them or with PEM; NotAKey, OSError."""
    if not Path(text).is_file():
        return read_key(text)
    with Path(text).open("rb") as file:
        loaded = file.read(KEY_FILE_BYTES)
    if loaded.startswith(b"-----BEGIN"):
        return _binding(_in_pem(loaded))
    try:
        key = _in_hex(loaded.decode("ascii"))
    except ValueError as err:
        raise NotAKey(f"{text} holds no public key, neither 64 hex digits nor PEM") from err
    return _binding(key)


def keys_given(text: str) -> Trusted:
    """The keys in a file that `written_keys` made, or one key as in `key_given`; NotAKey, OSError."""
    if Path(text).is_file():
        with Path(text).open("rb") as file:
            loaded = file.read(KEY_FILE_BYTES)
        if loaded.startswith(KEYS_HEADER[:17].encode()):
            return read_keys(loaded.decode("ascii", errors="replace"))
    return key_given(text)


def read_keys(text: str) -> PublicKeys:
    """The keys of each service in the text that `written_keys` made; NotAKey, also if one `is_weak`."""
    if not text.startswith(KEYS_HEADER[:17]):
        raise NotAKey(f"the first line does not begin with {KEYS_HEADER[:17]!r}")
    found: dict[str, tuple[bytes, ...]] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line or line.startswith("#"):
            continue
        service, key, *times = [*line.split(" "), ""] if " " not in line else line.split(" ")
        try:
            found[service] = (*found.get(service, ()), PublicKey.of(read_key(key), **_times(times)))
        except NotAKey as err:
            raise NotAKey(f"line {number}: {err}") from err
    return found


def written_keys(keys: PublicKeys) -> str:
    """The text of a file with the keys of each service, a line each."""
    lines = (f"{service} {_line(key)}\n" for service, those in sorted(keys.items()) for key in those)
    return "".join([KEYS_HEADER, *lines])


def keys_of(service: str, trusted: Trusted) -> tuple[bytes, ...]:
    """The keys whose signature counts as that of a service."""
    if isinstance(trusted, bytes):
        return (trusted,)
    return (*trusted.get(service, ()), *trusted.get(CELL, ()))


def is_signed_by(service: str, text: bytes, signature: bytes, trusted: Trusted, *, at: str = "") -> bool:
    """Whether the service signed the text; see `is_signed`. at: when, as the text itself says (RFC 3339); a key
    does not count after it was retired."""
    return signer_of(service, text, signature, trusted, at=at) is not None


def signer_of(service: str, text: bytes, signature: bytes, trusted: Trusted, *, at: str = "") -> bytes | None:
    """The key with which the service signed the text; None if it did not; see `is_signed_by`."""
    keys = (key for key in keys_of(service, trusted) if not _is_retired(key, at))
    return next((key for key in keys if is_signed(text, signature, key)), None)


def _is_retired(key: bytes, at: str) -> bool:
    until: datetime | None = getattr(key, "until", None)
    if until is None or not at:
        return False
    try:
        return datetime.fromisoformat(at) > until
    except (ValueError, TypeError):  # no time, or one without a zone: such a text is of no service
        return True


def _line(key: bytes) -> str:
    times = (getattr(key, "since", None), getattr(key, "until", None))
    told = (_ANY_TIME if one is None else one.isoformat(timespec="seconds") for one in times)
    return " ".join((key.hex(), *told)) if any(times) else key.hex()


def _times(words: list[str]) -> dict[str, datetime | None]:
    """The times behind a key in a line; NotAKey."""
    if not words:
        return {}
    try:
        since, until = (None if word == _ANY_TIME else datetime.fromisoformat(word) for word in words)
    except ValueError as err:
        raise NotAKey("behind the key stand since when and until when it signs, or nothing") from err
    if any(one is not None and one.tzinfo is None for one in (since, until)):
        raise NotAKey("the times behind the key have no time zone")
    return {"since": since, "until": until}


def _in_hex(text: str) -> bytes:
    try:
        key = bytes.fromhex(text.strip())
    except ValueError as err:
        raise NotAKey("the public key is neither 64 hex digits nor a file that holds them, or the key in PEM") from err
    if len(key) != KEY_BYTES:
        raise NotAKey(f"the public key has {len(key)} bytes, Ed25519 has {KEY_BYTES}")
    return key


def _in_pem(loaded: bytes) -> bytes:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(loaded)
    except (ValueError, UnsupportedAlgorithm) as err:
        raise NotAKey("the PEM file holds no public key that can be read") from err
    if not isinstance(key, Ed25519PublicKey):
        raise NotAKey("the public key is not of Ed25519")
    return key.public_bytes_raw()


def pem_of(public_key: bytes) -> bytes:
    """The PEM file of a public key of 32 bytes, as openssl reads and writes it."""
    return b"-----BEGIN PUBLIC KEY-----\n" + b64encode(_DER + public_key) + b"\n-----END PUBLIC KEY-----\n"


def is_weak(public_key: bytes) -> bool:
    """Whether a key of 32 bytes is a point of small order, for which anybody can sign, or has a coordinate that is not
    below the prime, a second encoding of the same key."""
    y = int.from_bytes(public_key, "little") & ~_SIGN
    return y >= _PRIME or y in _SMALL_ORDER


def _binding(key: bytes) -> bytes:
    if is_weak(key):
        raise NotAKey("the public key is a point of small order, or not in its one form: anybody can sign for it")
    return key


def is_signed(text: bytes, signature: bytes, public_key: bytes) -> bool:
    """Whether the holder of the private key signed the text; False for a key that `is_weak`."""
    if len(public_key) != KEY_BYTES or is_weak(public_key):
        return False
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, text)
    except InvalidSignature:
        return False
    return True
