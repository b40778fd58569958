"""Encodes documents, index values and cursors, and checks limits; the engines share it so that they cannot differ."""

import base64
import binascii
import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from enum import Enum
from functools import cache
from operator import attrgetter
from typing import Annotated, Any, NamedTuple

import msgspec

from libs.errors import InvalidInput, OlderRelease, Violation
from libs.store.port import (
    BYTES_PER_DOCUMENT,
    IDS_PER_READ,
    ROWS_PER_COUNT,
    ROWS_PER_EXPORT_BATCH,
    WRITES_PER_COMMIT,
    D,
    Document,
    Index,
    Kind,
    LimitExceeded,
    Loaded,
    Page,
    Put,
    Query,
    UndeclaredQuery,
    Write,
)
from libs.store.unknown import keep

IndexValue = str | int | None

_SMALLEST, _LARGEST = -(2**63), 2**63 - 1
_Mark = tuple[str, str | Annotated[int, msgspec.Meta(ge=_SMALLEST, le=_LARGEST)] | None, str]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ENCODER = msgspec.json.Encoder()
_BODY_ENCODER = msgspec.json.Encoder(enc_hook=int)  # BSON has a type of its own for large integers


def encode(document: Document) -> bytes:
    """The document as JSON; LimitExceeded above 1 MiB."""
    return _bounded(document, _ENCODER.encode(document))


def _bounded(document: Document, raw: bytes) -> bytes:
    if len(raw) > BYTES_PER_DOCUMENT:
        raise LimitExceeded(f"{document.id} has {len(raw)} bytes, {BYTES_PER_DOCUMENT} are allowed")
    return raw


def encode_put(put: Put[Any]) -> bytes:
    """The document of a put as JSON, with what the one that it replaces has and the struct lacks. LimitExceeded,
    OlderRelease."""
    unknown = _with_unknown(put)
    return encode(put.document) if unknown is None else unknown


def decode(kind: Kind[D], raw: bytes) -> Loaded[D]:
    """The document that `encode` encoded. OlderRelease if it does not fit the struct."""
    try:
        return Loaded(kind, _decoder(kind.type).decode(raw), len(raw), body=raw)
    except msgspec.ValidationError as err:
        raise _unreadable(kind) from err


def to_plain(document: Document) -> dict[str, Any]:
    """The document as JSON types, for an engine that stores trees; LimitExceeded above 1 MiB."""
    encode(document)
    return msgspec.to_builtins(document, str_keys=True)  # type: ignore[no-any-return]  # a Struct becomes a dict


def put_to_plain(put: Put[Any]) -> dict[str, Any]:
    """As `encode_put`, as JSON types."""
    unknown = _with_unknown(put)
    return to_plain(put.document) if unknown is None else msgspec.json.decode(unknown, type=dict[str, Any])


def from_plain(kind: Kind[D], plain: dict[str, Any]) -> Loaded[D]:
    """The document that `to_plain` converted. OlderRelease if it does not fit the struct."""
    try:
        return Loaded(kind, msgspec.convert(plain, kind.type, str_keys=True), body=plain)
    except msgspec.ValidationError as err:
        raise _unreadable(kind) from err


def _with_unknown(put: Put[Any]) -> bytes | None:
    """The document of a put as JSON, if the one that it replaces has what the struct lacks; else None. Two equal
    encodings, the rule by far, cost one more encoding."""
    if put.body is None:
        return None
    stored = put.body if isinstance(put.body, bytes) else _BODY_ENCODER.encode(put.body)
    known = _ENCODER.encode(put.before if put.stored is None else put.stored)
    if known == stored:
        return None
    new, known_tree, stored_tree = map(msgspec.json.decode, (_ENCODER.encode(put.document), known, stored))
    kept = keep(put.kind.name, new, known_tree, stored_tree)
    return None if kept == new else _bounded(put.document, _ENCODER.encode(kept))


def _unreadable(kind: Kind[Any]) -> OlderRelease:
    return OlderRelease(f"this release cannot read this {kind.name}; a newer one may have written it")


def size_bytes(loaded: Loaded[Any]) -> int:
    """The size of a row as JSON; encodes the row if the engine has not read the JSON."""
    return len(encode(loaded.value)) if loaded.size_bytes is None else loaded.size_bytes


