"""JSON to a request, by a plan that is compiled once for each type of message. Every fault of a body is named, up to
the number that a refusal counts.

Names may be those of ProtoJSON (`legalName`) or those of the protos (`legal_name`); violations use the latter.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from libs.errors import MAX_COUNTED, InvalidInput, Violation
from libs.rpc.bounds import SMALL_BYTES, most_items, too_many
from libs.rpc.decode import too_large
from libs.rpc.http import scalars
from libs.rpc.http.scalars import Real, Wrong

JSON_TIMES = 4  # how much larger than protobuf a valid body may be
MAX_JSON_BYTES = 2 * 1024 * 1024

_NAME_CHARS = 80

# Where a value is: what contains it, and its name or position there; None is the request itself.
_Place = tuple[Any, "str | int"] | None
_Set = Callable[[Any, Any, _Place, "_Faults"], None]


class _Field(NamedTuple):
    """A field under one of its names. name: that of the proto. put: sets it. other: its name in JSON, if this is not
    it. group: the oneof that it is of; empty for none."""

    name: str
    put: _Set
    other: str
    group: str


class _Doubled(dict[str, Any]):
    """An object with a name that occurs more than once. name: the first such."""

    name = ""


class _Faults:
    """The violations so far. large: whether lists are refused by their length before they are read."""

    __slots__ = ("found", "large")

    def __init__(self, *, large: bool) -> None:
        self.found: list[Violation] = []
        self.large = large

    def add(self, place: _Place, description: str, reason: str) -> None:
        """Add one; InvalidInput if there are enough."""
        self.found.append(Violation(_path(place), description, reason))
        if len(self.found) >= MAX_COUNTED:
            raise InvalidInput(self.found)


class JsonReader:
    """Reads the requests of one type. max_bytes: of the largest message in protobuf."""

    def __init__(self, descriptor: Descriptor, plans: "ReadingPlans", *, max_bytes: int) -> None:
        self.max_bytes = min(JSON_TIMES * max_bytes, MAX_JSON_BYTES)
        self._max_message_bytes = max_bytes
        self._new = GetMessageClass(descriptor)
        self._fill = plans.of(descriptor)

    def read(self, body: bytes) -> Message:
        """The message; InvalidInput with every fault, TooLarge."""
        if len(body) > self.max_bytes:
            raise too_large(len(body), self.max_bytes)
        tree, faults = _parsed(body), _Faults(large=len(body) > SMALL_BYTES)
        message = self._new()
        self._fill(message, tree, None, faults)
        if faults.found:
            raise InvalidInput(faults.found)
        if len(body) > self._max_message_bytes and (size := message.ByteSize()) > self._max_message_bytes:
            raise too_large(size, self._max_message_bytes)
        return message


def _parsed(body: bytes) -> Any:
    """The JSON value; InvalidInput if it is none."""
    try:
        return json.loads(body.decode(), object_pairs_hook=_object, parse_float=Real, parse_constant=_no_constant)
    except UnicodeDecodeError as err:
        raise InvalidInput([Violation("", f"is not valid UTF-8 at byte {err.start}", "NOT_UTF8")]) from None
    except json.JSONDecodeError as err:
        raise _not_json(f"{err.msg} at character {err.pos}") from None
    except RecursionError:
        raise _not_json("it is nested too deep") from None
    except ValueError as err:  # NaN, or more digits than Python converts
        raise _not_json("a number has too many digits or is none" if "digits" in str(err) else str(err)) from None


def _not_json(why: str) -> InvalidInput:
    return InvalidInput([Violation("", f"the body is not JSON: {why}", "MALFORMED")])


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    seen, doubled = set[str](), _Doubled(found)
    for name, _ in pairs:
        if name in seen:
            doubled.name = name
            break
        seen.add(name)
    return doubled


class ReadingPlans:
    """The plans of message types, made when they are first asked for; a type may contain itself."""

    def __init__(self) -> None:
        self._known: dict[str, _Set] = {}

    def of(self, descriptor: Descriptor) -> _Set:
        """What fills a message of this type; TypeError for a type that is not read from JSON."""
        name = descriptor.full_name
        if (found := self._known.get(name) or _WELL_KNOWN.get(name)) is not None:
            return found
        fields: dict[str, _Field] = {}

        def fill(message: Any, value: Any, place: _Place, faults: _Faults) -> None:
            _fill(fields, message, value, place, faults=faults)

        self._known[name] = fill
        for field in descriptor.fields:
            oneof = field.containing_oneof
            group = oneof.name if oneof is not None and len(oneof.fields) > 1 else ""
            put = self._setter(field)
            fields[field.name] = _Field(field.name, put, field.json_name, group)
            fields[field.json_name] = _Field(field.name, put, "", group)
        return fill

    def _setter(self, field: FieldDescriptor) -> _Set:
        if field.message_type is not None:
            if field.message_type.GetOptions().map_entry:
                return self._map(field, field.message_type)
            inner = self.of(field.message_type)
            return _messages(field, inner) if field.is_repeated else _message(field.name, inner)
        convert = scalars.converter_of(field)
        return _scalars(field, convert) if field.is_repeated else _scalar(field.name, convert)

    def _map(self, field: FieldDescriptor, entry: Descriptor) -> _Set:
        key, value = entry.fields_by_name["key"], entry.fields_by_name["value"]
        if key.type != FieldDescriptor.TYPE_STRING or value.message_type is not None:
            raise TypeError(f"{field.full_name} is a map of a kind that is not read from JSON")
        return _map(field.name, scalars.converter_of(value))


def _fill(fields: Mapping[str, _Field], message: Any, value: Any, place: _Place, *, faults: _Faults) -> None:
    if not isinstance(value, dict):
        faults.add(place, "must be an object", "WRONG_TYPE")
        return
    if type(value) is _Doubled:
        faults.add((place, value.name[:_NAME_CHARS]), "occurs more than once", "DUPLICATE_FIELD")
    chosen: dict[str, str] = {}
    for key, given in value.items():
        if (found := fields.get(key)) is None:
            faults.add((place, key[:_NAME_CHARS]), "there is no such field", "UNKNOWN_FIELD")
            continue
        name, put, other, group = found
        if other and other in value:
            faults.add((place, name), "occurs more than once", "DUPLICATE_FIELD")
        elif given is None:
            continue
        elif group and chosen.setdefault(group, name) != name:
            faults.add((place, name), f"excludes {chosen[group]}, which is given too", "ONEOF")
        else:
            put(message, given, (place, name), faults)


def _scalar(name: str, convert: scalars.Convert) -> _Set:
    def put(message: Any, value: Any, place: _Place, faults: _Faults) -> None:
        try:
            setattr(message, name, convert(value))
        except Wrong as err:
            faults.add(place, err.description, err.reason)

    return put


def _scalars(field: FieldDescriptor, convert: scalars.Convert) -> _Set:
    name, most = field.name, most_items(field)

    def put(message: Any, value: Any, place: _Place, faults: _Faults) -> None:
        found = []
        for position, one in enumerate(_items(value, most, place, faults)):
            try:
                found.append(convert(one))
            except Wrong as err:
                faults.add((place, position), err.description, err.reason)
        getattr(message, name).extend(found)

    return put


def _message(name: str, fill: _Set) -> _Set:
    def put(message: Any, value: Any, place: _Place, faults: _Faults) -> None:
        inner = getattr(message, name)
        inner.SetInParent()
        fill(inner, value, place, faults)

    return put


def _messages(field: FieldDescriptor, fill: _Set) -> _Set:
    name, most = field.name, most_items(field)

    def put(message: Any, value: Any, place: _Place, faults: _Faults) -> None:
        add = getattr(message, name).add
        for position, one in enumerate(_items(value, most, place, faults)):
            fill(add(), one, (place, position), faults)

    return put


def _map(name: str, convert: scalars.Convert) -> _Set:
    def put(message: Any, value: Any, place: _Place, faults: _Faults) -> None:
        if not isinstance(value, dict):
            faults.add(place, "must be an object", "WRONG_TYPE")
            return
        if type(value) is _Doubled:
            faults.add((place, value.name[:_NAME_CHARS]), "occurs more than once", "DUPLICATE_FIELD")
        entries = getattr(message, name)
        for key, one in value.items():
            try:
                entries[scalars.text(key)] = convert(one)
            except Wrong as err:
                faults.add((place, key[:_NAME_CHARS]), err.description, err.reason)

    return put


def _items(value: Any, most: int | None, place: _Place, faults: _Faults) -> list[Any]:
    """The elements of a list; InvalidInput if a large body has more of them than allowed."""
    if type(value) is not list:
        faults.add(place, "must be a list", "WRONG_TYPE")
        return []
    if faults.large and most is not None and len(value) > most:
        raise InvalidInput([too_many(_path(place), most)])
    return value


def _timed(convert: Callable[[Any], tuple[int, int]]) -> _Set:
    def fill(message: Any, value: Any, place: _Place, faults: _Faults) -> None:
        try:
            message.seconds, message.nanos = convert(value)
        except Wrong as err:
            faults.add(place, err.description, err.reason)

    return fill


def _mask(message: Any, value: Any, place: _Place, faults: _Faults) -> None:
    try:
        message.paths.extend(scalars.paths(value))
    except Wrong as err:
        faults.add(place, err.description, err.reason)


def _by_library(message: Any, value: Any, place: _Place, faults: _Faults) -> None:
    """For types of which no method is made, in the requests of other protos."""
    try:
        json_format.ParseDict(value, message)
    except (json_format.ParseError, TypeError, ValueError):
        faults.add(place, f"is no {message.DESCRIPTOR.full_name}", "WRONG_TYPE")


_WELL_KNOWN: Mapping[str, _Set] = {
    "google.protobuf.Timestamp": _timed(scalars.instant),
    "google.protobuf.Duration": _timed(scalars.duration),
    "google.protobuf.FieldMask": _mask,
    "google.protobuf.Any": _by_library,
}


def _path(place: _Place) -> str:
    """As in other violations: `lines[2].quantity`."""
    parts: list[str | int] = []
    while place is not None:
        place, part = place
        parts.append(part)
    found = ""
    for part in reversed(parts):
        found += f"[{part}]" if isinstance(part, int) else f".{part}" if found else part
    return found
