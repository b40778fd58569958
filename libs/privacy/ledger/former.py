"""Erases a person from what is left of rows that were deleted, or from which the person was removed, before."""

from collections import defaultdict
from collections.abc import Iterable

from libs.privacy.ledger.documents import Erased
from libs.privacy.ledger.replay import replay
from libs.privacy.sealing.store import SealedStore
from libs.privacy.vault.documents import FORMER, FormerPerson
from libs.store.port import ROWS_PER_PAGE, Loaded, Query, VersionConflict


async def erase_former(store: SealedStore, hashes: Iterable[str], case_id: str) -> None:
    """Delete the keys of the person that earlier copies and recorded answers have, and empty the latter. May be
    repeated. Contended, StoreUnavailable."""
    for one in sorted(hashes):
        while rows := (await store.inner.find(Query(kind=FORMER, equals={"hash": one}, limit=ROWS_PER_PAGE))).rows:
            erased = _erased(rows, case_id)
            await store.ledger.append(erased)
            await replay(store, {what.place: () for what in erased})
            try:
                await store.inner.commit([row.delete() for row in rows])
            except VersionConflict:  # another process, or the sweep, deletes them too
                continue


def _erased(rows: Iterable[Loaded[FormerPerson]], case_id: str) -> list[Erased]:
    """What goes, an entry for each row of which something is left."""
    by_place = defaultdict[tuple[str, str], list[FormerPerson]](list)
    for loaded in rows:
        by_place[loaded.value.kind, loaded.value.row].append(loaded.value)
    return [
        Erased(
            case_id=case_id,
            kind=kind,
            row=row,
            keys=tuple(sorted({key for one in those for key in one.keys})),
            persons=tuple(sorted({one.person_id for one in those} - {""})),
            whole=any(one.whole for one in those),
        )
        for (kind, row), those in by_place.items()
    ]
