"""`Platform`: what a process provides to the services it hosts: store, relay, clock, directory, keys, settings."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import structlog

from libs import config
from libs.border_keys import BorderKeys
from libs.clock import Clock
from libs.config import Settings
from libs.country import ANYWHERE, Cell, Directory, LawfulBound
from libs.deadlines import OFFICE_HOURS, Hours, business_calendar, preload
from libs.env import Env
from libs.errors import StoreRefused, StoreUnavailable
from libs.facts import Neighbours, read_own_facts
from libs.ids import Ids
from libs.messaging.objects import Objects
from libs.messaging.outbox import KINDS, Encode, OutboxEntry
from libs.messaging.relay import Relay
from libs.privacy.keys import Keys, create_keys, open_keys
from libs.privacy.kms import KmsUnavailable
from libs.privacy.ledger.ledger import Ledger
from libs.privacy.ledger.replay import replay
from libs.privacy.sealing.store import SealedStore
from libs.privacy.vault.vault import Vault
from libs.runtime.encryption import identity_of
from libs.runtime.readiness import PROBE
from libs.store.opening import open_key_store_of, open_ledger_of, open_store_of
from libs.store.port import Kind, Store
from libs.store.restoring import RESTORING, require_whole

RETRY_FIRST_SECONDS = 0.2
RETRY_MOST_SECONDS = 5.0

LOCAL = Cell(
    code="local",
    countries=("*",),
    time_zone="UTC",
    currency="EUR",
    price_corridor=(LawfulBound(bound="CEILING", since=date(2022, 6, 1), law="Regulation (EU) 2022/720, Art. 4(a)"),),
)

BASIC_KINDS = (*KINDS, PROBE, RESTORING)
"""What is in every service's store besides its own kinds."""

S = TypeVar("S", bound=msgspec.Struct)
Wrap = Callable[[str, Store], Store]

log = structlog.get_logger()


class Outlet:
    """Passes the events of a service's commits to its relays: those of the cell to one, those for other cells to
    another. A relay reads events from before `attach` in the store."""

    def __init__(self) -> None:
        self._relays: dict[bool, Relay] = {}

    def attach(self, relay: Relay, *, crossing: bool = False) -> None:
        """Hand over to this relay from now on. crossing: the events for other cells."""
        self._relays[crossing] = relay

    def handover(self, entries: Sequence[OutboxEntry]) -> None:
        """See Relay.handover."""
        for crossing, relay in self._relays.items():
            if own := [one for one in entries if one.envelope.crosses is crossing]:
                relay.handover(own)

    def doubt(self, entries: Sequence[OutboxEntry]) -> None:
        """See Relay.doubt."""
        for crossing, relay in self._relays.items():
            if own := [one for one in entries if one.envelope.crosses is crossing]:
                relay.doubt(own)