def check_writes(writes: Sequence[Write]) -> None:
    """LimitExceeded for more than 1,200 writes, or for two of one document. Asserts that no document of a kind with
    `kept=True` is deleted."""
    for write in writes:
        assert isinstance(write, Put) or not write.kind.kept, f"{write.id}: a {write.kind.name} is kept, see Kind"
    if len(writes) > WRITES_PER_COMMIT:
        raise LimitExceeded(f"{len(writes)} writes, {WRITES_PER_COMMIT} are allowed in one commit")
    if len({write_key(write) for write in writes}) != len(writes):
        raise LimitExceeded("two writes of one document in one commit")


def check_ids(ids: Sequence[str]) -> None:
    """LimitExceeded for more than 1,000 ids."""
    if len(ids) > IDS_PER_READ:
        raise LimitExceeded(f"{len(ids)} ids, {IDS_PER_READ} are allowed in one read")


def by_id(ids: Sequence[str], found: Iterable[Loaded[D]]) -> dict[str, Loaded[D]]:
    """The documents that an engine found for the ids, in the order of the ids."""
    documents = {one.value.id: one for one in found}
    return {one: documents[one] for one in ids if one in documents}


def write_key(write: Write) -> tuple[str, str]:
    """Kind and id of the document that is written or deleted."""
    return write.kind.name, write.document.id if isinstance(write, Put) else write.id


def index_value(value: object) -> IndexValue:
    """The value of a field as an index holds it: in the same order, and the same in both engines (instants in
    microseconds since 1970, dates as ordinals, enums by value). LimitExceeded for integers beyond 64 bits."""
    if value is None or value.__class__ is str:  # most fields by far
        return value
    if isinstance(value, Enum):
        return index_value(value._value_)  # `value` is a descriptor, which costs as much as all the rest
    if isinstance(value, str):
        return str(value)
    if isinstance(value, datetime):
        since = value - _EPOCH
        return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
    if isinstance(value, date):
        return value.toordinal()
    if isinstance(value, int):
        if not _SMALLEST <= value <= _LARGEST:
            raise LimitExceeded(f"{value} does not fit into 64 bits")
        return int(value)
    raise TypeError(f"{type(value).__name__} cannot be indexed")


@cache
def indexed_fields(kind: Kind[Any]) -> tuple[str, ...]:
    """Every field in an index of the kind, also in its condition, in a fixed order."""
    fields = {field for index in kind.indexes for field in index.fields}
    return tuple(sorted(fields | {field for index in kind.indexes for field, _ in index.where}))


@cache
def reader(kind: Kind[Any]) -> Callable[[Document], tuple[IndexValue, ...]]:
    """A function from a document to the values of `indexed_fields`."""
    fields = indexed_fields(kind)
    if len(fields) > 1 and "." not in "".join(fields):
        values = attrgetter(*fields)  # one call for all of them; this is the hot path
        return lambda document: tuple(map(index_value, values(document)))
    getters = [attribute(field) for field in fields]
    return lambda document: tuple([index_value(get(document)) for get in getters])


def check_bounds(query: Query[Any]) -> None:
    """LimitExceeded for the limit or the count of a query; UndeclaredQuery for bounds of no order."""
    if query.limit < 1 or query.limit > ROWS_PER_EXPORT_BATCH:
        raise LimitExceeded(f"limit {query.limit} is not between 1 and {ROWS_PER_EXPORT_BATCH}")
    if not 0 <= query.count_up_to <= ROWS_PER_COUNT:
        raise LimitExceeded(f"{query.count_up_to} rows are not between 0 and {ROWS_PER_COUNT}")
    if not query.order and (query.at_least is not None or query.below is not None):
        raise UndeclaredQuery(f"{query.kind.name}: bounds without an order")


