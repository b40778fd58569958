"""Takes a backup of a cell while it runs: its data, its keys and its erasure ledgers as three folders."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import msgspec

from libs.backup.artefact import CELL, MANIFEST, SIGNATURE, Manifest, Part, Stored, signed_text
from libs.clock import Clock
from libs.config import Settings
from libs.packages.encryption import AGE, encrypt, require_recipient
from libs.privacy.keys import Keys
from libs.store.opening import key_store_of, ledger_of, open_snapshot
from libs.store.snapshot import Snapshot

FILE_BYTES = 8 * 1024 * 1024
"""Of documents, before they are encrypted in memory; a file has at most one document more."""
_STAMP = "%Y%m%dT%H%M%SZ"


class Outlet(NamedTuple):
    """Where a part goes: a folder in which it gets its own, and the age recipient for whom it is encrypted. Those of
    the keys may be in other hands than those of the data."""

    folder: Path
    recipient: str


class Taken(NamedTuple):
    """The folders and manifests of a backup, the manifests in the order of `Part`."""

    data: Path
    keys: Path
    ledger: Path
    manifests: tuple[Manifest, ...]


async def take(
    outlets: Mapping[Part, Outlet],
    services: Sequence[str],
    settings: Settings,
    *,
    cell: str,
    keys: Keys,
    keys_folder: Path,
    clock: Clock,
) -> Taken:
    """Write a backup of these services to three new folders: `<cell>-<time>.data`, `.keys` and `.ledger`. Nothing is
    left of a backup that fails, but folders whose names end with `.part`. BackupRefused, NotARecipient,
    StoreUnavailable, OSError."""
    for outlet in outlets.values():
        require_recipient(outlet.recipient)
    now = clock.now()
    stamped = f"{cell}-{now.strftime(_STAMP)}"
    key_stores = {service: key_store_of(service, settings) for service in services}
    ledgers = {service: ledger_of(service, settings) for service in services}
    # The data first: a key is durable before the first document that uses it, so a later moment has every key. The
    # ledgers last: an entry is durable before a store carries it out.
    snapshot = open_snapshot([*services, *key_stores.values(), *ledgers.values()], cell, settings)
    writers = {
        part: _Part(one.folder / f"{stamped}.{part.value}", part, one.recipient) for part, one in outlets.items()
    }
    try:
        of_parts = ((Part.DATA, {one: one for one in services}), (Part.KEYS, key_stores), (Part.LEDGER, ledgers))
        for part, stores in of_parts:
            for service, store in stores.items():
                await writers[part].add_store(snapshot, service, store)
        await snapshot.confirm()
    finally:
        await snapshot.close()
    for name, data in _keysets(keys_folder):
        writers[Part.KEYS].add(f"{CELL}/{name}", CELL, name, [data], rows=0)
    manifests = tuple(writers[part].finish(cell, now, services, keys) for part in Part)
    folder_of_data, folder_of_keys, folder_of_ledger = (writers[part].folder for part in Part)
    return Taken(folder_of_data, folder_of_keys, folder_of_ledger, manifests)


def forget(folder: Path, cell: str, part: Part, before: datetime) -> Iterator[Path]:
    """Delete the parts of this cell's backups that were taken before this instant, by their names; yields each."""
    for one in sorted(folder.glob(f"{cell}-*.{part.value}")):
        if one.name < f"{cell}-{before.strftime(_STAMP)}" and (one / MANIFEST).exists():
            for file in sorted(one.rglob("*"), reverse=True):
                file.rmdir() if file.is_dir() else file.unlink()
            one.rmdir()
            yield one


def _keysets(folder: Path) -> Iterator[tuple[str, bytes]]:
    """The files of the cell's keys, with their paths: those that all processes share, and those of each service. In an
    embedded cell the folder of a service has its key store too."""
    for file in sorted((*folder.iterdir(), *folder.glob("[!.]*/*.json"))):
        if file.is_file() and file.suffix != ".part":
            yield str(file.relative_to(folder)), file.read_bytes()


class _Part:
    """The folder of a part while it is written."""

    def __init__(self, folder: Path, part: Part, recipient: str) -> None:
        self.folder = folder
        self._kind = part
        self._recipient = recipient
        self._part = folder.with_name(f"{folder.name}.part")
        self._part.mkdir(parents=True, exist_ok=False, mode=0o700)
        self._files: list[Stored] = []

    async def add_store(self, snapshot: Snapshot, service: str, store: str) -> None:
        """Write the documents of a store."""
        for kind in await snapshot.kinds(store):
            lines, size, number = list[bytes](), 0, 0
            async for batch in snapshot.documents(store, kind):
                for one in batch:
                    lines.append(one)
                    size += len(one)
                    if size >= FILE_BYTES:
                        self._add_rows(service, kind, number, lines)
                        lines, size, number = [], 0, number + 1
            if lines or not number:
                self._add_rows(service, kind, number, lines)

    def add(self, path: str, service: str, kind: str, pieces: Sequence[bytes], *, rows: int) -> None:
        """Write one encrypted file."""
        data = encrypt(b"".join(pieces), self._recipient)
        file = self._part / (path + AGE)
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file.write_bytes(data)
        digest = hashlib.sha256(data).hexdigest()
        self._files.append(
            Stored(path=path + AGE, service=service, kind=kind, rows=rows, size_bytes=len(data), sha256=digest)
        )

    def finish(self, cell: str, now: datetime, services: Sequence[str], keys: Keys) -> Manifest:
        """Sign what was written, and give the folder its name."""
        manifest = Manifest(
            cell=cell,
            part=self._kind,
            release=version("prm"),
            create_time=now,
            services=tuple(services),
            files=tuple(self._files),
        )
        text = msgspec.json.encode(manifest)
        (self._part / MANIFEST).write_bytes(text)
        (self._part / SIGNATURE).write_bytes(keys.sign(signed_text(text)))
        self._part.rename(self.folder)
        return manifest

    def _add_rows(self, service: str, kind: str, number: int, lines: Sequence[bytes]) -> None:
        pieces = [one + b"\n" for one in lines]
        self.add(f"{service}/{kind}/{number:06}", service, kind, pieces, rows=len(lines))
