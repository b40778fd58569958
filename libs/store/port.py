"""The storage port: five methods, two engines (sqlite, mongo), one contract suite (tests/contracts).

A document is a frozen msgspec.Struct with an `id: str` and a version, which is 1 at first and grows by 1 with every
put. Every write names the version that it replaces (0 = must not exist), so a decision made on a stale read is never
committed. There are no interactive transactions: read, decide, commit.

    StoreError
    |- VersionConflict      another commit wrote first: load and decide again
    |- UniqueViolation      another document has the value of a unique index
    |- LimitExceeded        more than a bound of the port; a bug or an oversize request
    |- UndeclaredQuery      no index serves this query; a bug
    |- UndeclaredKind       a kind was used before `ensure`; a bug
    `- StoreInUse           another process has the files open
    libs.errors.StoreUnavailable, libs.errors.InvalidInput (the cursor of another query)
"""

import builtins
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from enum import Enum
from typing import Any, Generic, NamedTuple, Protocol, TypeVar, runtime_checkable

import msgspec
from msgspec.structs import replace

from libs.document import Document as Document
from libs.person import Person
from libs.retention import Retention

WRITES_PER_COMMIT = 1_200
BYTES_PER_DOCUMENT = 1024 * 1024
ROWS_PER_PAGE = 200
ROWS_PER_EXPORT_BATCH = 1_000
IDS_PER_READ = 1_000
ROWS_PER_COUNT = 10_000

Scalar = str | int | bool | datetime | date | Enum | None
Body = bytes | Mapping[str, Any]
"""A document as an engine has it: JSON, or a tree of JSON types."""


D = TypeVar("D", bound=Document)


class Index(msgspec.Struct, frozen=True):
    """Fields by attribute path (`buyer.country` reaches into a nested struct), in order.

    An index serves a query if the equalities of the query are its first fields and the range or order is the next one;
    an index with `where` serves none. A field holds values of one type, or None; integers fit into 64 bits.
    unique: no two documents have the same values in all fields. Documents that do not fulfil `where`, or with None in
    any of the fields, are exempt. Checked write by write, so a commit that moves a value to another document must free
    it first.
    """

    fields: tuple[str, ...]
    unique: bool = False
    where: tuple[tuple[str, str | int | bool], ...] = ()

    @property
    def name(self) -> str:
        """The name of the index in UniqueViolation."""
        return "_".join(self.fields).replace(".", "_")


class Kind(msgspec.Struct, Generic[D], frozen=True):
    """A kind of document. `name` is a singular noun in snake case and never changes once data exists.

    owner: the field with the id of the partner that owns the row; empty: a partner's people cannot get a row by its id.
    awaited: whether a document waits for an answer of its partner's people; None: all do. persons: how to get the
    persons in a document, whose alias rows the commit of the document writes. kept: the store caches what `find` has
    decoded (libs/store/kept.py), for few and large documents that are read much more often than they change. They may
    not be deleted, so that an id and a version always mean the same content. derived_from: a kind about whose persons
    the documents say something, and the indexed field, or `id`, with the id of a document of that kind; an erasure of
    the person to whom that one belongs deletes them with it. along: the writes that belong into the commit of such a
    deletion, of what counts these documents; it gets the store, the documents, and the time zone of the cell.
    """

    name: str
    type: builtins.type[D]
    indexes: tuple[Index, ...] = ()
    owner: str = ""
    awaited: Callable[[D], bool] | None = None
    persons: "Persons[D] | None" = None
    kept: bool = False
    derived_from: "tuple[Kind[Any], str] | None" = None
    along: "Callable[[Store, Sequence[D], str], Awaitable[Sequence[Write]]] | None" = None


async def _no_country(store: "Store", document: Document) -> str:
    return ""


def _nobody(document: Document) -> Person | None:
    return None


def _as_it_is(document: D) -> D:
    return document


async def _itself(store: "Store", document: Document) -> Any:
    return document


