"""The keys of objects: a service encrypts what it hands over with a key that it and compliance have, and compliance
encrypts its questions with the one that all share.

objects.json                 of all: questions, positions, and every object of an earlier release
<service>/objects.json       of the service: what it hands over, and what it stores for itself
compliance/opening.json      a copy of the latter of every service, by its name
"""

import json
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import tink
from tink import aead, cleartext_keyset_handle, secret_key_access

from libs.audit.signatures import COMPLIANCE
from libs.errors import AppError, Code
from libs.privacy.keysets import KeysDamaged, read_keyset, read_text, write_text

OBJECTS, OPENING = "objects.json", "opening.json"


class ForgedObject(AppError):
    """The bytes were not encrypted with the keys of this cell under this name, or not by the service that should have
    done it."""

    code, reason = Code.FAILED_PRECONDITION, "FORGED_OBJECT"


class _Held(NamedTuple):
    """own: of the service of this process, unless it has none yet. others: of each service, in compliance."""

    own: aead.Aead | None = None
    others: Mapping[str, aead.Aead] = {}


class ObjectKeys:
    """The keys of objects that a process of a service has; without a service those that all share."""

    def __init__(self, folder: Path, service: str = "") -> None:
        """KeysMissing, KeysDamaged."""
        self._folder = folder
        self._service = service
        self._shared = read_keyset(folder / OBJECTS, folder, _opened)
        self._held = self._read()

    def seal(self, data: bytes, name: str) -> bytes:
        """Encrypted for this service and compliance."""
        return bytes((self._held.own or self._shared).encrypt(data, name.encode()))

    def seal_for_all(self, data: bytes, name: str) -> bytes:
        """Encrypted for every service."""
        return bytes(self._shared.encrypt(data, name.encode()))

    def unseal(self, sealed: bytes, name: str, *, by: str = "") -> bytes:
        """What the service `by` encrypted, or this one, or any with the key that all share. A key that was made while
        this process runs is read when it is needed. ForgedObject, KeysDamaged."""
        for one in self._keys_of(by or self._service):
            try:
                return bytes(one.decrypt(sealed, name.encode()))
            except tink.TinkError:
                continue
        raise ForgedObject(f"{name} was not sealed by this cell", name=name)

    def _keys_of(self, service: str) -> Iterator[aead.Aead]:
        for again in (False, True):
            if again:
                self._held = self._read()
            own = self._held.own if service == self._service else None
            yield from (one for one in (own, self._held.others.get(service)) if one is not None)
            if not again:
                yield self._shared

    def _read(self) -> _Held:
        folder, service = self._folder, self._service
        if not service:
            return _Held()
        own = folder / service / OBJECTS
        others = _read_opening(folder) if service == COMPLIANCE else {}
        return _Held(read_keyset(own, folder, _opened) if own.exists() else None, others)


def create_objects(folder: Path, services: Collection[str]) -> None:
    """Create the keys of services that have none, and let compliance open what they encrypt; that first, so that
    nothing is encrypted that cannot be opened. KeysDamaged, OSError."""
    fresh = {service: _fresh() for service in services if not (folder / service / OBJECTS).exists()}
    opening = folder / COMPLIANCE / OPENING
    if opening.parent.exists():
        held = {path.parent.name: read_text(path, folder) for path in folder.glob(f"*/{OBJECTS}")}
        known = {service: json.loads(one) for service, one in sorted({**held, **fresh}.items())}
        if known != (json.loads(read_text(opening, folder)) if opening.exists() else {}):
            write_text(opening, json.dumps(known))
    for service, keyset in fresh.items():
        write_text(folder / service / OBJECTS, keyset)


def _fresh() -> str:
    handle = tink.new_keyset_handle(aead.aead_key_templates.AES256_GCM)
    return str(tink.json_proto_keyset_format.serialize(handle, secret_key_access.TOKEN))


def _read_opening(folder: Path) -> dict[str, aead.Aead]:
    path = folder / COMPLIANCE / OPENING
    if not path.exists():
        return {}
    try:
        held = json.loads(read_text(path, folder))
        return {
            service: _opened(cleartext_keyset_handle.read(tink.JsonKeysetReader(json.dumps(keyset))))
            for service, keyset in held.items()
        }
    except (tink.TinkError, ValueError, AttributeError) as err:
        raise KeysDamaged(path, "it is damaged, or is another") from err


def _opened(handle: tink.KeysetHandle) -> aead.Aead:
    return handle.primitive(aead.Aead)
