"""Requests that keep the rules of their proto, with one value chosen; the rest is what the rules ask for."""

import re
from typing import Any, cast

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from libs.pb.buf.validate import validate_pb2
from libs.pb.prm.options.v1 import rules_pb2
from libs.rpc.rules import Engine
from tests.builders import an_id

ROUNDS = 40
TEXTS = ("DE", "EUR", "de", "1", "A1", "x", "abc", "de-DE", "A-1", "a@b.example", "https://a.example", "+49301234567")

Path = tuple[FieldDescriptor, ...]


def with_value(path: Path, value: str) -> Any:
    """A message of the type that has the first field, with the value in the last one; lists on the way get one row."""
    message = GetMessageClass(cast(Descriptor, path[0].containing_type))()
    place: Any = message
    for field in path[:-1]:
        found = getattr(place, field.name)
        place = found.add() if field.is_repeated else found
    if path[-1].is_repeated:
        getattr(place, path[-1].name).append(value)
    else:
        setattr(place, path[-1].name, value)
    return message


def completed(message: Message, engine: Engine) -> list[str]:
    """Fill in what the rules ask for; what they still refuse after that, empty if the message is valid."""
    for _ in range(ROUNDS):
        broken = engine.collect_violations(message)
        if not broken:
            return []
        for one in broken:
            if one.proto.field is not None:
                _mend(message, list(one.proto.field.elements))
    return [f"{one.proto.rule_id}: {one.proto.message}" for one in engine.collect_violations(message)]


def _mend(message: Any, elements: list[Any]) -> None:
    place = message
    for element in elements[:-1]:
        found = getattr(place, element.field_name)
        place = found[element.subscript.value] if element.subscript is not None else found
    last = elements[-1]
    field = place.DESCRIPTOR.fields_by_name.get(last.field_name)
    if field is None:
        return
    if not field.is_repeated:
        _set(place, field)
    elif last.subscript is not None:
        if field.message_type is None:
            getattr(place, field.name)[last.subscript.value] = _scalar(field)
    elif field.message_type is not None:
        _fill(getattr(place, field.name).add())
    else:
        getattr(place, field.name).append(_scalar(field))


def _set(place: Any, field: FieldDescriptor) -> None:
    if field.message_type is None:
        setattr(place, field.name, _scalar(field))
        return
    found = getattr(place, field.name)
    found.SetInParent()
    rules = field.GetOptions().Extensions[validate_pb2.field]
    if field.message_type.full_name == "google.protobuf.FieldMask":
        del found.paths[:]
        found.paths.append(getattr(rules.field_mask, "in")[0])
    else:
        _fill(found)


def _fill(message: Any) -> None:
    match message.DESCRIPTOR.full_name:
        case "google.type.Date":
            message.year, message.month, message.day = 2026, 6, 1
        case "google.type.Money":
            message.currency_code, message.units = "EUR", 1
        case "google.protobuf.Timestamp":
            message.seconds = 1_780_000_000
        case "google.protobuf.Duration":
            message.seconds = 60
        case "prm.common.v1.Person":
            message.name = "Ada"
        case "prm.common.v1.PersonalText":
            message.text = "text"
        case _:
            message.SetInParent()


def _scalar(field: FieldDescriptor) -> Any:
    rules = field.GetOptions().Extensions[validate_pb2.field]
    rules = rules.repeated.items if field.is_repeated else rules
    if field.enum_type is not None:
        allowed = getattr(rules.enum, "in") or [one.number for one in field.enum_type.values]
        return next(one for one in allowed if one not in (0, *rules.enum.not_in))
    if field.type == field.TYPE_STRING:
        return _text(rules.string)
    if field.type == field.TYPE_BYTES:
        return b"x" * max(1, rules.bytes.min_len, rules.bytes.len)
    return field.type == field.TYPE_BOOL or max(1, rules.int32.gte, rules.int64.gte)


def _text(rule: Any) -> str:
    if prefix := rule.Extensions[rules_pb2.id]:
        return an_id(prefix, cell="de")
    if values := [one for one in getattr(rule, "in") if one]:
        return str(values[0])
    texts = (*TEXTS, "a" * rule.min_len, "0" * max(rule.min_len, 64), "1" * 8)
    return next((one for one in texts if len(one) >= rule.min_len and re.search(rule.pattern, one)), "x")
