"""`Platform`: what a process provides to the services it hosts: store, relay, clock, directory, keys, settings."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import structlog

from libs import config
from libs.clock import Clock
from libs.config import Settings
from libs.country import ANYWHERE, Cell, Directory, read_cell
from libs.deadlines import OFFICE_HOURS, Hours, business_calendar, preload
from libs.env import Env
from libs.errors import StoreRefused, StoreUnavailable
from libs.messaging.objects import Objects
from libs.messaging.outbox import KINDS, Encode, OutboxEntry
from libs.messaging.relay import Relay
from libs.privacy.keys import Keys, create_keys, open_keys
from libs.runtime.encryption import identity_of
from libs.runtime.readiness import PROBE
from libs.store.opening import open_store_of
from libs.store.port import Kind, Store

RETRY_FIRST_SECONDS = 0.2
RETRY_MOST_SECONDS = 5.0

LOCAL = Cell(code="local", countries=("*",), time_zone="UTC", currency="EUR")

BASIC_KINDS = (*KINDS, PROBE)
"""What is in every service's store besides its own kinds."""

S = TypeVar("S", bound=msgspec.Struct)
Wrap = Callable[[str, Store], Store]

log = structlog.get_logger()


class Outlet:
    """Passes the events of a service's commits to its relay; a relay reads events from before `attach` in the store."""

    def __init__(self) -> None:
        self._relay: Relay | None = None

    def attach(self, relay: Relay) -> None:
        """Hand over to this relay from now on."""
        self._relay = relay

    def handover(self, entries: Sequence[OutboxEntry]) -> None:
        """See Relay.handover."""
        if self._relay is not None:
            self._relay.handover(entries)

    def doubt(self, entries: Sequence[OutboxEntry]) -> None:
        """See Relay.doubt."""
        if self._relay is not None:
            self._relay.doubt(entries)


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

    @cached_property
    def keys(self) -> Keys:
        """The cell's keys. An embedded cell creates its own; processes with PRM_NATS_URL must share a folder of keys.
        ConfigError, KeysMissing, KeysDamaged."""
        if self._settings.keys_dir is not None:
            return open_keys(self._settings.keys_dir)
        if self._settings.nats_url:
            raise config.ConfigError(
                "PRM_KEYS_DIR: name the folder that `prm keys FOLDER` made, the same in all services"
            )
        folder = self._settings.data_dir / self.directory.here.code / "keys"
        create_keys(folder)
        return open_keys(folder)

    def preload_holidays(self, hours: tuple[Hours, ...] = OFFICE_HOURS) -> None:
        """Load the holidays of the cell's countries for this year. The first use of a country takes a quarter of a
        second, for which no caller should wait. A cell that serves every country loads them when they are used."""
        here = self.directory.here
        for country in set(here.countries) - {ANYWHERE}:
            preload(business_calendar(country, here.time_zone, hours), year=self.clock.now().year)

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
            keys=self.keys,
            objects=objects,
            settings=settings,
            partners=partners,
        )

    async def open(self, service: str, kinds: Sequence[Kind[Any]] = ()) -> Store:
        """Open the store of a service. Waits for a MongoDB that is unavailable, because machines start in any order.
        StoreRefused if the MongoDB refuses this process; ConfigError for its URL; StoreInUse and StoreUnavailable for
        SQLite."""
        pause = RETRY_FIRST_SECONDS
        while True:
            try:
                return await self._open(service, kinds)
            except StoreRefused:
                raise
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
        if self._wrap is not None:
            store = self._wrap(service, store)
        try:
            await store.ensure(list({kind.name: kind for kind in (*BASIC_KINDS, *kinds)}.values()))
        except BaseException:
            await store.close()
            raise
        self.stores[service] = store
        return store


def directory_of(settings: Settings) -> Directory:
    """This cell and the others, from PRM_CELL_FILE, or LOCAL without it; ConfigError if the file is invalid."""
    if settings.cell_file is None:
        return Directory(LOCAL)
    try:
        return read_cell(settings.cell_file)
    except (OSError, ValueError) as err:
        raise config.ConfigError(f"PRM_CELL_FILE: {err}") from err