class Platform:
    """The argument of every `build`; the runtime makes it. wrap: wraps each store, to inject faults in tests. Opens
    nothing when it is made; ConfigError as `identity_of`."""

    def __init__(
        self,
        settings: Settings,
        *,
        directory: Directory,
        clock: Clock,
        environ: Mapping[str, str] | None = None,
        wrap: Wrap | None = None,
    ) -> None:
        self.identity = identity_of(settings)
        self.directory = directory
        self.clock = clock
        self._settings = settings
        self._environ = environ
        self._wrap = wrap
        self.stores: dict[str, Store] = {}
        self.outlets: dict[str, Outlet] = {}
        self.objects: dict[str, Objects] = {}

    def settings(self, service: str, kind: type[S]) -> S:
        """A service's own settings from `PRM_<SERVICE>_<NAME>`; ConfigError."""
        return config.read(kind, prefix=f"{config.PREFIX}{service.upper()}_", environ=self._environ)

    def folder(self, service: str) -> Path:
        """The folder for a service's own files; created if it does not exist. OSError."""
        found = self._settings.data_dir / self.directory.here.code / service
        found.mkdir(mode=0o700, parents=True, exist_ok=True)
        return found

    def keys_of(self, service: str) -> Keys:
        """The keys of a service. An embedded cell creates its own. ConfigError, KeysMissing, KeysDamaged."""
        if (folder := keys_folder_of(self._settings)) is None:
            folder = self._settings.data_dir / self.directory.here.code / "keys"
            create_keys(folder, [service])
        return open_keys(folder).of(service)

    def preload_holidays(self, hours: tuple[Hours, ...] = OFFICE_HOURS) -> None:
        """Load the holidays of the cell's countries for this year. The first use of a country takes a quarter of a
        second, for which no caller should wait. A cell that serves every country loads them when they are used."""
        here = self.directory.here
        for country in set(here.countries) - {ANYWHERE}:
            preload(business_calendar(country, here.time_zone, hours), year=self.clock.now().year)

    def border_keys(self) -> BorderKeys:
        """The keys that the cells share. ConfigError."""
        return BorderKeys(self._settings.border_keys_file)

    async def env(
        self,
        service: str,
        *,
        kinds: Sequence[Kind[Any]],
        encode: Encode,
        settings: S,
        partners: Kind[Any] | None = None,
    ) -> Env[S]:
        """The environment of a service's use cases. Opens its store for these kinds; errors as `open`. partners: as in
        Env."""
        keys = self.keys_of(service)
        store = await self.open(service, kinds)
        outlet = self.outlets[service] = Outlet()
        objects = self.objects[service] = Objects()
        return Env(
            service,
            store=store,
            directory=self.directory,
            clock=self.clock,
            encode=encode,
            handover=outlet.handover,
            doubt=outlet.doubt,
            keys=keys,
            objects=objects,
            settings=settings,
            partners=partners,
        )

    async def open(self, service: str, kinds: Sequence[Kind[Any]] = ()) -> Store:
        """Open the store of a service. Waits for a MongoDB or a key management service that is unavailable, because
        machines start in any order.
        StoreRefused if the MongoDB refuses this process; ConfigError for its URL; StoreInUse and StoreUnavailable for
        SQLite."""
        pause = RETRY_FIRST_SECONDS
        while True:
            try:
                return await self._open(service, kinds)
            except StoreRefused:
                raise
            except KmsUnavailable as err:
                log.warning("kms_unavailable", service=service, cause=err, again_in_seconds=pause)
            except StoreUnavailable as err:
                if not self._settings.store_url:
                    raise
                log.warning("store_unavailable", service=service, cause=err, again_in_seconds=pause)
            await asyncio.sleep(pause)
            pause = min(pause * 2, RETRY_MOST_SECONDS)

    async def close(self) -> None:
        """Close every store; a second call does nothing."""
        while self.stores:
            _, store = self.stores.popitem()
            await store.close()

    async def _open(self, service: str, kinds: Sequence[Kind[Any]]) -> Store:
        try:
            store = await open_store_of(service, self.directory.here.code, self._settings)
        except ValueError as err:
            raise config.ConfigError(f"PRM_STORE_URL: {err}") from err
        try:
            if self._wrap is not None:
                store = self._wrap(service, store)
            if kinds:
                store = await self.sealed(service, store)
            await store.ensure(list({kind.name: kind for kind in (*BASIC_KINDS, *kinds)}.values()))
            await require_whole(store)
            if isinstance(store, SealedStore) and (replayed := await replay(store)):
                log.warning("erasures_carried_out", service=service, entries=replayed)
        except BaseException:
            await store.close()
            raise
        self.stores[service] = store
        return store

    async def sealed(self, service: str, store: Store) -> Store:
        """The store with its personal data encrypted under the keys of the service's vault. KeysMissing, KeysDamaged,
        ServiceKeyLocked, StoreUnavailable, KmsUnavailable, KmsRefused."""
        here = self.directory.here.code
        key_store = await open_key_store_of(service, here, self._settings)
        try:
            keys, ids = self.keys_of(service), Ids(here, self.clock)
            vault = await Vault.open(key_store, keys.open_wrapping, service=service, ids=ids, clock=self.clock)
        except BaseException:
            await key_store.close()
            raise
        try:
            ledger_store = await open_ledger_of(service, here, self._settings)
            try:
                ledger = await Ledger.open(ledger_store, keys, service)
            except BaseException:
                await ledger_store.close()
                raise
        except BaseException:
            await vault.close()
            raise
        return SealedStore(
            store,
            vault,
            service,
            self.clock,
            ledger=ledger,
            time_zone=self.directory.here.time_zone,
            sealing=keys.sealing_ordered(),
        )


def keys_folder_of(settings: Settings) -> Path | None:
    """The folder of keys that the settings name; None if an embedded cell makes its own. ConfigError if processes that
    share a broker have none."""
    if settings.keys_dir is None and settings.nats_url:
        raise config.ConfigError(
            "PRM_KEYS_DIR: name the folder with what `prm keys FOLDER` made: the shared files, and the folder of each "
            "service of this process"
        )
    return settings.keys_dir


def directory_of(settings: Settings) -> Directory:
    """This cell, from PRM_CELL_FILE, and the others, from PRM_CELLS_DIR; LOCAL without a file. ConfigError with
    everything that is wrong with the facts of this cell, and for a folder that cannot be read."""
    if settings.cell_file is None:
        return Directory(LOCAL)
    here, others, wrong = LOCAL, None, []
    try:
        here = read_own_facts(settings.cell_file)
    except (OSError, ValueError) as err:
        wrong.append(f"PRM_CELL_FILE: {err}")
    if settings.cells_dir or not wrong:
        try:
            others = Neighbours(settings.cells_dir or settings.cell_file.parent, here)
        except OSError as err:
            wrong.append(f"PRM_CELLS_DIR: {err}")
    if others is None or wrong:
        raise config.ConfigError("\n".join(wrong))
    return Directory(here, others)