class Persons(msgspec.Struct, Generic[D], frozen=True, kw_only=True):
    """The persons in the documents of a kind. of: all of them, also those with nothing but an id. country: ISO 3166-1
    alpha-2, of phone numbers without a country code; empty if unknown. about: the person to whom the document belongs,
    with its plain fields `own` and every text without a person id; see libs.privacy.masking.Mask. sought: the paths of
    plain fields with an alias of a person whom `of` returns. retained: how long rows are kept, and on which grounds an
    erasure leaves them.
    emptied: the document without what else is about the person to whom it belonged, once that person was erased; keyed
    hashes, for instance. freed: the document, after anybody was erased from it, without what it still says about a
    person who is not in it any more. judged: the document that `retained` judges, if it is another one: that to which
    the row belongs; None: it was deleted. as_recorded: why a rectification leaves the rows as they are, one line;
    empty: it corrects them."""

    of: Callable[[D], tuple[Person, ...]]
    country: Callable[["Store", D], Awaitable[str]] = _no_country
    about: Callable[[D], Person | None] = _nobody
    own: tuple[str, ...] = ()
    sought: tuple[str, ...] = ()
    retained: tuple[Retention[Any], ...] = ()
    emptied: Callable[[D], D] = _as_it_is
    freed: Callable[[D], D] = _as_it_is
    judged: "Callable[[Store, D], Awaitable[Any]]" = _itself
    as_recorded: str = ""


class Place(msgspec.Struct):
    """The number that a store gives a document; the store sets both fields when it writes the document. lane: random,
    different for each opened store. number: from 1, without a gap among the committed documents of a lane."""

    lane: str = ""
    number: int = 0


class Put(msgspec.Struct, Generic[D], frozen=True):
    """Store `document`, whose version is one more than the version it replaces (so 1 = must not exist). before: the
    document that it replaces, if that was read; not for the store, but for the audit trail, which names the changed
    fields. place: only for a new document with fields `lane` and `number`; the store sets them there and here. stored,
    body: of the document that it replaces, see Loaded."""

    kind: Kind[D]
    document: D
    before: D | None = None
    place: Place | None = None
    stored: D | None = None
    body: Body | None = None


class Delete(msgspec.Struct, frozen=True):
    """Delete the document, which must have this `version`. before, stored: as in Put."""

    kind: Kind[Any]
    id: str
    version: int
    before: Any = None
    stored: Any = None


Write = Put[Any] | Delete


class Loaded(Generic[D]):
    """A document as it was read; `put` and `delete` make writes that name the version read. size_bytes: of the document
    as JSON; None if the engine has not read JSON. stored: the document as the engine has it, if a wrapper of the store
    has changed it after reading (libs/privacy/sealing). body: what the engine has read, with what a newer release has
    written and the struct lacks; a put keeps that."""

    __slots__ = ("body", "kind", "size_bytes", "stored", "value")

    def __init__(
        self,
        kind: Kind[D],
        value: D,
        size_bytes: int | None = None,
        stored: D | None = None,
        *,
        body: Body | None = None,
    ) -> None:
        self.kind = kind
        self.value = value
        self.size_bytes = size_bytes
        self.stored = stored
        self.body = body

    def turned(self, value: D) -> "Loaded[D]":
        """The same document, as a wrapper of the store shows it."""
        return Loaded(self.kind, value, self.size_bytes, self.value, body=self.body)

    def put(self, document: D) -> Put[D]:
        """The write that replaces the document read."""
        changed = replace(document, version=self.value.version + 1)
        return Put(self.kind, changed, self.value, stored=self.stored, body=self.body)

    def delete(self) -> Delete:
        """The write that deletes the document read."""
        return Delete(self.kind, self.value.id, self.value.version, self.value, self.stored)


def create(kind: Kind[D], document: D) -> Put[D]:
    """The write of a document that must not exist."""
    return Put(kind, replace(document, version=1))


class Query(msgspec.Struct, Generic[D], frozen=True, kw_only=True):
    """Equality on some fields, then one range or order.

    order: the field to sort by; "" sorts by id. at_least/below: inclusive lower and exclusive upper bound of `order`;
    either of them excludes rows with None in that field.
    Rows have a total order: None first, ties by id; `descending` reverses it, ties included. limit: 1 to 200 (1,000 for
    exports). cursor: from the previous page of the same query. count_up_to: also count all rows of the query, whatever
    the cursor, up to this number, 10,000 at most; 0: do not count.
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
    """Up to `limit` rows; `next_cursor` is empty if there are no more. total: how many rows the query has, if the query
    asked for it; total_is_lower_bound: counting stopped before the last row."""

    rows: Sequence[Loaded[D]]
    next_cursor: str
    total: int = 0
    total_is_lower_bound: bool = False


class StoreError(Exception):
    """The base class of a store's errors."""


