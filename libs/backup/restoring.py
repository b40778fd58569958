"""Restores a backup into the empty stores of a cell, and checks a backup by restoring it into a temporary place."""

from collections.abc import AsyncIterator, Container, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from libs.audit.signatures import Trusted
from libs.backup.artefact import CELL, Artefact, Part, require_sound
from libs.backup.epoch import begin_epoch, moved_on
from libs.backup.ledger import restore_ledger
from libs.clock import Clock
from libs.config import Settings
from libs.errors import OlderRelease
from libs.files import private
from libs.packages.encryption import decrypt
from libs.privacy.vault.documents import KEY_STORE_KINDS
from libs.store.opening import key_store_of, ledger_of, open_new_store, open_snapshot
from libs.store.port import Kind, StoreError
from libs.store.restoring import RESTORING, begun, finished
from libs.store.snapshot import BackupRefused, Restorable

ROWS_PER_LOAD = 200

Kinds = Sequence[Kind[Any]]
Counts = dict[tuple[str, str], int]


class Backup(NamedTuple):
    """The parts, and the age identities that open them. The keys may be of a later backup than the data: they have
    every key of it, except those of persons who were erased since."""

    data: Artefact
    keys: Artefact
    ledger: Artefact | None
    data_identity: str
    keys_identity: str

    @classmethod
    def open(
        cls,
        data: Path,
        keys: Path,
        ledger: Path | None,
        *,
        trusted: Trusted,
        data_identity: str,
        keys_identity: str,
        cell: str,
    ) -> "Backup":
        """The backup in two folders, after the check of every file. trusted: as in Artefact.open. BackupRefused with
        the name of every file that was altered."""
        parts = [Artefact.open(data, Part.DATA, trusted), Artefact.open(keys, Part.KEYS, trusted)]
        parts += [Artefact.open(ledger, Part.LEDGER, trusted)] if ledger is not None else []
        require_sound(parts)
        for one in parts:
            if one.manifest.cell != cell:
                raise BackupRefused(f"{one.folder} is a backup of the cell {one.manifest.cell}, this is {cell}")
        if parts[1].manifest.create_time < parts[0].manifest.create_time:
            raise BackupRefused(
                f"{keys} is older than {data}, so it lacks keys of later documents; take the keys of the same backup "
                "or of a later one"
            )
        if ledger is not None and parts[2].manifest.create_time < parts[1].manifest.create_time:
            raise BackupRefused(f"{ledger} is older than {keys}, so it may lack erasures; take the newest")
        return cls(parts[0], parts[1], parts[2] if ledger is not None else None, data_identity, keys_identity)

    def part(self, part: Part) -> tuple[Artefact, str]:
        """The data or the keys, and the identity that opens them. That of the data opens the ledger too."""
        return (self.data, self.data_identity) if part is Part.DATA else (self.keys, self.keys_identity)


async def restore(
    backup: Backup, kinds: Mapping[str, Kinds], settings: Settings, *, keys_folder: Path, clock: Clock
) -> Counts:
    """Write the documents of these services into their stores, which must be empty, and the keysets of the cell into
    `keys_folder`, where files that exist are kept. kinds: of each data store. Returns how many documents were written,
    by service and kind, the data before the keys.

    Nothing is written if the backup does not fit (BackupRefused). The erasure ledgers are made as long as those of the
    backup, and longer ones stay, so a restore cannot take one back to an earlier state; the services carry out again
    what they list. StoreUnavailable, NotDecrypted, OSError."""
    cell = backup.data.manifest.cell
    _require_whole(backup, kinds)
    async with AsyncExitStack() as stack:
        stores = await _open_all(stack, kinds, cell, settings)
        for service in kinds:
            await restore_ledger(backup.ledger, backup.data_identity, service, cell, settings)
        _write_keysets(backup, keys_folder)
        for (part, service), store in stores.items():
            await _load(backup.part(part), service, kinds[service] if part is Part.DATA else KEY_STORE_KINDS, store)
        counts = await _counted(kinds, cell, settings)
        _require_counts(backup, kinds, counts)
        for service in kinds:
            await begin_epoch(stores[Part.DATA, service], backup.data.manifest.create_time, clock)
            await finished(stores[Part.DATA, service])
        return counts


async def verify(backup: Backup, kinds: Mapping[str, Kinds], clock: Clock) -> Counts:
    """Restore a backup into a temporary folder, which is deleted; how many documents it has. Errors as `restore`."""
    with TemporaryDirectory(prefix="prm-verify-") as folder:
        settings = Settings(data_dir=Path(folder))
        return await restore(backup, kinds, settings, keys_folder=Path(folder) / "keysets", clock=clock)


