"""Messages to JSON, by a plan that is compiled once for each type of message: ProtoJSON with its lowerCamelCase names,
without fields that are not set."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from libs.rpc.http import scalars

_Write = Callable[[Any], Any]

_WIDE = frozenset(
    {
        FieldDescriptor.TYPE_INT64,
        FieldDescriptor.TYPE_SINT64,
        FieldDescriptor.TYPE_SFIXED64,
        FieldDescriptor.TYPE_UINT64,
        FieldDescriptor.TYPE_FIXED64,
    }
)
_FLOATS = frozenset({FieldDescriptor.TYPE_DOUBLE, FieldDescriptor.TYPE_FLOAT})

_WELL_KNOWN: Mapping[str, _Write] = {
    "google.protobuf.Timestamp": lambda at: scalars.written_instant(at.seconds, at.nanos),
    "google.protobuf.Duration": lambda span: scalars.written_duration(span.seconds, span.nanos),
    "google.protobuf.FieldMask": lambda mask: scalars.written_paths(mask.paths),
    "google.protobuf.Any": json_format.MessageToDict,
}


class JsonWriter:
    """Writes the answers of one type."""

    def __init__(self, descriptor: Descriptor, plans: "WritingPlans") -> None:
        self._tree = plans.of(descriptor)
        self._encode = msgspec.json.Encoder().encode

    def write(self, message: Message) -> bytes:
        """The message as JSON."""
        return self._encode(self._tree(message))


class WritingPlans:
    """The plans of message types, made when they are first asked for; a type may contain itself."""

    def __init__(self) -> None:
        self._known: dict[str, _Write] = {}

    def of(self, descriptor: Descriptor) -> _Write:
        """What makes a JSON value of a message; TypeError for a type that is not written as JSON."""
        name = descriptor.full_name
        if (found := self._known.get(name) or _WELL_KNOWN.get(name)) is not None:
            return found
        fields: dict[int, tuple[str, _Write | None]] = {}

        def write(message: Any) -> dict[str, Any]:
            tree = {}
            for field, value in message.ListFields():
                key, convert = fields[field.number]
                tree[key] = value if convert is None else convert(value)
            return tree

        self._known[name] = write
        for field in descriptor.fields:
            fields[field.number] = (field.json_name, self._converter(field))
        return write

    def _converter(self, field: FieldDescriptor) -> _Write | None:
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            value = self._one(field.message_type.fields_by_name["value"]) or _as_it_is
            return lambda entries: {str(key): value(one) for key, one in entries.items()}
        each = self._one(field)
        if not field.is_repeated:
            return each
        if each is None:
            return list
        return lambda values: [each(one) for one in values]

    def _one(self, field: FieldDescriptor) -> _Write | None:
        """What converts one value; None if it is written as it is (bytes become base64 in msgspec)."""
        if field.message_type is not None:
            return self.of(field.message_type)
        if field.enum_type is not None:
            names = {value.number: value.name for value in reversed(field.enum_type.values)}
            return lambda number: names.get(number, number)
        if field.type in _FLOATS:
            raise TypeError(f"{field.full_name} is a floating-point number, which is not written as JSON")
        return str if field.type in _WIDE else None


def _as_it_is(value: Any) -> Any:
    return value
