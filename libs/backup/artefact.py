"""The folder of one part of a backup: encrypted files, and a signed manifest that lists them.

manifest.json   what the part has: the counts by kind, and the SHA-256 of every other file
manifest.sig    Ed25519 of the key `backup`, over the line `prm-backup/1`, a line feed and the bytes of manifest.json
<service>/<kind>/<number>.age   documents, one JSON object a line, encrypted with age
cell/<file>.age   only with the keys: the keysets of the cell
"""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import Enum
from pathlib import Path

import msgspec

from libs.audit.signatures import Trusted, is_signed_by
from libs.store.snapshot import BackupRefused

MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"
CELL = "cell"
BACKUP = "backup"  # has a signing key of its own, as a service has
_PURPOSE = b"prm-backup/1\n"


class Part(Enum):
    """The data of a cell, its keys, or its erasure ledgers; each is encrypted and kept apart from the others."""

    DATA = "data"
    KEYS = "keys"
    LEDGER = "ledger"


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """A file. service, kind: of its documents; service `cell`: a keyset file, of the name `kind`. rows: of documents.
    size_bytes, sha256 (hex): of the encrypted file."""

    path: str
    service: str
    kind: str
    rows: int = 0
    size_bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a part has. release: that took it. create_time: a moment before which everything committed is in it;
    all parts of a backup have the same."""

    cell: str
    part: Part
    release: str
    create_time: datetime
    services: tuple[str, ...]
    files: tuple[Stored, ...]

    def counts(self) -> dict[tuple[str, str], int]:
        """How many documents there are, by service and kind."""
        found: dict[tuple[str, str], int] = {}
        for one in self.files:
            if one.service != CELL:
                found[one.service, one.kind] = found.get((one.service, one.kind), 0) + one.rows
        return found


class Artefact:
    """The folder of a part whose manifest is signed by the cell."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self.folder = folder
        self.manifest = manifest

    @classmethod
    def open(cls, folder: Path, part: Part, trusted: Trusted) -> "Artefact":
        """The part in a folder, after the check of its signature. trusted: the key of the cell's backups, or
        the keys of all its services. BackupRefused."""
        try:
            text, signature = (folder / MANIFEST).read_bytes(), (folder / SIGNATURE).read_bytes()
        except OSError as err:
            raise BackupRefused(f"{err.filename}: {err.strerror}; a backup is a folder with a manifest") from err
        if not is_signed_by(BACKUP, signed_text(text), signature, trusted):
            raise BackupRefused(f"{folder / MANIFEST} was changed, or another cell than that of the key signed it")
        manifest = msgspec.json.decode(text, type=Manifest)
        if manifest.part is not part:
            raise BackupRefused(f"{folder} has the {manifest.part.value} of a backup; its {part.value} are needed")
        return cls(folder, manifest)

    def findings(self) -> Iterator[str]:
        """A sentence for each file that is missing, was changed, or is not listed."""
        listed = {one.path: one for one in self.manifest.files}
        there = {str(one.relative_to(self.folder)) for one in self.folder.rglob("*") if not one.is_dir()}
        for path, one in listed.items():
            if path not in there:
                yield f"{self.folder / path} is missing"
            elif not _is_as_listed(self.folder / path, one):
                yield f"{self.folder / path} was changed"
        for path in sorted(there - {*listed, MANIFEST, SIGNATURE}):
            yield f"{self.folder / path} is no part of the backup"

    def read(self, stored: Stored) -> bytes:
        """The bytes of a file; BackupRefused if they are not those that were signed."""
        data = (self.folder / stored.path).read_bytes()
        if hashlib.sha256(data).hexdigest() != stored.sha256:
            raise BackupRefused(f"{self.folder / stored.path} was changed")
        return data


def signed_text(manifest: bytes) -> bytes:
    """What the cell signs."""
    return _PURPOSE + manifest


def require_sound(artefacts: Sequence[Artefact], most: int = 20) -> None:
    """BackupRefused with every file that is missing, changed or not listed, the first `most` by name."""
    found = [one for artefact in artefacts for one in artefact.findings()]
    if found:
        more = [f"and {len(found) - most} more"] if len(found) > most else []
        raise BackupRefused("the backup is not what was signed:\n  " + "\n  ".join([*found[:most], *more]))


def _is_as_listed(path: Path, stored: Stored) -> bool:
    if path.is_symlink() or path.stat().st_size != stored.size_bytes:
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == stored.sha256
