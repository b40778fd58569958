"""The ways to write one token: its holder can rewrite the signature without knowing the key.

Header and payload are signed as they are written, so their text is fixed. The signature is not: base64url may be padded
or not, and of an ECDSA signature (r, s) anybody can make (r, n - s), which proves the same.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode

_ECDSA_BYTES = 64
_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # NIST SP 800-186, 3.2.1.3


def spellings(token: str) -> frozenset[str]:
    """Every text that proves what this proven token proves, itself among them."""
    signed, _, written = token.rpartition(".")
    bare = written.rstrip("=")
    signature = urlsafe_b64decode(bare + "=" * (-len(bare) % 4))
    texts = [urlsafe_b64encode(one).decode() for one in (signature, _twin(signature))]
    return frozenset((token, *(f"{signed}.{text}" for padded in texts for text in (padded, padded.rstrip("=")))))


def _twin(signature: bytes) -> bytes:
    """(r, n - s) of (r, s); of what is no ECDSA signature something that proves nothing."""
    if len(signature) != _ECDSA_BYTES:
        return signature
    half = _ECDSA_BYTES // 2
    other = -int.from_bytes(signature[half:], "big") % _P256_ORDER
    return signature[:half] + other.to_bytes(half, "big")
