"""The data keys of one sheet: how they are made, wrapped, opened and deleted.

A data key is 32 random bytes for AES-256-GCM. It is no Tink keyset, because opening one of those costs 16 us, and a
sheet of 16 such keys opens in 1 us and each key in 1 us.
"""

from collections.abc import Iterable

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from tink import aead

from libs.ids import secret
from libs.privacy.vault.tokens import KEYS_PER_SHEET

KEY_BYTES = 32
SHEET_BYTES = KEY_BYTES * KEYS_PER_SHEET
NONCE_BYTES = 12
_DELETED = bytes(KEY_BYTES)


class Sheet:
    """The keys of an opened sheet, one after the other in `raw`. They are set up for each use, because one that is set
    up takes 2 kB."""

    __slots__ = ("id", "raw")

    def __init__(self, id: str, raw: bytes) -> None:
        self.id = id
        self.raw = raw

    @classmethod
    def made(cls, id: str) -> "Sheet":
        """A sheet of new keys."""
        return cls(id, secret(SHEET_BYTES))

    @classmethod
    def missing(cls, id: str) -> "Sheet":
        """What stands for a sheet that does not exist: it has no keys."""
        return cls(id, bytes(SHEET_BYTES))

    @classmethod
    def opened(cls, id: str, wrapped: bytes, service_key: aead.Aead) -> "Sheet":
        """The sheet that `wrap` wrapped; TinkError if it was altered or has another id."""
        return cls(id, bytes(service_key.decrypt(wrapped, id.encode())))

    def wrap(self, service_key: aead.Aead) -> bytes:
        """The keys, encrypted with the key of the service."""
        return bytes(service_key.encrypt(self.raw, self.id.encode()))

    def key(self, number: int) -> AESGCM:
        """One key, also if it was deleted."""
        return AESGCM(self.raw[number * KEY_BYTES : (number + 1) * KEY_BYTES])

    def decrypt(self, number: int, sealed: bytes, bound: bytes) -> bytes:
        """What the key `number` encrypted: a nonce and the ciphertext. InvalidTag, ValueError."""
        cipher = AESGCM(self.raw[number * KEY_BYTES : (number + 1) * KEY_BYTES])
        return cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound)

    def has(self, number: int) -> bool:
        """Whether the key exists and was not deleted."""
        return self.raw[number * KEY_BYTES : (number + 1) * KEY_BYTES] != _DELETED

    def without(self, numbers: Iterable[int]) -> "Sheet":
        """The sheet with these keys deleted."""
        raw = bytearray(self.raw)
        for one in numbers:
            raw[one * KEY_BYTES : (one + 1) * KEY_BYTES] = _DELETED
        return Sheet(self.id, bytes(raw))

    @property
    def empty(self) -> bool:
        """Whether every key was deleted."""
        return not any(self.raw)
