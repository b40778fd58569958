"""Which engine a service's store runs on: MongoDB where a URL names one, else SQLite in the data folder."""

from pathlib import Path

from libs.store.address import check_url
from libs.store.port import Store


async def open_store(service: str, *, cell: str, data_dir: Path, url: str = "") -> Store:
    """The store of one service: database `prm_<cell>_<service>` of the MongoDB at `url` (`mongodb://...`), without one
    `<data_dir>/<cell>/<service>/store.db`. StoreInUse, StoreUnavailable, ValueError for a URL of
    another kind or of another machine without TLS.

    An engine is imported when it is wanted; motor alone would double the start time.
    """
    if not url:
        from libs.store.sqlite import SqliteStore

        return await SqliteStore.open(data_dir / cell / service / "store.db")
    check_url(url)
    from libs.store.mongo import MongoStore

    return await MongoStore.open(url, f"prm_{cell}_{service}")