def serving_index(query: Query[Any]) -> Index | None:
    """The index that serves a query, whatever its values; None for a query by id alone. UndeclaredQuery if no index
    serves it; LimitExceeded as `check_bounds`."""
    check_bounds(query)
    if not query.equals and not query.order:
        return None
    wanted = set(query.equals)
    fallback = None
    for index in query.kind.indexes:
        head, tail = index.fields[: len(wanted)], index.fields[len(wanted) :]
        if index.where or set(head) != wanted:
            continue
        if tail[:1] == ((query.order,) if query.order else ()):
            return index
        if not query.order:
            fallback = index  # serves too, but the engine has to sort the rows by id
    if fallback is None:
        raise UndeclaredQuery(f"{query.kind.name}: no index for {sorted(wanted)} ordered by {query.order or 'id'}")
    return fallback


class Span(Enum):
    """The rows of a segment, by the value of the order field: all, those with None, or those with a value."""

    ALL = "ALL"
    NONE = "NONE"
    SOME = "SOME"


class Segment(NamedTuple):
    """Consecutive rows of a query: those of `span` after `value` (only if `keyed`) and `id`; an empty `id` means from
    the first row."""

    span: Span
    id: str = ""
    keyed: bool = False
    value: IndexValue = None


def segments(query: Query[Any]) -> tuple[Segment, ...]:
    """The rows of a query after its cursor, as one segment, or as two if rows with None and rows with a value are left:
    no comparison of an engine covers both."""
    after = read_cursor(query)
    bounded = query.at_least is not None or query.below is not None
    if not query.order:
        return (Segment(Span.ALL, after[1] if after else ""),)
    if after is None:
        return (Segment(Span.SOME if bounded else Span.ALL),)
    value, last_id = after
    if value is None:
        here = Segment(Span.NONE, last_id)
        return (here,) if query.descending else (here, Segment(Span.SOME))
    here = Segment(Span.SOME, last_id, keyed=True, value=value)
    return (here, Segment(Span.NONE)) if query.descending and not bounded else (here,)


def page(query: Query[D], found: Sequence[Loaded[D]], counted: int = 0) -> Page[D]:
    """The page of a query. found: its rows, up to one more than the limit. counted: the number of all rows of the
    query, up to one more than `count_up_to`."""
    rows = found[: query.limit]
    cursor = write_cursor(query, rows[-1].value) if len(found) > query.limit else ""
    return Page(rows, cursor, min(counted, query.count_up_to), counted > query.count_up_to)


def write_cursor(query: Query[D], last: D) -> str:
    """An opaque token for the rows after `last`."""
    return cursor_after(query, index_value(attribute(query.order)(last)) if query.order else None, last.id)


def cursor_after(query: Query[Any], value: IndexValue, id: str) -> str:
    """The token for the rows after this id, whether or not there is a row with it. value: that of the order."""
    raw = msgspec.json.encode((_fingerprint(query), value, id))
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def read_cursor(query: Query[Any]) -> tuple[IndexValue, str] | None:
    """The order value and the id in the query's cursor, None without one; InvalidInput for the cursor of another
    query."""
    if not query.cursor:
        return None
    try:
        raw = base64.urlsafe_b64decode(query.cursor + "=" * (-len(query.cursor) % 4))
        mark, value, last_id = msgspec.json.decode(raw, type=_Mark)
    except (binascii.Error, ValueError, msgspec.DecodeError) as err:
        raise _foreign_cursor() from err
    if mark != _fingerprint(query):
        raise _foreign_cursor()
    return value, last_id


def _foreign_cursor() -> InvalidInput:
    return InvalidInput([Violation("page_token", "is not from a page of this query", "FOREIGN_PAGE_TOKEN")])


def _fingerprint(query: Query[Any]) -> str:
    parts = [query.kind.name, query.order, str(query.descending), *_equalities(query)]
    parts += [repr(index_value(query.at_least)), repr(index_value(query.below))]
    return hashlib.blake2b("\0".join(parts).encode(), digest_size=9).hexdigest()


def _equalities(query: Query[Any]) -> Iterator[str]:
    for field, value in sorted(query.equals.items()):
        yield f"{field}={index_value(value)!r}"


@cache
def attribute(field: str) -> Callable[[Document], object]:
    """A function from a document to the value at an attribute path; None if a part of the path is None."""
    if "." not in field:
        return attrgetter(field)
    head, rest = field.split(".", 1)
    below = attribute(rest)

    def reach(document: Any) -> object:
        inner = getattr(document, head)
        return None if inner is None else below(inner)

    return reach


@cache
def _decoder(type: type[Document]) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(type)
