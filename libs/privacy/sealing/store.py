"""`SealedStore`: a store whose callers see documents in clear, over one that has their personal data encrypted.

It is the only way by which a service reaches its store, so no use case, job or consumer can forget to encrypt. What is
below it (the engine, its cache, its log) has ciphertext only.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from datetime import timedelta
from hashlib import sha256
from itertools import groupby
from typing import Any, NamedTuple, TypeVar

import msgspec
import structlog
from msgspec.structs import replace

from libs.clock import Clock
from libs.errors import StoreUnavailable
from libs.privacy.ledger.documents import GATE_ROWS
from libs.privacy.ledger.ledger import Ledger
from libs.privacy.restriction import RESTRICTION_KINDS, RESTRICTIONS
from libs.privacy.sealing.documents import SEAL_WALKS, WALK_ID
from libs.privacy.sealing.former import former_persons
from libs.privacy.sealing.seal import ErasedNeeded, KeysNeeded, Look, Seal, Sealing, SheetNeeded, seal_of
from libs.privacy.vault.documents import CLAIMS, DATA_STORE_KINDS, ENDS, KeyClaim, KeyEnd
from libs.privacy.vault.sheet import Sheet
from libs.privacy.vault.tokens import KeyId, is_token
from libs.privacy.vault.vault import Claimable, KeyLost, Vault
from libs.store.port import (
    D,
    Delete,
    Document,
    Kind,
    Loaded,
    Page,
    Put,
    Query,
    Store,
    StoreError,
    VersionConflict,
    Write,
    create,
    get,
)
from libs.store.requests import KEPT as ANSWERS_KEPT
from libs.store.requests import RECORDS, RequestRecord

ROUNDS = 12
"""How often a document is tried again because keys had to be read or made first."""

FIRST_CLAIMS = 16
ENDED_KEYS_KEPT = ANSWERS_KEPT + timedelta(days=1)  # recorded answers have the same ciphertexts

OWN_KINDS = (*DATA_STORE_KINDS, SEAL_WALKS, *RESTRICTION_KINDS, GATE_ROWS)
"""What a store has in addition to the kinds of its service."""

log = structlog.get_logger()

T = TypeVar("T")

Erased = dict[tuple[str, str], frozenset[KeyId]]
"""The erased keys of documents, by kind and id, of which the ledger was asked."""


class _Prepared(NamedTuple):
    """The writes for the engine, the keys that they take, the encrypted documents by the identity of the clear ones,
    and the erased keys that are known."""

    writes: list[Write]
    taken: list[Claimable]
    sealed: dict[int, Any]
    erased: Erased


class SealedStore:
    """The store of a service over the engine's, with the service's vault and its erasure ledger. Closes all three.

    sealing: whether commits encrypt. Not before it was ordered in a cell of an earlier release, whose processes may
    still read what this one writes. strict: a document in clear is refused, because every one was encrypted
    (`libs.privacy.sealing.migration`). time_zone: the cell's, as an IANA name.
    """

    def __init__(
        self,
        inner: Store,
        vault: Vault,
        service: str,
        clock: Clock,
        *,
        ledger: Ledger,
        time_zone: str,
        sealing: bool = True,
    ) -> None:
        self.sealing = sealing
        self.inner = inner
        self.vault = vault
        self.ledger = ledger
        self.service = service
        self.strict = False
        self.clock = clock
        self.time_zone = time_zone
        self.seals: dict[str, Seal] = {}
        self.derived: dict[str, list[tuple[Kind[Any], str]]] = {}
        self._by_type: dict[type[Document], Seal] = {}
        self._of_records: Seal | None = None

    async def ensure(self, kinds: Sequence[Kind[Any]]) -> None:
        """See Store."""
        await self.inner.ensure([*kinds, *OWN_KINDS])
        if (walk := await get(self.inner, SEAL_WALKS, WALK_ID)) is not None:
            self.sealing = True
        holding = (*(kind for kind in kinds if kind is not RECORDS), RESTRICTIONS)
        found = [seal for kind in holding if (seal := seal_of(self.service, kind)) is not None]
        self._of_records = seal_of(self.service, RECORDS)
        self.seals |= {seal.kind.name: seal for seal in found}
        for kind in kinds:
            if kind.derived_from is not None:
                whole, field = kind.derived_from
                self.derived.setdefault(whole.name, []).append((kind, field))
        for seal in found:
            known = self._by_type.setdefault(seal.kind.type, seal)
            assert known is seal or known.kind.name == seal.kind.name, f"two kinds of {seal.kind.type}"
        self.strict = walk is not None and walk.value.done and walk.value.rules == self.rules

    async def get_many(self, kind: Kind[D], ids: Sequence[str]) -> Mapping[str, Loaded[D]]:
        """See Store. Also KeyLost and ForgedObject."""
        found = await self.inner.get_many(kind, ids)
        if (seal := self.seals.get(kind.name)) is None:
            if kind is RECORDS:
                return {one: await self._open_record(loaded) for one, loaded in found.items()}
            return found
        if len(found) == 1:  # most reads by far
            [(one, loaded)] = found.items()
            value = await self._open_one(seal, loaded.value)
            return {one: loaded.turned(value)}
        return dict(zip(found, await self._open_all(seal, tuple(found.values())), strict=True))

    async def find(self, query: Query[D]) -> Page[D]:
        """See Store. Also KeyLost and ForgedObject."""
        page = await self.inner.find(query)
        seal = self.seals.get(query.kind.name)
        if seal is None or not page.rows:
            return page
        return page._replace(rows=await self._open_all(seal, page.rows))

    async def commit(self, writes: Sequence[Write]) -> None:
        """See Store. The claims of new keys count as writes. InvalidInput for a mask in place of personal data.
        Asserts that a put has the body of what it replaces, without which it would lose what a newer release wrote."""
        for one in writes:
            assert one.body is not None or one.document.version == 1 if isinstance(one, Put) else True, one.kind.name
        if not self.sealing and not any(map(_is_sealed, writes)):
            await self.inner.commit([_as_before(one) for one in writes])
            return
        self.sealing = True
        rows = await self._rows_of_answers(writes)
        prepared = await self._with_keys(lambda look, erased: self._prepare(writes, rows, look, erased))
        try:
            await self.inner.commit(prepared.writes)
        except StoreError as err:  # nothing was written
            if not (isinstance(err, VersionConflict) and err.kind == CLAIMS.name):  # else the sweep has one of the keys
                self.vault.give_back(prepared.taken)
            raise

    def sealed_kinds(self) -> tuple[Kind[Any], ...]:
        """The kinds that hold personal data, and that of recorded answers."""
        return (*(seal.kind for seal in self.seals.values()), RECORDS)

    @property
    def rules(self) -> str:
        """A hash of the names of all places that are encrypted; another release may encrypt others."""
        names = (
            f"{one.kind.name} {place.path} {place.what.value}"
            for one in self.seals.values()
            for place in one.walk.places
        )
        return sha256("\n".join(sorted(names)).encode()).hexdigest()

    def is_clear(self, loaded: Loaded[Any]) -> bool:
        """Whether a document that `find` found has personal data in clear."""
        if loaded.kind is not RECORDS:
            return any(self.seals[loaded.kind.name].in_clear(loaded.stored))
        answer = loaded.value.answer
        if (seal := self.seals.get(loaded.value.kind)) is not None:
            return any(seal.in_clear(msgspec.convert(answer, seal.kind.type, str_keys=True)))
        return isinstance(answer, str) and not is_token(answer)

    async def shown(self, loaded: Loaded[Any]) -> Loaded[Any]:
        """A document that `find` found, in clear also if it is the record of a request. KeyLost, ForgedObject,
        StoreUnavailable."""
        return await self._open_record(loaded) if loaded.kind is RECORDS else loaded

    async def opened(self, seal: Seal, stored: D) -> D:
        """A stored document in clear. KeyLost, ForgedObject, StoreUnavailable."""
        rows: list[Loaded[D]] = await self._open_all(seal, [Loaded(seal.kind, stored)])
        return rows[0].value

    async def close(self) -> None:
        """See Store."""
        await self.inner.close()
        await self.vault.close()
        await self.ledger.close()

    async def _open_all(self, seal: Seal, rows: Sequence[Loaded[D]]) -> list[Loaded[D]]:
        opened = await self._open([(seal, row.value) for row in rows])
        return [row.turned(value) for row, value in zip(rows, opened, strict=True)]

    async def _open_one(self, seal: Seal, stored: Any) -> Any:
        """As `_open`, for one document, whose keys are on one sheet as a rule, and which no erasure touched."""
        read: dict[str, Sheet] = {}
        try:
            try:
                return seal.open(stored, self.vault.look(), strict=self.strict)
            except SheetNeeded as needed:
                lacking = needed.sheet
            read[lacking] = await self.vault.sheet(lacking)
            return seal.open(stored, read.get, strict=self.strict)
        except (SheetNeeded, KeyLost):
            [opened] = await self._open([(seal, stored)], read)
            return opened

    async def _open(self, stored: Sequence[tuple[Seal, Any]], read: Mapping[str, Sheet] = {}) -> list[Any]:
        """The documents in clear, in which what an erasure deleted is empty; reads the keys that are neither in the
        cache nor in `read`. KeyLost if the ledger does not explain a missing key."""
        erased: set[KeyId] = set()
        while True:
            try:
                return await self._open_but(stored, erased, read)
            except KeyLost as lost:
                found = await self.ledger.explained(lost.kind, lost.id)
                if found <= erased:
                    log.error("key_lost", kind=lost.kind, id=lost.id, key=lost.key)
                    raise
                erased |= found

    async def _open_but(
        self, stored: Sequence[tuple[Seal, Any]], erased: Set[KeyId], read: Mapping[str, Sheet]
    ) -> list[Any]:
        """The documents in clear, without what is under an erased key."""
        found: list[Any] = [None] * len(stored)
        left: Sequence[int] = range(len(stored))
        while left:
            look, missing, again = _first_of(read, self.vault.look()), set[str](), []
            for place in left:
                seal, one = stored[place]
                lacking = set[str]()
                found[place] = seal.open(one, look, lacking, strict=self.strict, erased=erased)
                if lacking:
                    missing |= lacking
                    again.append(place)
            if missing:
                read = {**read, **await self.vault.sheets(missing)}
            left = again
        return found

    async def _open_record(self, loaded: Loaded[Any]) -> Loaded[Any]:
        """The record of a request with its answer in clear, as the document that it is."""
        stored: RequestRecord = loaded.value
        record = replace(stored, fingerprint=self.vault.unlock(stored.fingerprint, stored.id))
        seal = self.seals.get(record.kind)
        if seal is None and isinstance(record.answer, str) and self._of_records is not None:
            [opened] = await self._open([(self._of_records, record)])
            return loaded.turned(opened)
        if seal is None:
            return loaded.turned(record)
        [answer] = await self._open([(seal, msgspec.convert(record.answer, seal.kind.type, str_keys=True))])
        return loaded.turned(replace(record, answer=answer))

    async def _with_keys(self, work: Callable[[Look, Erased], T]) -> T:
        """The result of `work`, which is repeated when the keys that it needs have been read or made."""
        read: dict[str, Sheet] = {}
        erased: Erased = {}
        held = self.vault.look()
        for attempt in range(ROUNDS):
            try:
                return work(_first_of(read, held), erased)
            except SheetNeeded as needed:
                read |= await self.vault.sheets({needed.sheet})
            except ErasedNeeded as needed:
                erased[needed.place] = await self.ledger.explained(*needed.place)
            except KeysNeeded:
                await self.vault.stock(FIRST_CLAIMS << attempt)
        raise StoreUnavailable(f"the keys for a commit were not there in {ROUNDS} attempts")

    async def _rows_of_answers(self, writes: Sequence[Write]) -> dict[int, Loaded[Any] | None]:
        """The stored rows of the answers that the commit records without writing their documents, by the identity of
        the answer."""
        written = {id(one.document) for one in writes if isinstance(one, Put)}
        found = {}
        for one in writes:
            if one.kind is RECORDS and isinstance(one, Put) and id(one.document.answer) not in written:
                answer = one.document.answer
                if (seal := self._by_type.get(type(answer))) is not None:
                    found[id(answer)] = await get(self, seal.kind, answer.id)
        return found

    def _prepare(
        self, writes: Sequence[Write], rows: Mapping[int, Loaded[Any] | None], look: Look, erased: Erased
    ) -> _Prepared:
        prepared = _Prepared([], [], {}, erased)
        try:
            for write in writes:
                seal = self.seals.get(write.kind.name)
                if write.kind is RECORDS and isinstance(write, Put):
                    prepared.writes.append(self._record(write, rows, look, into=prepared))
                elif seal is None:
                    prepared.writes.append(write)
                elif isinstance(write, Put):
                    self._put(seal, write, look, into=prepared)
                else:
                    prepared.writes.append(write)
                    self._ended(seal, write, list(seal.keys_in(write.stored) if write.stored else ()), into=prepared)
        except BaseException:
            self.vault.give_back(prepared.taken)
            raise
        return prepared

    def _record(
        self, put: Put[Any], rows: Mapping[int, Loaded[Any] | None], look: Look, *, into: _Prepared
    ) -> Put[Any]:
        """The write of a record, whose answer has the same ciphertexts as its document."""
        given: RequestRecord = put.document
        record = replace(given, fingerprint=self.vault.lock(given.fingerprint, given.id))  # a hash of what it says
        answer = record.answer
        seal = self._by_type.get(type(answer))
        if isinstance(answer, str) and not is_token(answer) and self._of_records is not None:
            sealed = self._seal(self._of_records, record, None, None, look, into=into)
            into.writes.extend(self._ends(put, self._of_records.keys_in(sealed), whole=True))
            return replace(put, document=sealed)
        if seal is None:
            return replace(put, document=replace(record, answer=_recorded(answer)))
        stored = into.sealed.get(id(answer))
        if stored is None:
            row = rows.get(id(answer))
            stored = self._seal(seal, answer, row.value if row else None, row.stored if row else None, look, into=into)
        return replace(put, document=replace(record, answer=stored.recorded(), kind=seal.kind.name))

    def _seal(self, seal: Seal, document: Any, before: Any, stored: Any, look: Look, *, into: _Prepared) -> Any:
        """The encrypted document. Adds the claims of the keys that it takes."""
        gone = into.erased.get((seal.kind.name, document.id))
        sealing = Sealing(seal, self.vault, look, before, stored, erased=gone)
        try:
            sealed = sealing.seal(document)
        finally:
            into.taken.extend(sealing.taken)
        for one in sealing.taken:
            into.writes.append(create(CLAIMS, KeyClaim(id=one.id, kind=seal.kind.name, row=document.id)))
        return sealed

    def _put(self, seal: Seal, put: Put[Any], look: Look, *, into: _Prepared) -> None:
        """Add the write of the encrypted document, and the writes about the keys that it takes and gives up."""
        sealed = self._seal(seal, put.document, put.before, put.stored, look, into=into)
        into.sealed[id(put.document)] = sealed
        into.writes.append(replace(put, document=sealed))
        if put.stored is not None:
            left = {key for _, key in seal.keys_in(sealed)}
            given_up = [one for one in seal.keys_in(put.stored) if one[0] and one[1] not in left]
            self._ended(seal, put, given_up, into=into)

    def _ended(self, seal: Seal, write: Write, keys: Sequence[tuple[str, KeyId]], *, into: _Prepared) -> None:
        """Add the writes about keys that the document does not use any more: which, and by whom an erasure finds
        them."""
        into.writes.extend(self._ends(write, keys))
        if keys and write.before is not None:
            due, deleted = self.clock.now() + ENDED_KEYS_KEPT, isinstance(write, Delete)
            known = self.ledger.keys
            into.writes.extend(former_persons(known, seal.kind, write.before, keys, deleted=deleted, due=due))

    def _ends(self, write: Write, keys: Iterable[tuple[str, KeyId]], *, whole: bool = False) -> Iterator[Write]:
        """The writes that say which keys are not in use any more; a later job deletes them."""
        version = write.document.version if isinstance(write, Put) else write.version + 1
        whole = whole or isinstance(write, Delete)
        due = self.clock.now() + ENDED_KEYS_KEPT
        by_claim = groupby(sorted({key for _, key in keys}, key=lambda key: key.claim), lambda key: key.claim)
        for claim, group in by_claim:
            numbers = tuple(sorted(key.number for key in group))
            end = KeyEnd(id=f"{claim}.{version}", claim=claim, numbers=numbers, whole=whole, due=due)
            yield create(ENDS, end)


def _first_of(read: Mapping[str, Sheet], held: Look) -> Look:
    """What finds a sheet in `read`, else in the cache."""
    return lambda sheet: read.get(sheet) or held(sheet)


def _is_sealed(write: Write) -> bool:
    """Whether the document that the write replaces was encrypted, so that another process has begun."""
    return write.stored is not None and write.stored is not write.before


def _as_before(write: Write) -> Write:
    """The write in the form of the release before, which recorded answers as JSON in base64."""
    if isinstance(write, Put) and write.kind is RECORDS and isinstance(write.document.answer, msgspec.Struct):
        answer = msgspec.json.encode(_recorded(write.document.answer))
        return replace(write, document=replace(write.document, answer=answer))
    return write


def _recorded(answer: Any) -> Any:
    return answer.recorded() if isinstance(answer, Document) else answer
