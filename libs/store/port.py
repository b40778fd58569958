"""The storage port: five methods, two engines (sqlite, mongo), one contract suite (tests/contracts).

A document is a frozen msgspec.Struct with an `id: str`. It has a version, 1 at first, one more with every put; every
write says which version it replaces (0 = must not exist), so a decision made on a stale read never lands. There are no
interactive transactions: read, decide, commit.

    StoreError
    |- VersionConflict      somebody else wrote first: load and decide again
    |- UniqueViolation      a unique index has the value already
    |- LimitExceeded        a bound of the port; a bug or an oversize request
    |- UndeclaredQuery      no index serves this query; a bug
    |- UndeclaredKind       used before `ensure`; a bug
    `- StoreInUse           another process has the files; says what to do
    libs.errors.StoreUnavailable, libs.errors.InvalidInput (a cursor that is not of this query)
"""

import builtins
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from enum import Enum
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

import msgspec
from msgspec.structs import replace

from libs.document import Document as Document
from libs.person import Person

WRITES_PER_COMMIT = 1_200
BYTES_PER_DOCUMENT = 1024 * 1024
ROWS_PER_PAGE = 200
ROWS_PER_EXPORT_BATCH = 1_000
IDS_PER_READ = 1_000
ROWS_PER_COUNT = 10_000

Scalar = str | int | bool | datetime | date | Enum | None


D = TypeVar("D", bound=Document)


class Index(msgspec.Struct, frozen=True):
    """Fields by attribute path (`buyer.country` reaches into a nested struct), in order.

    A query is served if its equalities are the first fields and its range or order is the next one; an index with
    `where` serves none. A field holds values of one type, or None; integers fit into 64 bits.
    unique: no two documents agree in all fields; documents where `where` does not hold, or where any of the fields is
    None, do not count. Checked write by write, so a commit that hands a value on frees it first.
    """

    fields: tuple[str, ...]
    unique: bool = False
    where: tuple[tuple[str, str | int | bool], ...] = ()

    @property
    def name(self) -> str:
        """What UniqueViolation calls it."""
        return "_".join(self.fields).replace(".", "_")


class Kind(msgspec.Struct, Generic[D], frozen=True):
    """A kind of document. `name` is a singular noun in snake case and never changes once data exists.

    owner: the field with the id of the partner whose row it is; empty: no partner's people are shown one by its id.
    awaited: whether a document waits for an answer of its partner's people; without it any does. persons: whom its
    documents name; the rows by which they are found are written in the commit of the document itself. kept: a store
    keeps what `find` has decoded (libs/store/kept.py), for few and large documents that are read much more often than
    they change. One may not be deleted, so that its id and version always mean the same content.
    """

    name: str
    type: builtins.type[D]
    indexes: tuple[Index, ...] = ()
    owner: str = ""
    awaited: Callable[[D], bool] | None = None
    persons: "Persons[D] | None" = None
    kept: bool = False


async def _no_country(store: "Store", document: Document) -> str:
    return ""


def _nobody(document: Document) -> Person | None:
    return None


class Persons(msgspec.Struct, Generic[D], frozen=True, kw_only=True):
    """The persons that the documents of a kind hold. of: all of them, also those of whom a document knows an id alone.
    country: ISO 3166-1 alpha-2, that of a phone number in the document which says none itself; empty where nobody
    knows. about: whose the document is, and with it its plain fields `own` and every text that names nobody; see
    libs.privacy.masking.Mask. sought: plain fields that hold an alias of somebody whom `of` returns, by path."""

    of: Callable[[D], tuple[Person, ...]]
    country: Callable[["Store", D], Awaitable[str]] = _no_country
    about: Callable[[D], Person | None] = _nobody
    own: tuple[str, ...] = ()
    sought: tuple[str, ...] = ()


class Place(msgspec.Struct):
    """Where a store put a document among those that it numbers: it sets both when the document is written. lane:
    random, another for each store that is opened; number: from 1, without a gap in what is committed of a lane."""

    lane: str = ""
    number: int = 0


class Put(msgspec.Struct, Generic[D], frozen=True):
    """Store `document`, whose version is one more than the version it replaces (so 1 = must not exist). before: what
    it replaces, where that was read; the store has no use for it, the trail names the fields that differ. place: the
    document is new and has fields `lane` and `number`, which the store sets, and here as well."""

    kind: Kind[D]
    document: D
    before: D | None = None
    place: Place | None = None


class Delete(msgspec.Struct, frozen=True):
    """Remove the document; `version` is the one it has. before: as in Put."""

    kind: Kind[Any]
    id: str
    version: int
    before: Any = None


Write = Put[Any] | Delete


