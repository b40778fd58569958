"""The different texts of one token: its holder can rewrite the signature without knowing the key.

The text of header and payload is signed, so it cannot change. The text of the signature can: base64url may be padded or
not, and anybody can turn an ECDSA signature (r, s) into (r, n - s), which is also valid.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode

_ECDSA_BYTES = 64
_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # NIST SP 800-186, 3.2.1.3


def spellings(token: str) -> frozenset[str]:
    """Every text of this verified token that also verifies, including its own."""
    signed, _, written = token.rpartition(".")
    bare = written.rstrip("=")
    signature = urlsafe_b64decode(bare + "=" * (-len(bare) % 4))
    texts = [urlsafe_b64encode(one).decode() for one in (signature, _twin(signature))]
    return frozenset((token, *(f"{signed}.{text}" for padded in texts for text in (padded, padded.rstrip("=")))))


def _twin(signature: bytes) -> bytes:
    """(r, n - s) for an ECDSA signature (r, s). Other signatures of 64 bytes give bytes that do not verify; signatures
    of another length are returned unchanged."""
    if len(signature) != _ECDSA_BYTES:
        return signature
    half = _ECDSA_BYTES // 2
    other = -int.from_bytes(signature[half:], "big") % _P256_ORDER
    return signature[:half] + other.to_bytes(half, "big")
