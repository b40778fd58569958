"""The layout of a document in an engine that stores trees: the document itself, and beside it its index values.

    {_id, v: version, d: the document, ix: {field: index value, id}, uq: {unique index: key}, s: signature}

Index values are separate because the document's own values sort by their JSON form. `uq` has a key only if the unique
index applies to the document, so a sparse unique index does what a partial one would. The signature identifies the
indexes for which a document was written; `covers` lists the index values that such a document has.
"""

import hashlib
import re
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from libs.store.codec import IndexValue, Segment, Span, index_value, indexed_fields, reader, segments
from libs.store.port import Document, Index, Kind, Query

Condition = dict[str, Any]
_SMALLEST_NUMBER, _SMALLEST_TEXT = -(2**63), ""


class IndexSpec(NamedTuple):
    """An index of the engine: its fields, ascending, and whether it is unique (and then sparse)."""

    fields: tuple[str, ...]
    unique: bool

    @property
    def name(self) -> str:
        """`uq_email`, `ix_state_due_at_id`."""
        return "_".join(self.fields).replace(".", "_")


class Layout:
    """The layout of the documents of one kind, and the indexes over it. unique_names: the names of unique indexes in
    UniqueViolation, by their key in `uq`. signature, covers: see the module."""

    __slots__ = ("_fields", "_uniques", "_values", "covers", "indexes", "kind", "signature", "unique_names")

    def __init__(self, kind: Kind[Any]) -> None:
        self.kind = kind
        self._fields = indexed_fields(kind)
        self._values = reader(kind)
        self._uniques = [(_key_name(index), _key(self._fields, index)) for index in kind.indexes if index.unique]
        self.unique_names = {_key_name(index): index.name for index in kind.indexes if index.unique}
        queried = {IndexSpec((*map(path, index.fields), "ix.id"), False) for index in kind.indexes if not index.where}
        unique = {IndexSpec((f"uq.{name}",), True) for name in self.unique_names}
        self.indexes = frozenset(queried | unique | {IndexSpec(("s",), False)})
        self.covers = frozenset({*map(path, self._fields), *(f"uq.{name}" for name in self.unique_names)})
        self.signature = hashlib.blake2b(repr(kind.indexes).encode(), digest_size=6).hexdigest()

    def tree(self, document: Document, plain: dict[str, Any]) -> dict[str, Any]:
        """The tree of a document. plain: the document as JSON types, with what a newer release has written."""
        values = self._values(document)
        keys = {name: found for name, key in self._uniques if (found := key(values)) is not None}
        return {
            "_id": document.id,
            "v": document.version,
            "d": plain,
            "ix": {**dict(zip(map(_flat, self._fields), values, strict=True)), "id": document.id},
            "uq": keys,
            "s": self.signature,
        }


def path(field: str) -> str:
    """The path of a field's index value in the tree."""
    return f"ix.{_flat(field)}"


def sorting(query: Query[Any]) -> list[tuple[str, int]]:
    """The sort order of a query: pairs of path and direction (1 or -1)."""
    direction = -1 if query.descending else 1
    key = [path(query.order), "ix.id"] if query.order else ["ix.id" if query.equals else "_id"]
    return [(one, direction) for one in key]


def conditions(query: Query[Any]) -> list[Condition]:
    """The conditions on the rows of a query after its cursor, one per segment; the segments follow one another."""
    return [_condition(query, segment) for segment in segments(query)]


def _condition(query: Query[Any], segment: Segment) -> Condition:
    found: Condition = {path(field): index_value(value) for field, value in query.equals.items()}
    by_id = sorting(query)[-1][0]
    after = "$lt" if query.descending else "$gt"
    if segment.span is Span.NONE:
        found[path(query.order)] = None
    if segment.span is Span.SOME:
        found |= _some(query, segment, after)
    elif segment.id:
        found[by_id] = {after: segment.id}
    return found


def _some(query: Query[Any], segment: Segment, after: str) -> Condition:
    """The condition on rows with a value. Comparisons match only values of the operand's type, which excludes None."""
    order = path(query.order)
    bounds = {"$gte": index_value(query.at_least), "$lt": index_value(query.below)}
    within = {operator: bound for operator, bound in bounds.items() if bound is not None}
    if segment.keyed:
        rest = {order: segment.value, "ix.id": {after: segment.id}}
        found: Condition = {"$or": [{order: {after: segment.value}}, rest]}
        return found | ({order: within} if within else {})
    if within:
        return {order: within}
    return {"$or": [{order: {"$gte": _SMALLEST_NUMBER}}, {order: {"$gte": _SMALLEST_TEXT}}]}


def _flat(field: str) -> str:
    return field.replace(".", "__")


def _key_name(index: Index) -> str:
    where = "".join(f"_{field}_{value}" for field, value in index.where)
    return re.sub(r"\W", "_", index.name + where)


def _key(fields: tuple[str, ...], index: Index) -> Callable[[tuple[IndexValue, ...]], str | None]:
    """A function from index values to the key that must be unique; None if the index does not apply to the document."""
    chosen = [fields.index(field) for field in index.fields]
    needed = [(fields.index(field), index_value(value)) for field, value in index.where]

    def key(values: tuple[IndexValue, ...]) -> str | None:
        parts = [values[at] for at in chosen]
        if None in parts or any(values[at] != value for at, value in needed):
            return None
        return msgspec.json.encode(parts).decode()

    return key
