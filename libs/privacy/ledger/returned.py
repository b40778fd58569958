"""What a restored copy brings back of an erased person: rows that were deleted before the erasure, so that the ledger
has no entry of them."""

import structlog

from libs.errors import Contended
from libs.privacy.aliases import ALIASES
from libs.privacy.ledger.documents import Erased, written
from libs.privacy.ledger.ledger import ATTEMPTS
from libs.privacy.ledger.subject import find_in
from libs.privacy.sealing.seal import Seal
from libs.privacy.sealing.store import SealedStore
from libs.privacy.vault.vault import KeyLost
from libs.store.port import ROWS_PER_PAGE, Query, VersionConflict, get

log = structlog.get_logger()


async def returned(store: SealedStore, case_id: str) -> list[Erased]:
    """What of the person of a case is in the store, by the suppressed hashes; nothing but after a restore, and what a
    ground withholds. KeyLost never: what cannot be read any more of such a row is erased. StoreUnavailable, Contended.
    """
    hashes = await store.ledger.hashes_of(case_id)
    found: dict[tuple[str, str], Erased | None] = {}
    for one in sorted(hashes):
        cursor = ""
        while True:
            page = await store.find(Query(kind=ALIASES, equals={"hash": one}, limit=ROWS_PER_PAGE, cursor=cursor))
            for place in ((loaded.value.kind, loaded.value.row) for loaded in page.rows):
                if place not in found and (seal := store.seals.get(place[0])) is not None:
                    found[place] = await _look(store, seal, place[1], hashes, case_id=case_id)
            if not (cursor := page.next_cursor):
                break
    return [one for one in found.values() if one is not None]


async def _look(store: SealedStore, seal: Seal, row: str, hashes: frozenset[str], *, case_id: str) -> Erased | None:
    for _ in range(ATTEMPTS):
        try:
            loaded = await get(store, seal.kind, row)
            if loaded is None:
                return None
            found = await find_in(store, seal, loaded, hashes, case_id=case_id, ids=store.vault.ids)
        except KeyLost:
            return await _unreadable(store, seal, row, case_id)
        except VersionConflict:
            continue
        return found.erased if found is not None and found.kept is None else None
    raise Contended(f"others keep changing {seal.kind.name} {row}")


async def _unreadable(store: SealedStore, seal: Seal, row: str, case_id: str) -> Erased | None:
    """The keys of the row that were deleted with it, before the erasure."""
    stored = await get(store.inner, seal.kind, row)
    if stored is None:
        return None
    keys = {key for _, key in seal.keys_in(stored.value)}
    sheets = await store.vault.sheets({key.sheet for key in keys})
    gone = {key for key in keys if not sheets[key.sheet].has(key.number)}
    log.warning("keys_of_an_erased_person_missing", kind=seal.kind.name, id=row, keys=len(gone))
    return Erased(case_id=case_id, kind=seal.kind.name, row=row, keys=written(gone))
