"""The keys of one cell, in a folder: files that all processes share, and a folder for each service that only processes
of that service may have.

shared
blind_email.json blind_phone.json blind_person_id.json    PRF, HMAC-SHA256: look-up without plaintext
objects.json                                           AEAD, AES-256-GCM: what every service may open
public-keys                                            Ed25519: with which keys the services sign
of each service
<service>/objects.json                                 AEAD, AES-256-GCM: what the service hands over
<service>/signing.json                                 Ed25519: what the service vouches for
<service>/wrapping.json                                AEAD, AES-256-GCM: the key of the service (vault/)

A folder of an earlier release has one `manifests.json` and one `wrapping.json` for all services. A process uses them
while its service has no files of its own; `wrapping.json` opens, and what `manifests.json` signed counts, after that.
"""

import os
from collections.abc import Callable, Collection
from copy import copy
from datetime import datetime, timedelta
from enum import Enum
from functools import partial
from pathlib import Path
from typing import Self

import tink
from tink import aead, prf, signature
from tink.proto import ed25519_pb2, tink_pb2

from libs.audit.signatures import CELL, NotAKey, PublicKey, PublicKeys, is_signed_by, read_keys, written_keys
from libs.clock import SystemClock
from libs.privacy.keysets import (
    FILE_MODE,
    FOLDER_MODE,
    KeysDamaged,
    read_keyset,
    read_text,
    register,
    write_keyset,
    write_text,
)
from libs.privacy.objects import OBJECTS, ObjectKeys, create_objects
from libs.privacy.wrapping import OpenWrapping, create_wrapping, open_wrapping

BLIND_BYTES = 16
PUBLIC = "public-keys"
_SIGNING, _SHARED_SIGNING = "signing.json", "manifests.json"
_ORDER = "sealing-ordered"

RETIRED_AFTER = timedelta(minutes=10)
"""How long a signing key signs after a new one was made: until then every process has the new one."""

_Stamp = tuple[tuple[int, int], ...]


class AliasField(Enum):
    """The fields by which a person can be looked up."""

    EMAIL = "EMAIL"
    PHONE = "PHONE"
    PERSON_ID = "PERSON_ID"


class _Pair:
    """The primitive that signs, and the public key of 32 bytes. TinkError if they do not match."""

    def __init__(self, handle: tink.KeysetHandle) -> None:
        self.sign = handle.primitive(signature.PublicKeySign)
        public = handle.public_keyset_handle()
        public.primitive(signature.PublicKeyVerify).verify(self.sign.sign(b""), b"")
        keyset = tink_pb2.Keyset.FromString(tink.proto_keyset_format.serialize_without_secret(public))
        self.public_key = bytes(ed25519_pb2.Ed25519PublicKey.FromString(keyset.key[0].key_data.value).key_value)


