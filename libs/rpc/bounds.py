"""The largest size and the most elements of a valid request, checked before the request is parsed.

A parsed element takes fifty times its bytes in memory, and an invalid one takes a thousand times as long to report as
to send. Both bounds are computed from the rules in the protos.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from google.protobuf.descriptor import Descriptor, FieldDescriptor

from libs.errors import InvalidInput, Violation
from libs.pb.buf.validate import validate_pb2
from libs.pb.prm.options.v1 import rules_pb2

# Room for fields of a newer client, and for values that are a little too long, which validation then reports by name.
SLACK_BYTES = 4 * 1024
MAX_OTHERS = 1_000  # occurrences of single and unknown fields; a usual message has each of them once
SMALL_BYTES = 8 * 1024  # in anything smaller the elements are not counted here but by validation, after parsing

_HEAD_BYTES = 8  # tag and length
_SCALAR_BYTES = 10
_CHARACTER_BYTES = 4
_ID_CHARS = 43  # all of them ASCII, by (prm.options.v1.id)
_PATTERN_CHARS = 256  # assumed for a string that has only a pattern
_MOST_PATHS = 100

_UNRULED: Mapping[str, int] = {
    "google.protobuf.Timestamp": 32,
    "google.protobuf.Duration": 32,
    "google.type.Date": 48,
    "google.type.Money": 64,
    "google.protobuf.FieldMask": _MOST_PATHS * 80,
}
_VARINT, _FIXED64, _DELIMITED, _FIXED32 = 0, 1, 2, 5
_TEXTS = (FieldDescriptor.TYPE_STRING, FieldDescriptor.TYPE_BYTES)


def most_bytes(descriptor: Descriptor, above: tuple[Descriptor, ...] = ()) -> int | None:
    """The largest size of a valid message in bytes, with SLACK_BYTES to spare; None if the rules do not limit it.
    above: the messages that contain this one."""
    total = 0
    for field in descriptor.fields:
        count = most_items(field) if field.is_repeated else 1
        each = _most_in(field, (*above, descriptor))
        if count is None or each is None:
            return None
        total += count * (each + _HEAD_BYTES)
    return total + (SLACK_BYTES if not above else 0)


def most_items(field: FieldDescriptor) -> int | None:
    """How many elements a repeated field or a map may have; None if there is no limit."""
    if field.containing_type is not None and field.containing_type.full_name == "google.protobuf.FieldMask":
        return _MOST_PATHS
    rules = _rules(field)
    return rules.map.max_pairs or rules.repeated.max_items or None


def _most_in(field: FieldDescriptor, above: tuple[Descriptor, ...]) -> int | None:
    if field.message_type is not None:
        if field.message_type in above:
            return None
        return _UNRULED.get(field.message_type.full_name) or most_bytes(field.message_type, above)
    if field.type not in _TEXTS:
        return _SCALAR_BYTES
    rules = _rules(field)
    if field.is_repeated:
        rules = rules.repeated.items
    if field.type == FieldDescriptor.TYPE_BYTES:
        return rules.bytes.max_len or rules.bytes.len or None
    text = rules.string
    if text.Extensions[rules_pb2.id]:
        return _ID_CHARS
    chars = text.max_len or text.len or max(map(len, getattr(text, "in")), default=0)
    if not chars and (text.pattern or text.WhichOneof("well_known") or text.HasField("const")):
        chars = _PATTERN_CHARS
    return text.max_bytes or chars * _CHARACTER_BYTES or None


def _rules(field: FieldDescriptor) -> Any:
    return field.GetOptions().Extensions[validate_pb2.field]


class Counts(msgspec.Struct, frozen=True):
    """How often each field of a message may occur, by field number. names: of the fields. most: of repeated fields,
    None for no limit. below: the counts of message fields."""

    names: Mapping[int, str]
    most: Mapping[int, int | None]
    below: "Mapping[int, Counts]"

    @classmethod
    def of(cls, descriptor: Descriptor, above: tuple[Descriptor, ...] = ()) -> "Counts":
        """The counts of a message type; a type that contains itself is not followed further."""
        here = (*above, descriptor)
        repeated = [field for field in descriptor.fields if field.is_repeated]
        messages = [field for field in descriptor.fields if field.message_type and field.message_type not in here]
        return cls(
            names={field.number: field.name for field in descriptor.fields},
            most={field.number: most_items(field) for field in repeated},
            below={field.number: cls.of(field.message_type, here) for field in messages if field.message_type},
        )

    def require(self, body: bytes) -> None:
        """InvalidInput if a list in these bytes is longer than allowed. Bytes that are not a message pass, because
        parsing refuses them."""
        if len(body) > SMALL_BYTES:
            self._scan(body, 0, len(body), "")

    def _scan(self, body: bytes, position: int, end: int, path: str) -> None:
        seen: dict[int, int] = {}
        others = 0
        while position < end:
            tag, position = _varint(body, position, end)
            number, wire = tag >> 3, tag & 7
            start = position
            if wire == _VARINT:
                _, position = _varint(body, position, end)
            elif wire == _DELIMITED:
                length, start = _varint(body, position, end)
                position = start + length
            elif wire in (_FIXED32, _FIXED64):
                position += 4 if wire == _FIXED32 else 8
            if number not in self.most or (most := self.most[number]) is None:
                others += 1
                if others > MAX_OTHERS and number not in self.most:
                    raise InvalidInput([Violation(path, f"has more than {MAX_OTHERS} fields", "MALFORMED")])
            else:
                seen[number] = seen.get(number, 0) + 1
                if seen[number] > most:
                    raise InvalidInput([too_many(_join(path, self.names[number]), most)])
            if wire == _DELIMITED and position - start > SMALL_BYTES and position <= end and number in self.below:
                place = f"[{seen.get(number, 1) - 1}]" if number in self.most else ""
                self.below[number]._scan(body, start, position, _join(path, self.names[number]) + place)


def too_many(path: str, most: int) -> Violation:
    """The violation that protovalidate reports for a list that is too long."""
    return Violation(path, f"must contain no more than {most} item(s)", "REPEATED_MAX_ITEMS")


def _varint(body: bytes, position: int, end: int) -> tuple[int, int]:
    """The varint at this position, and the position after it; a position beyond `end` if it is not complete."""
    found = shift = 0
    while position < end and shift < 70:
        byte = body[position]
        position += 1
        found |= (byte & 0x7F) << shift
        if byte < 0x80:
            return found, position
        shift += 7
    return 0, end


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
