"""Makes the keyed hashes of a document unreadable at once, in every copy of it; the rest of the document stays."""

from typing import Any

from libs.privacy.ledger.documents import Erased, written
from libs.privacy.ledger.replay import replay
from libs.privacy.sealing.seal import OF_HASHES
from libs.privacy.sealing.store import SealedStore
from libs.store.port import Loaded, Store


async def shred_hashes(store: Store, loaded: Loaded[Any], case_id: str) -> None:
    """Delete the key of the keyed hashes in a document that was read, and empty them where they still stand. May be
    repeated. Contended, StoreUnavailable."""
    assert isinstance(store, SealedStore), "a service with persons has its store encrypted"
    name, row = loaded.kind.name, loaded.value.id
    if (stored := loaded.stored) is None:
        return
    keys = {key for holder, key in store.seals[name].keys_in(stored) if holder == OF_HASHES}
    if keys:
        await store.ledger.append([Erased(case_id=case_id, kind=name, row=row, keys=written(keys))])
        await replay(store, {(name, row): ()})