class Keys:
    """The operations with the cell's keys; the keys themselves are not accessible. Those of one service (`of`) also
    sign and open its wrapping key."""

    open_wrapping: OpenWrapping
    _pair: _Pair
    _service: str
    _stamp: _Stamp

    def __init__(
        self, folder: Path, blind: dict[AliasField, prf.PrfSet], objects: ObjectKeys, public_keys: PublicKeys
    ) -> None:
        self.sealing_ordered: Callable[[], bool] = (folder / _ORDER).exists
        self._folder = folder
        self._blind = blind
        self._objects = objects
        self._known = public_keys

    def of(self, service: str) -> Self:
        """The same, with those of a service. KeysMissing or KeysDamaged, also if this process may not have them."""
        found = copy(self)
        found._objects = ObjectKeys(self._folder, service)
        found._service, found._stamp = service, _stamp(self._folder, service)
        found._pair = _read_pair(self._folder, service)
        found.open_wrapping = partial(open_wrapping, self._folder, service)
        found.open_wrapping()
        return found

    def blind(self, field: AliasField, normalised: str) -> str:
        """The keyed hash, 32 hex digits, of a value that `aliases.normalise` returned."""
        return bytes(self._blind[field].primary().compute(normalised.encode(), BLIND_BYTES)).hex()

    def keyed(self, text: str) -> str:
        """The keyed hash, 32 hex digits, of a text by which rows are compared."""
        return self.derived(f"compared:{text}")

    def derived(self, purpose: str) -> str:
        """32 hex digits that only this cell can compute for a purpose; never the hash of an alias."""
        return self.blind(AliasField.PERSON_ID, f"\0{purpose}")

    def seal(self, data: bytes, name: str) -> bytes:
        """The data, encrypted for this service and compliance; `unseal` needs the same name."""
        return self._objects.seal(data, name)

    def seal_for_all(self, data: bytes, name: str) -> bytes:
        """The data, encrypted for every service; `unseal` needs the same name."""
        return self._objects.seal_for_all(data, name)

    def unseal(self, sealed: bytes, name: str, *, by: str = "") -> bytes:
        """The decrypted data; ForgedObject if it was altered, renamed or encrypted by another cell, or by another
        service than `by`, which is this one if it is empty."""
        return self._objects.unseal(sealed, name, by=by)

    def sign(self, data: bytes) -> bytes:
        """An Ed25519 signature of the service, of 64 bytes, with the key that its file has now. KeysDamaged if that key
        was retired: then this process has an old copy of the file."""
        return bytes(self._current().sign.sign(data))

    def _current(self) -> _Pair:
        if (stamp := _stamp(self._folder, self._service)) != self._stamp:
            self._pair, self._known, self._stamp = _read_pair(self._folder, self._service), self.public_keys(), stamp
        for one in self._known.get(self._service, ()):
            until: datetime | None = getattr(one, "until", None)
            if until is not None and one == self._pair.public_key and SystemClock().now() > until:
                raise KeysDamaged(self._folder / self._service / _SIGNING, f"it is the key that signed until {until}")
        return self._pair

    def verify(self, signed: bytes, data: bytes, *, by: str) -> bool:
        """Whether the service `by` of this cell signed the data. A key that the service got after this process started
        is read when it is needed."""
        if is_signed_by(by, data, signed, self._known):
            return True
        known, self._known = self._known, self.public_keys()
        return known != self._known and is_signed_by(by, data, signed, self._known)

    def public_keys(self) -> PublicKeys:
        """The public keys of all services, as they are now. KeysMissing, KeysDamaged."""
        return _read_public(self._folder)

    @property
    def public_key(self) -> bytes:
        """The public key for verification of what the service signs, 32 bytes (RFC 8032)."""
        return self._current().public_key


def create_keys(folder: Path, services: Collection[str] = ()) -> None:
    """Create what is missing in a folder: the shared files, and those of these services. A keyset that exists is never
    changed. KeysDamaged, OSError."""
    register()
    folder.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
    if not any(folder.glob("*.json")):
        order_sealing(folder)  # a new cell has no documents in clear
    for name, template in _templates().items():
        path = folder / f"{name}.json"
        if not path.exists():
            write_keyset(path, tink.new_keyset_handle(template))
    for service in services:
        (folder / service).mkdir(exist_ok=True, mode=FOLDER_MODE)
        create_wrapping(folder, service)
    create_objects(folder, services)
    _create_signing(folder, services)


def open_keys(folder: Path) -> Keys:
    """The keys in a folder; KeysMissing or KeysDamaged for the first file that is missing or wrong."""
    register()
    blind = {
        field: read_keyset(folder / f"{_blind_name(field)}.json", folder, lambda handle: handle.primitive(prf.PrfSet))
        for field in AliasField
    }
    return Keys(folder, blind, ObjectKeys(folder), _read_public(folder))


def give_keys(folder: Path, services: Collection[str], target: Path) -> None:
    """Make a folder for a process of each service, `<target>/<service>`: a copy of the shared files and of that
    service's own. Repeat it after each change of the keys. OSError."""
    target.mkdir(exist_ok=True, mode=FOLDER_MODE)
    for service in services:
        (target / service / service).mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
        for part in (".", service):
            wanted = {path.name: path for path in (folder / part).iterdir() if path.is_file()}
            there = target / service / part
            for name, path in wanted.items():
                write_text(there / name, path.read_text())
            for path in there.iterdir():
                if path.is_file() and path.name not in wanted:
                    path.unlink()


