"""Opens the store of a service: a MongoDB if there is a URL, else SQLite in the data folder."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast, get_args

from libs.config import Settings
from libs.passwords import open_password
from libs.store.address import check_url
from libs.store.port import Store

if TYPE_CHECKING:
    from libs.store.snapshot import Restorable, Snapshot

Driver = Literal["motor", "pymongo"]
DRIVERS: tuple[Driver, ...] = get_args(Driver)
STORE_PASSWORD = "PRM_STORE_PASSWORD_FILE"


async def open_store(
    service: str,
    *,
    cell: str,
    data_dir: Path,
    url: str = "",
    prefix: str = "prm",
    driver: Driver = "motor",
    password_file: Path | None = None,
) -> Store:
    """The store of one service: the database `<prefix>_<cell>_<service>` of the MongoDB at `url` (`mongodb://...`), or
    `<data_dir>/<cell>/<service>/store.db` without a URL. driver, password_file: for the MongoDB. StoreInUse,
    StoreUnavailable, StoreRefused; ConfigError if the password cannot be read; ValueError if `check_url` refuses the
    URL.

    Only the engine in use is imported, because motor alone would double the start time.
    """
    if not url:
        from libs.store.sqlite import SqliteStore

        return await SqliteStore.open(_file(data_dir, cell, service))
    check_url(url)
    from libs.store.mongo import MongoStore

    password = open_password(STORE_PASSWORD, password_file)
    return await MongoStore.open(url, f"{prefix}_{cell}_{service}", driver=driver, password=password)


async def open_key_store_of(service: str, cell: str, settings: Settings) -> Store:
    """The key store of a service, apart from its data: the database `<prefix>_<cell>_<service>_keys` of the same
    MongoDB, or `<data_dir>/<cell>/keys/<service>/store.db`. Errors as `open_store`."""
    return await open_store_of(key_store_of(service, settings), cell, settings)


def key_store_of(service: str, settings: Settings) -> str:
    """The name of the key store of a service, for `open_store_of` and the functions below it."""
    return f"keys/{service}" if not settings.store_url else f"{service}_keys"


async def open_ledger_of(service: str, cell: str, settings: Settings) -> Store:
    """The store of the erasure ledger of a service, apart from its data and its keys: the database
    `<prefix>_<cell>_<service>_ledger` of the same MongoDB, or `<data_dir>/<cell>/ledger/<service>/store.db`. Errors as
    `open_store`."""
    return await open_store_of(ledger_of(service, settings), cell, settings)


def ledger_of(service: str, settings: Settings) -> str:
    """The name of the store of a service's erasure ledger, as `key_store_of`."""
    return f"ledger/{service}" if not settings.store_url else f"{service}_ledger"


async def open_store_of(service: str, cell: str, settings: Settings) -> Store:
    """`open_store` with the settings of the process."""
    return await open_store(
        service,
        cell=cell,
        data_dir=settings.data_dir,
        url=settings.store_url,
        prefix=settings.store_prefix,
        driver=settings.store_driver,
        password_file=settings.store_password_file,
    )


def open_snapshot(names: Iterable[str], cell: str, settings: Settings) -> "Snapshot":
    """These stores as they are now, for a backup. StoreUnavailable, StoreRefused; ConfigError and ValueError as
    `open_store`."""
    if not settings.store_url:
        from libs.store.sqlite.snapshot import SqliteSnapshot

        return SqliteSnapshot({name: _file(settings.data_dir, cell, name) for name in names})
    check_url(settings.store_url)
    from libs.logs import Secret
    from libs.store.mongo.driver import Target
    from libs.store.mongo.snapshot import MongoSnapshot

    password = open_password(STORE_PASSWORD, settings.store_password_file)
    databases = {name: f"{settings.store_prefix}_{cell}_{name}" for name in names}
    target = Target(Secret(settings.store_url), next(iter(databases.values())), password=password)
    return MongoSnapshot(target, databases)


async def open_new_store(name: str, cell: str, settings: Settings) -> "Restorable | None":
    """The store with this name, into which a backup is restored; None if it has data already. Errors as
    `open_store`."""
    if not settings.store_url and _file(settings.data_dir, cell, name).exists():
        return None
    store = cast("Restorable", await open_store_of(name, cell, settings))
    if await store.is_new():
        return store
    await store.close()
    return None


def _file(data_dir: Path, cell: str, name: str) -> Path:
    return data_dir / cell / name / "store.db"
