"""Rules of buf.validate as JSON Schema, where it has a word for them. What it has none for, the server says when it
refuses: bounds of 64-bit numbers (which are strings in JSON), bounds of instants and durations, rules across fields."""

from typing import Any

from google.protobuf.descriptor import FieldDescriptor

from libs.pb.buf.validate import validate_pb2
from libs.pb.prm.options.v1 import rules_pb2

Object = dict[str, Any]

_FORMATS = {"email": "email", "hostname": "hostname", "uri": "uri", "uuid": "uuid", "ipv4": "ipv4", "ipv6": "ipv6"}
_NUMBERS = (("gte", "minimum"), ("gt", "exclusiveMinimum"), ("lte", "maximum"), ("lt", "exclusiveMaximum"))
_ID = "{}_[a-z0-9]{{2,12}}_[0-9a-hjkmnp-tv-z]{{26}}"


def of_field(field: FieldDescriptor) -> Object:
    """What the rules say of a field as a whole: of the list, if it is repeated."""
    rules = _rules(field)
    if not field.is_repeated:
        return of_value(field)
    told: Object = {}
    if rules.repeated.min_items:
        told["minItems"] = rules.repeated.min_items
    if rules.repeated.max_items:
        told["maxItems"] = rules.repeated.max_items
    if rules.repeated.unique:
        told["uniqueItems"] = True
    return told


def of_value(field: FieldDescriptor) -> Object:
    """What the rules say of one value. A rule that leaves out the empty value is widened by it."""
    rules = _rules(field)
    may_be_empty = rules.ignore == validate_pb2.IGNORE_IF_ZERO_VALUE and not field.is_repeated
    if field.is_repeated:
        rules = rules.repeated.items
    if field.enum_type is not None:
        return _enum(field, rules.enum)
    if field.type == FieldDescriptor.TYPE_STRING:
        return _text(rules.string, may_be_empty=may_be_empty)
    if field.type == FieldDescriptor.TYPE_INT32:
        return {} if may_be_empty else _number(rules.int32)
    return {}


def _enum(field: FieldDescriptor, rules: Any) -> Object:
    """The names of the values that are taken, if that is not all of them."""
    assert field.enum_type is not None
    only, but = set(getattr(rules, "in")), set(rules.not_in)
    names = [one.name for one in field.enum_type.values if (not only or one.number in only) and one.number not in but]
    return {"enum": names} if len(names) < len(field.enum_type.values) else {}


def _text(rules: Any, *, may_be_empty: bool) -> Object:
    told: Object = {}
    least, most = rules.min_len or rules.len, rules.max_len or rules.len
    if least and not may_be_empty:
        told["minLength"] = least
    if most:
        told["maxLength"] = most
    if prefix := rules.Extensions[rules_pb2.id]:
        told["pattern"] = f"^({_ID.format(prefix)})?$" if may_be_empty else f"^{_ID.format(prefix)}$"
    elif rules.pattern:
        told["pattern"] = f"^$|{rules.pattern}" if may_be_empty else rules.pattern
    if values := list(getattr(rules, "in")):
        told["enum"] = sorted({*values, ""}) if may_be_empty else values
    if (kind := rules.WhichOneof("well_known")) in _FORMATS and not may_be_empty:
        told["format"] = _FORMATS[str(kind)]
    return told


def _number(rules: Any) -> Object:
    told: Object = {word: getattr(rules, name) for name, word in _NUMBERS if rules.HasField(name)}
    if values := list(getattr(rules, "in")):
        told["enum"] = values
    return told


def _rules(field: FieldDescriptor) -> Any:
    return field.GetOptions().Extensions[validate_pb2.field]
