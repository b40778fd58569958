"""Takes, verifies and restores backups with the settings of the process; returns the lines to print."""

from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from libs.audit.signatures import NotAKey, keys_given
from libs.backup.artefact import BACKUP, Artefact, Part
from libs.backup.consumers import begin_again, require_behind
from libs.backup.restoring import Backup, Counts, Kinds, restore, verify
from libs.backup.taking import Outlet, forget, take
from libs.clock import SystemClock
from libs.config import Settings
from libs.messaging.logins import Durables
from libs.packages.encryption import NotARecipient, NotDecrypted
from libs.privacy.keys import create_keys, open_keys
from libs.privacy.keysets import KeysDamaged, KeysMissing
from libs.privacy.sealing.store import OWN_KINDS
from libs.runtime.inspection import kinds_of
from libs.runtime.platform import BASIC_KINDS, directory_of
from libs.runtime.service import Build
from libs.store.snapshot import BackupRefused


class Source(NamedTuple):
    """A backup as the command line names it. ledger: None: the newest beside the data, if there is one. key: the public
    key of the cell's backups, or a file with it or with those of all services. identity, keys_identity: files with age
    identities."""

    data: Path
    keys: Path
    ledger: Path | None
    key: str
    identity: Path
    keys_identity: Path

    def open(self, cell: str) -> Backup:
        """The backup, after the check of every file; BackupRefused."""
        try:
            return Backup.open(
                self.data,
                self.keys,
                self.ledger or newest(self.data.parent),
                trusted=keys_given(self.key),
                data_identity=self.identity.read_text(),
                keys_identity=self.keys_identity.read_text(),
                cell=cell,
            )
        except NotAKey as err:
            raise BackupRefused(str(err)) from err
        except OSError as err:
            raise BackupRefused(f"{err.filename}: {err.strerror}") from err


class Wanted(NamedTuple):
    """What is wanted of a part: the folder in which it goes, its age recipient or a file with that, and after how many
    days it is deleted."""

    folder: Path
    recipient: str
    keep_days: int

    def outlet(self) -> Outlet:
        """The folder and the recipient; OSError."""
        named = self.recipient if self.recipient.startswith("age1") else Path(self.recipient).read_text()
        return Outlet(self.folder, named.strip())


async def take_backup(
    builders: Mapping[str, Build], settings: Settings, wanted: Mapping[Part, Wanted]
) -> AsyncIterator[str]:
    """Take a backup, then delete older ones. Yields a line for each folder that was written or deleted."""
    directory, clock = directory_of(settings), SystemClock()
    cell, keys_folder = directory.here.code, _keys_folder(settings, directory.here.code)
    try:
        if settings.keys_dir is None:
            create_keys(keys_folder, [BACKUP])
        keys = open_keys(keys_folder).of(BACKUP)
        taken = await take(
            {part: one.outlet() for part, one in wanted.items()},
            tuple(builders),
            settings,
            cell=cell,
            keys=keys,
            keys_folder=keys_folder,
            clock=clock,
        )
    except (NotARecipient, KeysMissing, KeysDamaged) as err:
        raise BackupRefused(str(err)) from err
    except OSError as err:
        raise BackupRefused(f"{err.filename}: {err.strerror}") from err
    for path, manifest in zip((taken.data, taken.keys, taken.ledger), taken.manifests, strict=True):
        yield f"{path}\t{sum(manifest.counts().values())} documents"
    yield f"public key\t{keys.public_key.hex()}"
    for part, one in wanted.items():
        for path in forget(one.folder, cell, part, clock.now() - timedelta(days=one.keep_days)):
            yield f"{path}\tdeleted"


async def verify_backup(builders: Mapping[str, Build], settings: Settings, source: Source) -> Sequence[str]:
    """Verify a backup. BackupRefused with the cause."""
    services = await _known(builders, settings, ())
    backup = source.open(_cell_of(source))
    return _lines(await _opening(verify(backup, services, SystemClock())))


async def restore_backup(
    builders: Mapping[str, Build],
    durables: Mapping[str, Durables],
    settings: Settings,
    source: Source,
    only: Sequence[str],
) -> Sequence[str]:
    """Restore a backup, and let the consumers of the restored services begin again. only: these services; empty: all.
    BackupRefused with the cause."""
    directory = directory_of(settings)
    cell = directory.here.code
    services = await _known(builders, settings, only)
    backup = source.open(cell)
    await require_behind(settings, directory, services, backup.data.manifest.create_time)
    folder = _keys_folder(settings, cell)
    counts = await _opening(restore(backup, services, settings, keys_folder=folder, clock=SystemClock()))
    await begin_again(settings, directory, [name for one in services for name in durables.get(one, ())])
    return _lines(counts)


def newest(folder: Path) -> Path | None:
    """The newest ledger in a folder; its name has the time."""
    return max(folder.glob(f"*.{Part.LEDGER.value}"), default=None)


async def _opening(work: Awaitable[Counts]) -> Counts:
    try:
        return await work
    except NotDecrypted as err:
        raise BackupRefused(str(err)) from err
    except OSError as err:
        raise BackupRefused(f"{err.filename}: {err.strerror}") from err


async def _known(builders: Mapping[str, Build], settings: Settings, only: Sequence[str]) -> dict[str, Kinds]:
    """The kinds in the data store of each service."""
    if unknown := sorted({*only} - {*builders}):
        raise BackupRefused(f"there is no service {', '.join(unknown)}; there are {', '.join(builders)}")
    directory = directory_of(settings)
    found: dict[str, Kinds] = {}
    for service in only or tuple(builders):
        own = await kinds_of(builders[service], settings, directory)
        found[service] = tuple({kind.name: kind for kind in (*BASIC_KINDS, *OWN_KINDS, *own)}.values())
    return found


def _cell_of(source: Source) -> str:
    """The cell of the backup itself: a backup can be verified anywhere."""
    return Artefact.open(source.data, Part.DATA, keys_given(source.key)).manifest.cell


def _keys_folder(settings: Settings, cell: str) -> Path:
    return settings.keys_dir or settings.data_dir / cell / "keys"


def _lines(counts: Counts) -> list[str]:
    return [f"{service}\t{kind}\t{rows}" for (service, kind), rows in sorted(counts.items()) if rows]
