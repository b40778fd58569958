"""`ErasureGate`: nobody who was erased comes back with a file, also if the import began before the erasure.

The suppression list and the documents are in different stores, so no commit can check the one and write the other. An
import reads a row of the gate, then the list, and writes the row in its commit; an erasure extends the list, then
writes every row of the gate, and looks for the person's rows after that. So a commit that saw the list without the
person either is before the write of the erasure to its row, and the erasure finds what it wrote; or it is after it, and
is refused because the row has another version: the import is tried again, and sees the list.

The first row that is derived from a document has the same protection: who writes it reads a row of the gate, then the
document, and writes the row in the commit; an erasure empties the document, then writes that row of the gate, and
deletes what was derived after that.
"""

from collections.abc import Collection
from itertools import count
from typing import Any
from zlib import crc32

from libs.errors import AppError, Code, Contended
from libs.ids import secret
from libs.person import Person
from libs.privacy.aliases import sought
from libs.privacy.keys import Keys
from libs.privacy.ledger.documents import GATE_ROWS, GateRow
from libs.privacy.ledger.ledger import ATTEMPTS
from libs.privacy.sealing.store import SealedStore
from libs.store.port import Kind, Put, Store, VersionConflict, create

ROWS = 64  # imports of a process that run at the same time get different ones, if they are no more
ROWS_AT_ONCE = 8  # in a commit of an erasure: few, because any of them may have changed meanwhile


class PersonErased(AppError):
    """A person of an imported row was erased at the person's request."""

    code, reason = Code.FAILED_PRECONDITION, "PERSON_ERASED"

    def __init__(self) -> None:
        super().__init__("a person of the row was erased at the person's request; import the row without the person")


class ErasureGate:
    """The gate of a service. Only a store with encrypted documents has a suppression list; without one everybody
    passes."""

    def __init__(self, store: Store, keys: Keys) -> None:
        self._store = store if isinstance(store, SealedStore) else None
        self._keys = keys
        self._turns = count(secret(1)[0])

    async def pass_through(
        self, *persons: Person | None, country: str = "", place: tuple[str, str] | None = None
    ) -> tuple[Put[GateRow], ...]:
        """The writes that belong into the commit of an imported row, only one commit. PersonErased if one of its
        persons was erased here, by email or phone number. Calls of users need no gate: somebody may come back, but no
        file brings them back. country: of phone numbers without one. place: the kind and the id of a row that belongs
        to a person, and has been read; PersonErased also if somebody was erased from it. StoreUnavailable."""
        if self._store is None:
            return ()
        if place is not None and await self._store.ledger.cases_of(*place):  # before the erasure empties what was read
            raise PersonErased
        known = {one for who in persons if who is not None for one in sought(self._keys, who, country)}
        if not known:
            return ()
        writes = await _written(self._store, [_name(next(self._turns) % ROWS)])
        if await self._store.ledger.suppressed(known):
            raise PersonErased
        return writes

    async def beside(self, kind: Kind[Any], ids: Collection[str]) -> dict[str, Put[GateRow]]:
        """For each of these documents of a kind the write that belongs into the commit of the first row that is derived
        from it; call it before the documents are read. Several documents may have the same write."""
        if self._store is None:
            return {}
        names = {one: _beside(kind.name, one) for one in ids}
        found = {put.document.id: put for put in await _written(self._store, sorted(set(names.values())))}
        return {one: found[name] for one, name in names.items()}


class FirstRows:
    """What a commit needs that may write first rows derived from documents of a kind, which it reads step by step.
    `ahead` comes before the documents are read; `of` has the write for the first row about one of them, None if no
    gate is needed."""

    def __init__(self, gate: ErasureGate, kind: Kind[Any]) -> None:
        self._gate = gate
        self._kind = kind
        self._rows: dict[str, Put[GateRow]] = {}

    async def ahead(self, ids: Collection[str]) -> None:
        """These documents are read next."""
        for put in (await self._gate.beside(self._kind, ids)).values():
            self._rows.setdefault(put.document.id, put)

    def of(self, id: str) -> Put[GateRow] | None:
        """The write beside the first row that is derived from a document."""
        return self._rows.get(_beside(self._kind.name, id))


async def close_beside(store: SealedStore, kind: str, id: str) -> None:
    """Refuse every commit with a first row that was derived from a document before this call; what is derived later is
    derived from what the document says now. Contended, StoreUnavailable."""
    await _write(store, [_beside(kind, id)])


async def suppress(store: SealedStore, hashes: Collection[str], case_id: str) -> None:
    """Suppress the keyed hashes of a person's aliases, before the person's rows are looked for: no import that has not
    seen them is committed after it. Contended, StoreUnavailable."""
    await store.ledger.suppress(hashes, case_id)
    for start in range(0, ROWS, ROWS_AT_ONCE):
        await _write(store, [_name(number) for number in range(start, start + ROWS_AT_ONCE)])


def _name(number: int) -> str:
    return f"{number:02}"


def _beside(kind: str, id: str) -> str:
    """Which row of the gate stands for a document; not one of those for imports, which change all the time."""
    return f"beside-{crc32(f'{kind}:{id}'.encode()) % ROWS:02}"


async def _write(store: SealedStore, names: Collection[str]) -> None:
    """Write these rows of the gate, however often others are first."""
    for _ in range(ATTEMPTS):
        try:
            await store.commit(await _written(store, names))
        except VersionConflict:
            continue
        return
    raise Contended("others keep passing the gate")


async def _written(store: Store, names: Collection[str]) -> tuple[Put[GateRow], ...]:
    """The writes of these rows of the gate."""
    held = await store.get_many(GATE_ROWS, tuple(names))
    return tuple(held[one].put(held[one].value) if one in held else create(GATE_ROWS, GateRow(id=one)) for one in names)
