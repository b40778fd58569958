"""Signatures of webhooks, as in Standard Webhooks 1.0 (standardwebhooks.com): `v1` HMAC-SHA256, `v1a` Ed25519."""

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Iterable
from datetime import datetime
from enum import Enum

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

KEY_BYTES = 32


class Scheme(Enum):
    """How a webhook is signed."""

    ED25519 = "ED25519"
    HMAC_SHA256 = "HMAC_SHA256"


class Key:
    """A key that signs. secret: 32 bytes, of Ed25519 the seed of RFC 8032."""

    def __init__(self, scheme: Scheme, secret: bytes) -> None:
        self._secret = secret
        self._private = Ed25519PrivateKey.from_private_bytes(secret) if scheme is Scheme.ED25519 else None

    def sign(self, content: bytes) -> str:
        """The signature of a webhook, as it stands in its header."""
        if self._private is None:
            return f"v1,{b64encode(hmac.new(self._secret, content, hashlib.sha256).digest()).decode()}"
        return f"v1a,{b64encode(self._private.sign(content)).decode()}"


def written_secret(secret: bytes) -> str:
    """A shared secret as receivers configure it."""
    return f"whsec_{b64encode(secret).decode()}"


def written_public_key(secret: bytes) -> str:
    """The public key of an Ed25519 key as receivers configure it."""
    return f"whpk_{b64encode(Ed25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()).decode()}"


def signed_headers(keys: Iterable[Key], id: str, body: bytes, now: datetime) -> dict[str, str]:
    """The three headers of a webhook, with a signature by each key. id: the same for every attempt."""
    timestamp = str(int(now.timestamp()))
    content = b".".join((id.encode(), timestamp.encode(), body))
    return {
        "webhook-id": id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(key.sign(content) for key in keys),
    }
