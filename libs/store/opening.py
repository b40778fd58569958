"""Which engine a service's store runs on: MongoDB where a URL names one, else SQLite in the data folder."""

from pathlib import Path
from typing import Literal, get_args

from libs.config import Settings
from libs.passwords import open_password
from libs.store.address import check_url
from libs.store.port import Store

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
    """The store of one service: database `<prefix>_<cell>_<service>` of the MongoDB at `url` (`mongodb://...`), without
    one `<data_dir>/<cell>/<service>/store.db`. driver, password_file: of the MongoDB. StoreInUse, StoreUnavailable,
    StoreRefused, ConfigError for a password that cannot be read, ValueError for a URL of another kind, of another
    machine without TLS, or that asks for less than the port promises.

    An engine is imported when it is wanted; motor alone would double the start time.
    """
    if not url:
        from libs.store.sqlite import SqliteStore

        return await SqliteStore.open(data_dir / cell / service / "store.db")
    check_url(url)
    from libs.store.mongo import MongoStore

    password = open_password(STORE_PASSWORD, password_file)
    return await MongoStore.open(url, f"{prefix}_{cell}_{service}", driver=driver, password=password)


async def open_store_of(service: str, cell: str, settings: Settings) -> Store:
    """The store of a service, as the settings of its process say. As `open_store`."""
    return await open_store(
        service,
        cell=cell,
        data_dir=settings.data_dir,
        url=settings.store_url,
        prefix=settings.store_prefix,
        driver=settings.store_driver,
        password_file=settings.store_password_file,
    )
