"""Checks Ed25519 signatures (RFC 8032); the only file here that needs more than the standard library."""

KEY_BYTES = 32


class NotAKey(ValueError):
    """What was given as a public key is none."""


def read_key(text: str) -> bytes:
    """The key in 64 hex digits; NotAKey."""
    try:
        key = bytes.fromhex(text.strip())
    except ValueError as err:
        raise NotAKey("the public key is not hex") from err
    if len(key) != KEY_BYTES:
        raise NotAKey(f"the public key has {len(key)} bytes, Ed25519 has {KEY_BYTES}")
    return key


def is_signed(text: bytes, signature: bytes, public_key: bytes) -> bool:
    """Whether the holder of the private key signed the text."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, text)
    except InvalidSignature:
        return False
    return True
