"""Documents to bytes and back, index values, cursors; shared by the engines so that they cannot differ."""

import base64
import binascii
import hashlib
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from enum import Enum
from functools import cache
from operator import attrgetter
from typing import Any

import msgspec

from libs.errors import InvalidInput, Violation
from libs.store.port import (
    BYTES_PER_DOCUMENT,
    ROWS_PER_EXPORT_BATCH,
    D,
    Document,
    Index,
    Kind,
    LimitExceeded,
    Query,
    Scalar,
    UndeclaredQuery,
)

IndexValue = str | int | None

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ENCODER = msgspec.json.Encoder()


def encode(document: Document) -> bytes:
    """JSON; LimitExceeded above 1 MiB."""
    raw = _ENCODER.encode(document)
    if len(raw) > BYTES_PER_DOCUMENT:
        raise LimitExceeded(f"{document.id} has {len(raw)} bytes, {BYTES_PER_DOCUMENT} are allowed")
    return raw


def decode(kind: Kind[D], raw: bytes) -> D:
    """The document in what `encode` made."""
    return _decoder(kind.type).decode(raw)  # type: ignore[no-any-return]  # typed by kind


def to_plain(document: Document) -> dict[str, Any]:
    """The document as JSON types, for an engine that stores trees."""
    encode(document)
    return msgspec.to_builtins(document)  # type: ignore[no-any-return]  # a Struct becomes a dict


def from_plain(kind: Kind[D], plain: dict[str, Any]) -> D:
    """The document in what `to_plain` made."""
    return msgspec.convert(plain, kind.type)


def index_value(value: object) -> IndexValue:
    """What an index holds: order-preserving, the same in every engine (instants as microseconds, enums by value)."""
    if value is None or isinstance(value, str):
        return value.value if isinstance(value, Enum) else value
    if isinstance(value, Enum):
        return index_value(value.value)
    if isinstance(value, datetime):
        since = value - _EPOCH
        return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
    if isinstance(value, date):
        return value.toordinal()
    if isinstance(value, int):
        return int(value)
    raise TypeError(f"{type(value).__name__} cannot be indexed")


@cache
def indexed_fields(kind: Kind[Any]) -> tuple[str, ...]:
    """Every field an index of the kind mentions, in a fixed order."""
    return tuple(sorted({field for index in kind.indexes for field in index.fields}))


@cache
def reader(kind: Kind[Any]) -> Callable[[Document], tuple[IndexValue, ...]]:
    """A function from a document to the values of `indexed_fields`."""
    getters = [_getter(field) for field in indexed_fields(kind)]
    return lambda document: tuple(index_value(get(document)) for get in getters)


def serving_index(query: Query[Any]) -> Index | None:
    """The index behind a query, None for one by id alone; UndeclaredQuery if there is none."""
    if query.limit < 1 or query.limit > ROWS_PER_EXPORT_BATCH:
        raise LimitExceeded(f"limit {query.limit} is not between 1 and {ROWS_PER_EXPORT_BATCH}")
    if not query.order and (query.at_least is not None or query.below is not None):
        raise UndeclaredQuery(f"{query.kind.name}: bounds without an order")
    if not query.equals and not query.order:
        return None
    wanted = set(query.equals)
    for index in query.kind.indexes:
        head, tail = index.fields[: len(wanted)], index.fields[len(wanted) :]
        if not index.where and set(head) == wanted and (not query.order or tail[:1] == (query.order,)):
            return index
    raise UndeclaredQuery(f"{query.kind.name}: no index for {sorted(wanted)} ordered by {query.order or 'id'}")


def write_cursor(query: Query[Any], value: Scalar | IndexValue, id: str) -> str:
    """An opaque token for the rows after this one."""
    raw = msgspec.json.encode((_fingerprint(query), index_value(value), id))
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def read_cursor(query: Query[Any]) -> tuple[IndexValue, str] | None:
    """Where the query's cursor points, None without one; InvalidInput if it was not made by this query."""
    if not query.cursor:
        return None
    try:
        raw = base64.urlsafe_b64decode(query.cursor + "=" * (-len(query.cursor) % 4))
        mark, value, id = msgspec.json.decode(raw, type=tuple[str, str | int | None, str])
    except (binascii.Error, ValueError, msgspec.DecodeError) as err:
        raise _foreign_cursor() from err
    if mark != _fingerprint(query):
        raise _foreign_cursor()
    return value, id


def _foreign_cursor() -> InvalidInput:
    return InvalidInput([Violation("page_token", "is not from a page of this query", "FOREIGN_PAGE_TOKEN")])


def _fingerprint(query: Query[Any]) -> str:
    parts = [query.kind.name, query.order, str(query.descending), *_equalities(query)]
    parts += [repr(index_value(query.at_least)), repr(index_value(query.below))]
    return hashlib.blake2b("\0".join(parts).encode(), digest_size=9).hexdigest()


def _equalities(query: Query[Any]) -> Iterator[str]:
    for field, value in sorted(query.equals.items()):
        yield f"{field}={index_value(value)!r}"


def _getter(field: str) -> Callable[[Document], object]:
    if "." not in field:
        return attrgetter(field)
    head, rest = field.split(".", 1)
    below = _getter(rest)

    def reach(document: Any) -> object:
        inner = getattr(document, head)
        return None if inner is None else below(inner)

    return reach


@cache
def _decoder(type: type[Document]) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(type)