class VersionConflict(StoreError):
    """The document `kind`/`id` does not have the version that a write expected. Nothing of the commit was written."""

    def __init__(self, kind: str, id: str) -> None:
        super().__init__(f"{kind} {id} has another version")
        self.kind = kind
        self.id = id


class UniqueViolation(StoreError):
    """Another document has the value in the unique index `index` of `kind`. Nothing of the commit was written."""

    def __init__(self, kind: str, index: str) -> None:
        super().__init__(f"unique index {index} of {kind}")
        self.kind = kind
        self.index = index


class LimitExceeded(StoreError):
    """More writes, bytes or rows than the port allows."""


class UndeclaredQuery(StoreError):
    """No declared index of the kind serves the query."""


class UndeclaredKind(StoreError):
    """The kind was not passed to `ensure`, or with other indexes."""


class StoreInUse(StoreError):
    """Another process has the files open; the message is a sentence that says what to do."""


class Store(Protocol):
    """One service's store. Every method may raise StoreUnavailable. A commit that raised it was not written, unless the
    connection broke during the commit; then its outcome is unknown, and the versions make it safe to repeat."""

    async def ensure(self, kinds: Sequence[Kind[Any]]) -> None:
        """Create what these kinds need; idempotent. A new index contains the existing documents and is ready for use.
        An index that is not declared does not contain what this process writes from now on; other processes that
        declare it keep it. UniqueViolation if two documents have the same value in a new unique index."""
        ...

    async def get_many(self, kind: Kind[D], ids: Sequence[str]) -> Mapping[str, Loaded[D]]:
        """The documents with these ids, in the order of the ids, each once; ids without a document are left out. At
        most 1,000 ids, else LimitExceeded. The answer includes every commit acknowledged before the call, and may
        include a part of one that lands during it. `get` is for one id, `get_all` for any number."""
        ...

    async def find(self, query: Query[D]) -> Page[D]:
        """One page of the query. UndeclaredQuery, LimitExceeded; InvalidInput for the cursor of another query."""
        ...

    async def commit(self, writes: Sequence[Write]) -> None:
        """Write all or nothing; durable when it returns. VersionConflict, UniqueViolation, LimitExceeded.

        At most 1,200 writes, one per document. If there are several reasons to refuse, any of them may be raised. A
        cancelled commit may still land.
        """
        ...

    async def close(self) -> None:
        """Finish commits in progress and release the files or connections; StoreUnavailable from any call after it."""
        ...


@runtime_checkable
class Purging(Protocol):
    """A store whose files may hold what was replaced."""

    async def purge(self) -> None:
        """Remove from the files what earlier commits replaced or deleted. StoreUnavailable."""
        ...


@runtime_checkable
class LaysOut(Protocol):
    """A store that processes of several releases may use at a time."""

    async def lay_out(self) -> None:
        """Add the index values of the kinds of `ensure` to documents that a process without these indexes has written
        since. UniqueViolation if two of them have the same value in a unique index; StoreUnavailable."""
        ...


async def purge(store: Store) -> None:
    """Remove from the files of a store what earlier commits replaced or deleted, if it has such files.
    StoreUnavailable."""
    if isinstance(store, Purging):
        await store.purge()


async def get(store: Store, kind: Kind[D], id: str) -> Loaded[D] | None:
    """The document, or None; as Store.get_many."""
    return (await store.get_many(kind, (id,))).get(id)


async def get_all(store: Store, kind: Kind[D], ids: Iterable[str]) -> dict[str, Loaded[D]]:
    """As Store.get_many, for any number of ids; reads 1,000 per call."""
    wanted, found = tuple(dict.fromkeys(ids)), dict[str, Loaded[D]]()
    for start in range(0, len(wanted), IDS_PER_READ):
        found |= await store.get_many(kind, wanted[start : start + IDS_PER_READ])
    return found
