"""Finds whether an answer contains personal data, and in which of its rows; compiled once for each type of answer.

A field is personal by its `category` in the proto, at any depth; and a message is personal while a flag in it with
`makes_personal` is set. Empty fields do not count.
"""

from collections.abc import Callable
from operator import attrgetter
from typing import Any, NamedTuple

import msgspec
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from libs.pb.prm.options.v1 import options_pb2

# Facts of organisations, opaque ids, and words for goods and work do not make an answer one that reveals a person.
IMPERSONAL = frozenset(
    {"", "system.operations", "user.content", "user.contact.organization", "user.unique_id.pseudonymous"}
)

Shown = Callable[[Message], tuple[str, ...] | None]

_DEPTH = 16
_TEXTS = (FieldDescriptor.TYPE_STRING, FieldDescriptor.TYPE_BYTES)


def shown_by(descriptor: Descriptor) -> Shown | None:
    """A function that returns the ids of the rows with personal data in an answer, in order: None if there is no
    personal data, an empty tuple if it is not in rows with ids. None instead of a function if answers of this type
    cannot contain personal data."""
    rows = [row for field in descriptor.fields if (row := _row(field)) is not None]
    own = _holds(descriptor, ())
    if own is None:
        return None
    if not rows or own.flags or own.texts or own.lists:
        return lambda answer: () if own.any_in(answer) else None

    def shown(answer: Any) -> tuple[str, ...] | None:
        found: list[str] = []
        holds = False
        for name, repeated, row, read_id in rows:
            if not repeated and not answer.HasField(name):
                continue
            value = getattr(answer, name)
            for one in value if repeated else (value,):
                if row.any_in(one):
                    holds = True
                    if read_id is not None and (row_id := read_id(one)):
                        found.append(row_id)
        return tuple(found) if holds else None

    return shown


class _Holds(msgspec.Struct, frozen=True):
    """The fields of a message type that may contain personal data. flags: each makes the message personal while it is
    set."""

    flags: tuple[str, ...]
    texts: tuple[str, ...]
    lists: tuple[str, ...]
    messages: "tuple[tuple[str, _Holds], ...]"
    rows: "tuple[tuple[str, _Holds], ...]"

    def any_in(self, message: Any) -> bool:
        for name, below in self.messages:
            if message.HasField(name) and below.any_in(getattr(message, name)):
                return True
        for name in (*self.flags, *self.texts):
            if getattr(message, name):
                return True
        for name in self.lists:
            if any(getattr(message, name)):
                return True
        return any(below.any_in(row) for name, below in self.rows for row in getattr(message, name))


class _Row(NamedTuple):
    name: str
    repeated: bool
    holds: _Holds
    read_id: Callable[[Any], str] | None


def _row(field: FieldDescriptor) -> _Row | None:
    if field.message_type is None or (holds := _holds(field.message_type, ())) is None:
        return None
    path = _id_path(field.message_type, 0)
    return _Row(field.name, field.is_repeated, holds, attrgetter(path) if path else None)


def _holds(descriptor: Descriptor, above: tuple[Descriptor, ...]) -> _Holds | None:
    if descriptor in above or len(above) >= _DEPTH or descriptor.GetOptions().map_entry:
        return None
    personal = [field for field in descriptor.fields if field.type in _TEXTS and _is_personal(field)]
    nested = [
        (field, below)
        for field in descriptor.fields
        if field.message_type is not None and (below := _holds(field.message_type, (*above, descriptor))) is not None
    ]
    flags = tuple(field.name for field in descriptor.fields if _option(field, options_pb2.makes_personal))
    if not personal and not nested and not flags:
        return None
    return _Holds(
        flags=flags,
        texts=tuple(field.name for field in personal if not field.is_repeated),
        lists=tuple(field.name for field in personal if field.is_repeated),
        messages=tuple((field.name, below) for field, below in nested if not field.is_repeated),
        rows=tuple((field.name, below) for field, below in nested if field.is_repeated),
    )


def _is_personal(field: FieldDescriptor) -> bool:
    return _option(field, options_pb2.category) not in IMPERSONAL


def _option(field: FieldDescriptor, option: Any) -> Any:
    return field.GetOptions().Extensions[option]


def _id_path(descriptor: Descriptor, depth: int) -> str:
    """The path of the id of a row: `id`, or `<field>.id` if the row wraps the message with the id; empty if neither."""
    if "id" in descriptor.fields_by_name:
        return "id"
    for field in descriptor.fields:
        if field.message_type is None or field.is_repeated or depth:
            continue
        if _holds(field.message_type, ()) is not None and (below := _id_path(field.message_type, depth + 1)):
            return f"{field.name}.{below}"
    return ""
