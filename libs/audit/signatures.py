"""Checks Ed25519 signatures (RFC 8032); the only file here that needs more than the standard library."""

from pathlib import Path

KEY_BYTES = 32
KEY_FILE_BYTES = 64 * 1024

_PRIME = 2**255 - 19
_SIGN = 1 << 255
# The y coordinates of the eight points of small order (RFC 7748, 6.1 and RFC 8032, 5.1): for such a key anybody can
# make a valid signature without a private key, for every text, or for one text in eight.
_ORDER_8 = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
_SMALL_ORDER = frozenset({0, 1, _PRIME - 1, _ORDER_8, _PRIME - _ORDER_8})


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