class Loaded(Generic[D]):
    """A document as it was read; the way to a write that names the version read. size_bytes: how large it
    is as JSON, where the engine has read that; None where it has not."""

    __slots__ = ("kind", "size_bytes", "value")

    def __init__(self, kind: Kind[D], value: D, size_bytes: int | None = None) -> None:
        self.kind = kind
        self.value = value
        self.size_bytes = size_bytes

    def put(self, document: D) -> Put[D]:
        """The write that replaces what was read."""
        return Put(self.kind, replace(document, version=self.value.version + 1), self.value)

    def delete(self) -> Delete:
        """The write that removes what was read."""
        return Delete(self.kind, self.value.id, self.value.version, self.value)


def create(kind: Kind[D], document: D) -> Put[D]:
    """The write of a document that must not exist."""
    return Put(kind, replace(document, version=1))


class Query(msgspec.Struct, Generic[D], frozen=True, kw_only=True):
    """Equality on some fields, then one range or order.

    order: the field that sorts; "" sorts by id. at_least/below: bounds of `order`, inclusive and exclusive; either
    one leaves out the rows where it is None.
    Rows come in one total order, ties by id, None first; `descending` turns it round, ties included. limit: 1 to 200
    (1,000 for exports). cursor: from the page before, valid for the same query only. count_up_to: also count the rows
    of the query, whatever the cursor, and stop at so many, 10,000 at most; 0: do not count.
    """

    kind: Kind[D]
    equals: Mapping[str, Scalar] = {}
    order: str = ""
    at_least: Scalar = None
    below: Scalar = None
    descending: bool = False
    limit: int = 50
    cursor: str = ""
    count_up_to: int = 0


class Page(NamedTuple, Generic[D]):
    """Up to `limit` rows; `next_cursor` is empty when there are no more. total: how many rows the query has, where that
    was asked; a lower bound if counting stopped before the last one."""

    rows: Sequence[Loaded[D]]
    next_cursor: str
    total: int = 0
    total_is_lower_bound: bool = False


class StoreError(Exception):
    """The base of what a store refuses."""


class VersionConflict(StoreError):
    """`kind`/`id` has not the version a write expected. Nothing of the commit was written."""

    def __init__(self, kind: str, id: str) -> None:
        super().__init__(f"{kind} {id} has another version")
        self.kind = kind
        self.id = id


class UniqueViolation(StoreError):
    """The unique index `index` of `kind` has the value already. Nothing of the commit was written."""

    def __init__(self, kind: str, index: str) -> None:
        super().__init__(f"unique index {index} of {kind}")
        self.kind = kind
        self.index = index


class LimitExceeded(StoreError):
    """More writes, bytes or rows than the port allows."""


class UndeclaredQuery(StoreError):
    """No declared index of the kind serves the query."""


class UndeclaredKind(StoreError):
    """The kind was not given to `ensure`, or with other indexes."""


class StoreInUse(StoreError):
    """Another process has the files; the message is a sentence that says what to do."""


class Store(Protocol):
    """One service's store. Every method may raise StoreUnavailable; a commit that raised it may or may not have
    landed only if the connection broke while it was under way, and repeating it is then safe because of the versions.
    """

    async def ensure(self, kinds: Sequence[Kind[Any]]) -> None:
        """Create what these kinds need; idempotent. A new index covers the documents that exist and is ready for use;
        one that is not declared holds for nothing that is written from here. It takes nothing from other processes that
        declare it. UniqueViolation if a new unique index finds the same value twice."""
        ...

    async def get_many(self, kind: Kind[D], ids: Sequence[str]) -> Mapping[str, Loaded[D]]:
        """The documents with these ids, in the order of the ids; an id without a document is left out, one given twice
        is there once. At most 1,000 ids, else LimitExceeded. Sees every commit that was acknowledged before; of one
        that lands meanwhile it may see a part. For one id `get` is shorter, for any number `get_all`."""
        ...

    async def find(self, query: Query[D]) -> Page[D]:
        """One page; UndeclaredQuery, LimitExceeded, or InvalidInput for a foreign cursor."""
        ...

    async def commit(self, writes: Sequence[Write]) -> None:
        """All or nothing, durable when it returns. VersionConflict, UniqueViolation, LimitExceeded.

        At most 1,200 writes, one per document. Of several reasons to refuse, any may be named. A cancelled commit may
        still land.
        """
        ...

    async def close(self) -> None:
        """Finish commits in progress and release the files or connections; StoreUnavailable from any call after it."""
        ...


async def get(store: Store, kind: Kind[D], id: str) -> Loaded[D] | None:
    """The document, or None; as Store.get_many."""
    return (await store.get_many(kind, (id,))).get(id)


async def get_all(store: Store, kind: Kind[D], ids: Iterable[str]) -> dict[str, Loaded[D]]:
    """As Store.get_many, for any number of ids, 1,000 a call."""
    wanted, found = tuple(dict.fromkeys(ids)), dict[str, Loaded[D]]()
    for start in range(0, len(wanted), IDS_PER_READ):
        found |= await store.get_many(kind, wanted[start : start + IDS_PER_READ])
    return found