def _require_whole(backup: Backup, kinds: Mapping[str, Kinds]) -> None:
    """BackupRefused if a service is not in the backup, or if it has kinds that this release does not know."""
    for part in (Part.DATA, Part.KEYS):
        manifest = backup.part(part)[0].manifest
        if absent := sorted(set(kinds) - set(manifest.services)):
            raise BackupRefused(f"{backup.part(part)[0].folder} has no {', '.join(absent)}")
        known = {(one, kind.name) for one in kinds for kind in (kinds[one] if part is Part.DATA else KEY_STORE_KINDS)}
        if unknown := sorted(f"{s} {k}" for s, k in manifest.counts() if s in kinds and (s, k) not in known):
            raise BackupRefused(
                f"release {manifest.release} took this backup, and this one does not know {', '.join(unknown)}; "
                "restore it with the release that took it, or a later one"
            )


async def _open_all(
    stack: AsyncExitStack, kinds: Mapping[str, Kinds], cell: str, settings: Settings
) -> dict[tuple[Part, str], Restorable]:
    found, full = dict[tuple[Part, str], Restorable](), list[str]()
    for service, declared in kinds.items():
        for part, name, needed in (
            (Part.DATA, service, declared),
            (Part.KEYS, key_store_of(service, settings), KEY_STORE_KINDS),
        ):
            store = await open_new_store(name, cell, settings)
            if store is None:
                full.append(f"the {part.value} of {service}")
                continue
            found[part, service] = await stack.enter_async_context(_closing(store))
            await store.ensure(needed)
            if part is Part.DATA:
                await begun(store)
    if full:
        raise BackupRefused(
            f"a backup is restored into empty stores only, and there are already {', '.join(full)}: move them away "
            "(the folder of a store, or its database)"
        )
    return found


@asynccontextmanager
async def _closing(store: Restorable) -> AsyncIterator[Restorable]:
    try:
        yield store
    finally:
        await store.close()


def _write_keysets(backup: Backup, folder: Path) -> None:
    artefact, identity = backup.part(Part.KEYS)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for one in artefact.manifest.files:
        target = folder / one.kind
        if one.service == CELL and not target.exists():
            target.parent.mkdir(exist_ok=True, mode=0o700)
            data = decrypt(artefact.read(one), identity)
            with open(target, "xb", opener=private) as file:
                file.write(data)


async def _load(part: tuple[Artefact, str], service: str, kinds: Kinds, store: Restorable) -> None:
    artefact, identity = part
    by_name = {kind.name: kind for kind in kinds}
    for one in artefact.manifest.files:
        if one.service != service:
            continue
        lines = decrypt(artefact.read(one), identity).split(b"\n")[:-1]
        for start in range(0, len(lines), ROWS_PER_LOAD):
            documents = [moved_on(one.kind, line) for line in lines[start : start + ROWS_PER_LOAD]]
            try:
                await store.load(by_name[one.kind], documents)
            except (StoreError, ValueError, OlderRelease) as err:
                raise BackupRefused(f"{artefact.folder / one.path} cannot be restored: {type(err).__name__}") from err


async def _counted(services: Iterable[str], cell: str, settings: Settings) -> Counts:
    """How many documents the stores of these services have now, by service and kind."""
    stores = [(one, name) for one in services for name in (one, key_store_of(one, settings), ledger_of(one, settings))]
    snapshot = open_snapshot([name for _, name in stores], cell, settings)
    counts: Counts = {}
    try:
        for service, store in stores:
            for kind in set(await snapshot.kinds(store)) - {RESTORING.name}:
                counts[service, kind] = 0
                async for batch in snapshot.documents(store, kind):
                    counts[service, kind] += len(batch)
    finally:
        await snapshot.close()
    return counts


def _require_counts(backup: Backup, services: Container[str], counts: Counts) -> None:
    signed = {**backup.data.manifest.counts(), **backup.keys.manifest.counts()}
    signed_ledger = backup.ledger.manifest.counts() if backup.ledger is not None else {}
    wrong = [
        f"{service} {kind}: {counts.get((service, kind), 0)} instead of {rows}"
        for (service, kind), rows in signed.items()
        if service in services and kind != RESTORING.name and counts.get((service, kind), 0) != rows
    ]
    wrong += [
        f"{service} {kind}: {counts.get((service, kind), 0)} instead of {rows} or more"
        for (service, kind), rows in signed_ledger.items()
        if service in services and counts.get((service, kind), 0) < rows
    ]
    if wrong:
        raise BackupRefused(f"the restored counts differ from the signed ones: {', '.join(wrong)}")
