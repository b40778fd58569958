"""Checks the settings of a process before anything is opened, so that the operator sees all faults at once."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from textwrap import indent
from typing import Any, TypeVar

from msgspec.structs import replace

from libs.clock import SystemClock
from libs.config import WRONG, ConfigError, Settings, read
from libs.country import Directory
from libs.env import Env
from libs.messaging.logins import password_of
from libs.privacy.keys import open_keys
from libs.privacy.keysets import KeysDamaged, KeysMissing
from libs.rpc.identity.opening import open_admission
from libs.rpc.policy import Policy, permissions_of, read_policy
from libs.runtime.broker import readers_of
from libs.runtime.encryption import identity_of
from libs.runtime.platform import LOCAL, Platform, directory_of, keys_folder_of
from libs.runtime.service import Build
from libs.store.port import Kind, Store

T = TypeVar("T")


async def inspect(builders: Mapping[str, Build], settings: Settings, faults: Sequence[ConfigError] = ()) -> None:
    """ConfigError with every fault of the settings of these services, and with the `faults` found before. Creates the
    data folder if one is needed, and in it the files of an embedded cell."""
    found = _Faults(faults)
    if not (settings.store_url and settings.nats_url and settings.keys_dir and settings.issuers_file):
        found.of(require_folder, settings.data_dir)
    folder_usable = not found.all
    directory = found.of(directory_of, settings) or Directory(LOCAL)
    if (identity := found.of(identity_of, settings)) is not None:
        found.of(identity.require, builders)
    found.of(_require_keys, settings, builders)
    found.of(readers_of, settings, directory)
    if settings.nats_url and settings.nats_logins_dir is not None:
        for name in builders:
            found.of(password_of, settings.nats_logins_dir, name)
    policy = found.of(read_policy, settings.policy_file, permissions_of([]))
    if folder_usable or settings.issuers_file:
        found.of(open_admission, settings, directory, policy or Policy({}))
    for build in builders.values():
        await found.of_service(build, settings, directory)
    found.require_none()


async def inspect_rest(builders: Mapping[str, Build], wrong: ConfigError) -> None:
    """As `inspect`, for an environment with wrong variables (those in `wrong`), which are ignored. Always raises
    ConfigError."""
    await inspect(builders, read(Settings, leaving_out=wrong.variables), [wrong])


def require_folder(folder: Path) -> None:
    """Create the data folder if it does not exist; ConfigError if that fails, or if this user may not write there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        usable, why = os.access(folder, os.W_OK | os.X_OK), "nothing may be written there"
    except OSError as err:
        usable, why = False, err.strerror or str(err)
    if not usable:
        raise ConfigError(f"PRM_DATA_DIR: {folder} cannot be used ({why}); name a folder that this user may write to")


async def kinds_of(build: Build, settings: Settings, directory: Directory) -> Sequence[Kind[Any]]:
    """The kinds that a service declares. Opens nothing. ConfigError for wrong settings of the service."""
    alone = replace(
        settings,
        listen="127.0.0.1:0",
        http_listen="",
        tls_cert=None,
        tls_key=None,
        tls_ca=None,
        store_url="",
        nats_url="",
        otlp_endpoint="",
    )
    try:
        await build(_Inspected(alone, directory=directory, clock=SystemClock()))
    except _Read as found:
        return found.kinds
    return ()


class _Inspected(Platform):
    """A platform on which a service reads its settings; _Read ends the build before it opens anything."""

    async def env(self, service: str, *, kinds: Sequence[Kind[Any]] = (), **_: Any) -> Env[Any]:
        raise _Read(kinds)

    async def open(self, service: str, kinds: Sequence[Any] = ()) -> Store:
        raise _Read(kinds)


class _Read(Exception):
    """The service has read all of its settings and is about to open its store with these kinds."""

    def __init__(self, kinds: Sequence[Kind[Any]]) -> None:
        super().__init__()
        self.kinds = kinds


class _Faults:
    def __init__(self, found: Sequence[ConfigError]) -> None:
        self.all = list(found)

    def of(self, check: Callable[..., T], *arguments: Any) -> T | None:
        """The result of a check; None if it raises ConfigError, which is added to the faults."""
        try:
            return check(*arguments)
        except ConfigError as err:
            self.all.append(err)
            return None

    async def of_service(self, build: Build, settings: Settings, directory: Directory) -> None:
        """Add the faults of the settings of one service."""
        try:
            await kinds_of(build, settings, directory)
        except ConfigError as err:
            self.all.append(err)

    def require_none(self) -> None:
        """ConfigError with all faults, if there are any."""
        if len(self.all) == 1:
            raise self.all[0]
        if self.all:
            lines = sorted({line for err in self.all for line in _lines(err)})
            raise ConfigError("\n".join([WRONG, *lines]))


def _lines(err: ConfigError) -> list[str]:
    """The faults of an error, one per line, indented as in the errors of `read`."""
    text = str(err)
    return text.removeprefix(WRONG + "\n").split("\n") if text.startswith(WRONG) else [indent(text, "  ")]


def _require_keys(settings: Settings, services: Iterable[str]) -> None:
    if (folder := keys_folder_of(settings)) is None:
        return
    try:
        keys = open_keys(folder)
        for service in services:
            keys.of(service)
    except (KeysMissing, KeysDamaged) as err:
        raise ConfigError(f"PRM_KEYS_DIR: {err}") from err
