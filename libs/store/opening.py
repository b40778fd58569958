"""Opens the store of a service: a MongoDB if there is a URL, else SQLite in the data folder."""

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
    """The store of one service: the database `<prefix>_<cell>_<service>` of the MongoDB at `url` (`mongodb://...`), or
    `<data_dir>/<cell>/<service>/store.db` without a URL. driver, password_file: for the MongoDB. StoreInUse,
    StoreUnavailable, StoreRefused; ConfigError if the password cannot be read; ValueError if `check_url` refuses the
    URL.

    Only the engine in use is imported, because motor alone would double the start time.
    """
    if not url:
        from libs.store.sqlite import SqliteStore

        return await SqliteStore.open(data_dir / cell / service / "store.db")
    check_url(url)
    from libs.store.mongo import MongoStore

    password = open_password(STORE_PASSWORD, password_file)
    return await MongoStore.open(url, f"{prefix}_{cell}_{service}", driver=driver, password=password)


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
