"""Checks Ed25519 signatures (RFC 8032); the only file here that needs more than the standard library."""

from pathlib import Path

KEY_BYTES = 32


class NotAKey(ValueError):
    """What was given as a public key is none."""


def read_key(text: str) -> bytes:
    """The key in 64 hex digits; NotAKey."""
    try:
        key = bytes.fromhex(text.strip())
    except ValueError as err:
        raise NotAKey("the public key is neither 64 hex digits nor a file that holds them, or the key in PEM") from err
    if len(key) != KEY_BYTES:
        raise NotAKey(f"the public key has {len(key)} bytes, Ed25519 has {KEY_BYTES}")
    return key


def key_given(text: str) -> bytes:
    """The key in 64 hex digits, or in a file that holds them or the key in PEM; NotAKey, OSError."""
    if not Path(text).is_file():
        return read_key(text)
    held = Path(text).read_bytes()
    if held.startswith(b"-----BEGIN"):
        return _read_pem(held)
    try:
        return read_key(held.decode("ascii"))
    except ValueError as err:
        raise NotAKey(f"{text} holds no public key, neither 64 hex digits nor PEM") from err


def _read_pem(held: bytes) -> bytes:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(held)
    except (ValueError, UnsupportedAlgorithm) as err:
        raise NotAKey("the PEM file holds no public key that can be read") from err
    if not isinstance(key, Ed25519PublicKey):
        raise NotAKey("the public key is not of Ed25519")
    return key.public_bytes_raw()


def is_signed(text: bytes, signature: bytes, public_key: bytes) -> bool:
    """Whether the holder of the private key signed the text."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, text)
    except InvalidSignature:
        return False
    return True
