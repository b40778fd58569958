"""Messages and enums as JSON Schema: their ProtoJSON form, with the rules of their fields."""

from collections.abc import Mapping
from typing import Any

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
from google.protobuf.message_factory import GetMessageClass

from libs.rpc.rules import Engine
from services.openapi import rules

Object = dict[str, Any]

_WIDE: Object = {"type": "string", "format": "int64", "pattern": "^-?[0-9]{1,20}$"}
_SCALARS: Mapping[int, Object] = {
    FieldDescriptor.TYPE_STRING: {"type": "string"},
    FieldDescriptor.TYPE_BOOL: {"type": "boolean"},
    FieldDescriptor.TYPE_BYTES: {"type": "string", "contentEncoding": "base64"},
    FieldDescriptor.TYPE_INT32: {"type": "integer", "format": "int32"},
    FieldDescriptor.TYPE_INT64: _WIDE,
}
_WELL_KNOWN: Mapping[str, Object] = {
    "google.protobuf.Timestamp": {"type": "string", "format": "date-time"},
    "google.protobuf.Duration": {"type": "string", "pattern": r"^-?[0-9]{1,12}(\.[0-9]{1,9})?s$"},
    "google.protobuf.FieldMask": {"type": "string", "description": "Names of fields, separated by commas."},
}


class Schemas:
    """Collects the schemas of messages, of the messages in them, and of their enums."""

    def __init__(self, comments: Mapping[str, str], engine: Engine) -> None:
        self.found: dict[str, Object] = {}
        self._comments = comments
        self._engine = engine

    def of(self, descriptor: Descriptor) -> Object:
        """A reference to the schema of a message."""
        name = descriptor.full_name
        if name not in self.found:
            self.found[name] = {}  # first, because a message may contain itself
            self.found[name] = self._message(descriptor)
        return ref("schemas", name)

    def _message(self, descriptor: Descriptor) -> Object:
        told: Object = {"type": "object", "properties": {one.json_name: self._field(one) for one in descriptor.fields}}
        if comment := self._comments.get(descriptor.full_name, ""):
            told["description"] = comment
        if required := self._required(descriptor):
            told["required"] = required
        return told

    def _required(self, descriptor: Descriptor) -> list[str]:
        """The fields without which no message of this type is valid."""
        broken = self._engine.collect_violations(GetMessageClass(descriptor)())
        paths = [one.proto.field.elements for one in broken if one.proto.field is not None]
        names = {path[0].field_name for path in paths if len(path) == 1}
        return [one.json_name for one in descriptor.fields if one.name in names]

    def _field(self, field: FieldDescriptor) -> Object:
        value = self._value(field)
        if field.is_repeated:
            value = {"type": "array", "items": value, **rules.of_field(field)}
        comment = self._comments.get(field.full_name, "")
        return value | {"description": comment} if comment else value

    def _value(self, field: FieldDescriptor) -> Object:
        if field.message_type is not None:
            return dict(_WELL_KNOWN.get(field.message_type.full_name) or self.of(field.message_type))
        told = rules.of_value(field)
        if field.enum_type is None:
            return _SCALARS[field.type] | told
        known = self._enum(field.enum_type)
        return {"type": "string", **told} if told else known

    def _enum(self, enum: EnumDescriptor) -> Object:
        if enum.full_name not in self.found:
            lines = (f"- `{one.name}`: {self._comments.get(f'{enum.full_name}.{one.name}', '')}" for one in enum.values)
            self.found[enum.full_name] = {
                "type": "string",
                "description": "\n".join([self._comments.get(enum.full_name, ""), "", *lines]).strip(),
                "enum": [one.name for one in enum.values],
            }
        return ref("schemas", enum.full_name)


def ref(*path: str) -> Object:
    """A reference to a component."""
    return {"$ref": f"#/components/{'/'.join(path)}"}