def rotate_signing(folder: Path, service: str, now: datetime) -> None:
    """Give a service a new signing key, with which its running processes sign from now on. The former one stays in the
    list of public keys, retired after RETIRED_AFTER: what it signed counts. KeysMissing, KeysDamaged, OSError."""
    register()
    own, known = folder / service / _SIGNING, dict(_read_public(folder))
    former = read_keyset(own, folder, _Pair).public_key
    handle = tink.new_keyset_handle(_signing_template())
    since, until = now.replace(microsecond=0), now.replace(microsecond=0) + RETIRED_AFTER
    kept = [PublicKey.of(one, until=until) if one == former else one for one in known.get(service, ())]
    known[service] = (*kept, PublicKey.of(_Pair(handle).public_key, since=since))
    write_text(folder / PUBLIC, written_keys(known))
    write_keyset(own, handle)


def order_sealing(folder: Path) -> None:
    """Tell the processes with these keys to encrypt what an earlier release stored in clear, and then to refuse
    documents in clear. OSError."""
    (folder / _ORDER).touch(FILE_MODE)


def _create_signing(folder: Path, services: Collection[str]) -> None:
    """Create the signing keys of services that have none. The public key is listed before the service can sign, so that
    no process refuses what it signs."""
    path = folder / PUBLIC
    known = dict(_read_public(folder)) if path.exists() or (folder / _SHARED_SIGNING).exists() else {}
    fresh: dict[Path, tink.KeysetHandle] = {}
    for service in services:
        own = folder / service / _SIGNING
        if own.exists():
            pair = read_keyset(own, folder, _Pair)
        else:
            fresh[own] = tink.new_keyset_handle(_signing_template())
            pair = _Pair(fresh[own])
        if pair.public_key not in known.get(service, ()):
            known[service] = (*known.get(service, ()), pair.public_key)
    if not path.exists() or known != _read_public(folder):
        write_text(path, written_keys(known))
    for own, handle in fresh.items():
        write_keyset(own, handle)


def _stamp(folder: Path, service: str) -> _Stamp:
    """What changes with the file of a signing key and with the list of public keys."""
    paths = (folder / service / _SIGNING, folder / PUBLIC)
    return tuple((found.st_mtime_ns, found.st_ino) for path in paths if (found := _stat(path)) is not None)


def _stat(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:
        return None


def _read_pair(folder: Path, service: str) -> _Pair:
    own, shared = folder / service / _SIGNING, folder / _SHARED_SIGNING
    return read_keyset(shared if shared.exists() and not own.exists() else own, folder, _Pair)


def _read_public(folder: Path) -> PublicKeys:
    path, shared = folder / PUBLIC, folder / _SHARED_SIGNING
    if shared.exists() and not path.exists():
        return {CELL: (read_keyset(shared, folder, _Pair).public_key,)}
    try:
        return read_keys(read_text(path, folder))
    except NotAKey as err:
        raise KeysDamaged(path, str(err)) from err


def _blind_name(field: AliasField) -> str:
    return f"blind_{field.name.lower()}"


def _templates() -> dict[str, tink_pb2.KeyTemplate]:
    found = {_blind_name(field): prf.prf_key_templates.HMAC_SHA256 for field in AliasField}
    return {**found, OBJECTS.removesuffix(".json"): aead.aead_key_templates.AES256_GCM}


def _signing_template() -> tink_pb2.KeyTemplate:
    raw_ed25519 = tink_pb2.KeyTemplate()
    raw_ed25519.CopyFrom(signature.signature_key_templates.ED25519)
    raw_ed25519.output_prefix_type = tink_pb2.RAW  # the plain 64 bytes any verifier takes
    return raw_ed25519
