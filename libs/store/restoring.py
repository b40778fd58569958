"""The mark of a store into which a backup is being restored: no service may start on half of its documents."""

from libs.errors import StoreRefused
from libs.store.port import Delete, Document, Kind, Store, create, get


class Restoring(Document, frozen=True, kw_only=True):
    """The mark; there is one while a restore runs, and after one that was ended half way."""


RESTORING = Kind("restoring", Restoring)
_ID = "restoring"


async def begun(store: Store) -> None:
    """Set the mark, before the first document is restored."""
    await store.commit([create(RESTORING, Restoring(id=_ID))])


async def finished(store: Store) -> None:
    """Remove the mark, after the last document."""
    await store.commit([Delete(RESTORING, _ID, 1)])


async def require_whole(store: Store) -> None:
    """StoreRefused if a restore of this store did not come to its end."""
    if await get(store, RESTORING, _ID) is not None:
        raise StoreRefused("a backup was restored into this store and not to its end: empty it, and restore again")
