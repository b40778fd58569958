"""`Ledger`: appends to the erasure ledger of a service, reads it, and notices if a part of it is missing."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from libs.audit.statements import canonical
from libs.errors import AppError, Code, Contended
from libs.privacy.keys import Keys
from libs.privacy.ledger.documents import (
    ENTRIES,
    HEAD,
    HEADS,
    LEDGER_KINDS,
    SUPPRESSED,
    Erased,
    LedgerEntry,
    LedgerHead,
    Suppressed,
    entry_id,
    entry_of,
    place_of,
)
from libs.privacy.vault.documents import MARKS, LedgerMark
from libs.privacy.vault.tokens import KeyId
from libs.store.port import (
    ROWS_PER_PAGE,
    Kind,
    Loaded,
    Query,
    Store,
    VersionConflict,
    Write,
    create,
    get,
    get_all,
)

ENTRIES_PER_COMMIT = 500
ATTEMPTS = 10
MARK = "replayed"

_PURPOSE = b"prm-erasure-ledger/1\n"
_EMPTY = LedgerHead(id=HEAD, number=0, hash="", signature="")


class LedgerShort(AppError):
    """The erasure ledger lacks entries that it had. The service does not become ready, because it would show persons
    who were erased."""

    code, reason = Code.FAILED_PRECONDITION, "LEDGER_SHORT"

    def __init__(self, service: str, why: str) -> None:
        super().__init__(
            f"the erasure ledger of {service} {why}: put back its newest copy; never an older one, and never none",
            service=service,
        )


class Ledger:
    """The ledger of one service; made by `open`. Closes its store."""

    def __init__(self, store: Store, keys: Keys, service: str) -> None:
        self.store = store
        self.keys = keys
        self.service = service

    @classmethod
    async def open(cls, store: Store, keys: Keys, service: str) -> "Ledger":
        """The ledger in a store. LedgerShort if its end is not what was signed; StoreUnavailable."""
        await store.ensure(LEDGER_KINDS)
        found = cls(store, keys, service)
        await found.check()
        return found

    async def close(self) -> None:
        """Close the store."""
        await self.store.close()

    async def head(self) -> LedgerHead:
        """The end of the ledger; number 0 if it is empty."""
        loaded = await get(self.store, HEADS, HEAD)
        return loaded.value if loaded else _EMPTY

    async def check(self) -> None:
        """LedgerShort if the last entry is not the one whose number and hash the cell signed."""
        head = await self.head()
        last = await self.store.find(Query(kind=ENTRIES, descending=True, limit=1))
        ends = [(one.value.number, one.value.hash) for one in last.rows]
        if ends != ([(head.number, head.hash)] if head.number else []):
            raise LedgerShort(self.service, "does not end where its signed head says")
        if head.number and not self.keys.verify(
            bytes.fromhex(head.signature), _signed(self.service, head), by=self.service
        ):
            raise LedgerShort(self.service, "has a head that this cell did not sign")

    async def require(self, store: Store) -> int:
        """How far a store has carried out the ledger. LedgerShort if it has carried out more than there is."""
        loaded = await get(store, MARKS, MARK)
        if loaded is None or not loaded.value.number:
            return 0
        mark = loaded.value
        known = await get(self.store, ENTRIES, entry_id(mark.number))
        if known is None:
            raise LedgerShort(self.service, f"lacks entry {mark.number}, which its stores have carried out")
        if known.value.hash != mark.hash:
            raise LedgerShort(self.service, f"has another entry {mark.number} than its stores have carried out")
        return mark.number

    async def require_entry(self, number: int, hash: str) -> None:
        """LedgerShort unless the ledger has the entry that the service has stated as its end. StoreUnavailable."""
        known = await get(self.store, ENTRIES, entry_id(number)) if number else None
        if number and (known is None or known.value.hash != hash):
            end = (await self.head()).number
            raise LedgerShort(self.service, f"ends at entry {end} and lacks entry {number}, which it has stated")

    async def append(self, erased: Sequence[Erased]) -> None:
        """Add entries; durable when it returns. Contended, StoreUnavailable."""
        for start in range(0, len(erased), ENTRIES_PER_COMMIT):
            await self._add(erased[start : start + ENTRIES_PER_COMMIT])

    async def end(self, case_id: str, hashes: Iterable[str]) -> None:
        """Add the entry that ends an erasure in this service, and suppress the keyed hashes of the person's aliases. To
        be repeated after a kill. Contended, StoreUnavailable."""
        await self.append([Erased(case_id=case_id, kind="", row="")])
        await self.suppress(hashes, case_id)

    async def suppress(self, hashes: Iterable[str], case_id: str) -> None:
        """Add keyed hashes of aliases to the suppression list. StoreUnavailable."""
        number = (await self.head()).number
        wanted = sorted(set(hashes))
        for start in range(0, len(wanted), ENTRIES_PER_COMMIT):
            part = wanted[start : start + ENTRIES_PER_COMMIT]
            held = await get_all(self.store, SUPPRESSED, part)
            await self.store.commit(
                [
                    _replaced(SUPPRESSED, held.get(one), Suppressed(id=one, case_id=case_id, number=number))
                    for one in part
                ]
            )

    async def suppressed(self, hashes: Collection[str]) -> frozenset[str]:
        """Those of the hashes that are suppressed. StoreUnavailable."""
        return frozenset(await get_all(self.store, SUPPRESSED, sorted(hashes)))

    async def hashes_of(self, case_id: str) -> frozenset[str]:
        """The suppressed hashes of a case; those that a later case has too are the later one's."""
        found, cursor = set[str](), ""
        while True:
            wanted = {"case_id": case_id}
            page = await self.store.find(Query(kind=SUPPRESSED, equals=wanted, limit=ROWS_PER_PAGE, cursor=cursor))
            found |= {one.value.id for one in page.rows}
            if not (cursor := page.next_cursor):
                return frozenset(found)

    async def entries(self, after: int) -> Sequence[LedgerEntry]:
        """Up to 200 entries after a number, in order."""
        ids = [entry_id(number) for number in range(after + 1, after + ROWS_PER_PAGE + 1)]
        return [one.value for one in (await self.store.get_many(ENTRIES, ids)).values()]

    async def of_case(self, case_id: str) -> list[Erased]:
        """What was erased for a case."""
        return await self._where("case_id", case_id)

    async def explained(self, kind: str, row: str) -> frozenset[KeyId]:
        """The keys of a row that an erasure deleted."""
        return frozenset(key for one in await self._where("place", place_of(kind, row)) for key in one.key_ids)

    async def cases_of(self, kind: str, row: str) -> frozenset[str]:
        """The cases for which somebody was erased from a row."""
        return frozenset(one.case_id for one in await self._where("place", place_of(kind, row)))

    async def mark(self, store: Store, entry: LedgerEntry) -> None:
        """Note in a store that it has carried out the ledger up to this entry. Keeps a mark that is further."""
        for _ in range(ATTEMPTS):
            loaded = await get(store, MARKS, MARK)
            if loaded is not None and loaded.value.number >= entry.number:
                return
            try:
                await store.commit(
                    [_replaced(MARKS, loaded, LedgerMark(id=MARK, number=entry.number, hash=entry.hash))]
                )
            except VersionConflict:
                continue
            return
        raise Contended("others keep carrying out the ledger")

    async def _where(self, field: str, value: str) -> list[Erased]:
        found, cursor = list[Erased](), ""
        while True:
            page = await self.store.find(Query(kind=ENTRIES, equals={field: value}, limit=ROWS_PER_PAGE, cursor=cursor))
            found += (one.value.erased for one in page.rows)
            if not (cursor := page.next_cursor):
                return found

    async def _add(self, erased: Sequence[Erased]) -> None:
        for _ in range(ATTEMPTS):
            loaded = await get(self.store, HEADS, HEAD)
            head = loaded.value if loaded else _EMPTY
            number, digest = head.number, head.hash
            writes: list[Write] = []
            for one in erased:
                number += 1
                entry = entry_of(one, number, digest)
                digest = entry.hash
                writes.append(create(ENTRIES, entry))
            after = LedgerHead(id=HEAD, number=number, hash=digest, signature="")
            signature = self.keys.sign(_signed(self.service, after)).hex()
            signed = LedgerHead(id=HEAD, number=number, hash=digest, signature=signature)
            try:
                await self.store.commit([*writes, _replaced(HEADS, loaded, signed)])
            except VersionConflict:
                continue
            return
        raise Contended("others keep adding to the ledger")


def _signed(service: str, head: LedgerHead) -> bytes:
    return _PURPOSE + canonical({"service": service, "number": head.number, "hash": head.hash})


def _replaced(kind: Kind[Any], loaded: Loaded[Any] | None, document: Any) -> Write:
    return loaded.put(document) if loaded is not None else create(kind, document)
