"""The keys of one cell, as Tink keysets in a folder: every process of the cell mounts the same folder.

blind_email.json blind_phone.json blind_person_id.json    PRF, HMAC-SHA256: look-up without plaintext
objects.json                                           AEAD, AES-256-GCM: what services hand over
manifests.json                                         Ed25519: what the cell vouches for
"""

import os
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import TypeVar

import tink
from tink import aead, cleartext_keyset_handle, prf, signature
from tink.proto import ed25519_pb2, tink_pb2

from libs.errors import AppError, Code

BLIND_BYTES = 16
_FOLDER_MODE, _FILE_MODE = 0o700, 0o600

T = TypeVar("T")


class AliasField(Enum):
    """The fields by which a person can be looked up."""

    EMAIL = "EMAIL"
    PHONE = "PHONE"
    PERSON_ID = "PERSON_ID"


class KeysMissing(AppError):
    """A keyset file of the cell is missing."""

    code, reason = Code.FAILED_PRECONDITION, "KEYS_MISSING"

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path} is missing: create the cell's keys once with `prm keys {path.parent}` and mount that folder, "
            "named by PRM_KEYS_DIR, in every process of the cell"
        )


class KeysDamaged(AppError):
    """A keyset file of the cell cannot be read, or has other content."""

    code, reason = Code.FAILED_PRECONDITION, "KEYS_DAMAGED"

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(
            f"{path} cannot be read as that keyset of a cell ({why}): put back the copy that was kept of it; a new one "
            "would find nobody and open nothing that was sealed before"
        )


class ForgedObject(AppError):
    """The bytes were not encrypted with the keys of this cell under this name."""

    code, reason = Code.FAILED_PRECONDITION, "FORGED_OBJECT"


class _Pair:
    """The primitive that signs, and the public keyset that verifies. TinkError if they do not match."""

    def __init__(self, handle: tink.KeysetHandle) -> None:
        self.sign = handle.primitive(signature.PublicKeySign)
        self.public = handle.public_keyset_handle()
        self.public.primitive(signature.PublicKeyVerify).verify(self.sign.sign(b""), b"")


class Keys:
    """The operations with the cell's keys; the keys themselves are not accessible."""

    def __init__(self, blind: dict[AliasField, prf.PrfSet], objects: aead.Aead, pair: _Pair) -> None:
        self._blind = blind
        self._objects = objects
        self._sign = pair.sign
        self._public = pair.public

    def blind(self, field: AliasField, normalised: str) -> str:
        """The keyed hash, 32 hex digits, of a value that `aliases.normalise` returned."""
        return bytes(self._blind[field].primary().compute(normalised.encode(), BLIND_BYTES)).hex()

    def seal(self, data: bytes, name: str) -> bytes:
        """The encrypted data; `unseal` needs the same name."""
        return bytes(self._objects.encrypt(data, name.encode()))

    def unseal(self, sealed: bytes, name: str) -> bytes:
        """The decrypted data; ForgedObject if it was altered, renamed or encrypted by another cell."""
        try:
            return bytes(self._objects.decrypt(sealed, name.encode()))
        except tink.TinkError as err:
            raise ForgedObject(f"{name} was not sealed by this cell", name=name) from err

    def sign(self, data: bytes) -> bytes:
        """An Ed25519 signature of 64 bytes."""
        return bytes(self._sign.sign(data))

    def verify(self, signed: bytes, data: bytes) -> bool:
        """Whether this cell signed the data."""
        try:
            self._public.primitive(signature.PublicKeyVerify).verify(signed, data)
        except tink.TinkError:
            return False
        return True

    @property
    def public_key(self) -> bytes:
        """The public key for verification, 32 bytes (RFC 8032)."""
        keyset = tink_pb2.Keyset()
        keyset.ParseFromString(tink.proto_keyset_format.serialize_without_secret(self._public))
        return bytes(ed25519_pb2.Ed25519PublicKey.FromString(keyset.key[0].key_data.value).key_value)


def create_keys(folder: Path) -> None:
    """Create the missing keysets in a folder; a keyset that exists is never changed."""
    _register()
    folder.mkdir(parents=True, exist_ok=True, mode=_FOLDER_MODE)
    for name, template in _templates().items():
        path = folder / f"{name}.json"
        if not path.exists():
            _write(path, tink.new_keyset_handle(template))


def open_keys(folder: Path) -> Keys:
    """The keys in a folder; KeysMissing or KeysDamaged for the first file that is missing or wrong."""
    _register()
    blind = {
        field: _read(folder / f"{_blind_name(field)}.json", lambda handle: handle.primitive(prf.PrfSet))
        for field in AliasField
    }
    objects = _read(folder / "objects.json", lambda handle: handle.primitive(aead.Aead))
    return Keys(blind, objects, _read(folder / "manifests.json", _Pair))


def _register() -> None:
    aead.register()
    prf.register()
    signature.register()


def _blind_name(field: AliasField) -> str:
    return f"blind_{field.name.lower()}"


def _templates() -> dict[str, tink_pb2.KeyTemplate]:
    found = {_blind_name(field): prf.prf_key_templates.HMAC_SHA256 for field in AliasField}
    raw_ed25519 = tink_pb2.KeyTemplate()
    raw_ed25519.CopyFrom(signature.signature_key_templates.ED25519)
    raw_ed25519.output_prefix_type = tink_pb2.RAW  # the plain 64 bytes any verifier takes
    return {**found, "objects": aead.aead_key_templates.AES256_GCM, "manifests": raw_ed25519}


def _write(path: Path, handle: tink.KeysetHandle) -> None:
    part = path.with_suffix(".part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _FILE_MODE), "w") as stream:
        cleartext_keyset_handle.write(tink.JsonKeysetWriter(stream), handle)
        stream.flush()
        os.fsync(stream.fileno())
    part.rename(path)


def _read(path: Path, of: Callable[[tink.KeysetHandle], T]) -> T:
    """The result of `of` for the keyset in a file; KeysMissing, KeysDamaged."""
    try:
        return of(cleartext_keyset_handle.read(tink.JsonKeysetReader(path.read_text())))
    except FileNotFoundError as err:
        raise KeysMissing(path) from err
    except OSError as err:
        raise KeysDamaged(path, err.strerror or str(err)) from err
    except (tink.TinkError, ValueError) as err:
        raise KeysDamaged(path, "it is damaged, or is another") from err
