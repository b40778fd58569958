"""Values of ProtoJSON (protobuf.dev/programming-guides/json): from JSON to what a message takes."""

import re
from base64 import urlsafe_b64decode
from binascii import Error as NotBase64
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from google.protobuf.descriptor import EnumDescriptor, FieldDescriptor

Convert = Callable[[Any], Any]

NANOS = 10**9
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_BITS_32 = (-(2**31), 2**31 - 1)
_RANGES = {
    FieldDescriptor.TYPE_INT32: _BITS_32,
    FieldDescriptor.TYPE_SINT32: _BITS_32,
    FieldDescriptor.TYPE_SFIXED32: _BITS_32,
    FieldDescriptor.TYPE_UINT32: (0, 2**32 - 1),
    FieldDescriptor.TYPE_FIXED32: (0, 2**32 - 1),
    FieldDescriptor.TYPE_INT64: (-(2**63), 2**63 - 1),
    FieldDescriptor.TYPE_SINT64: (-(2**63), 2**63 - 1),
    FieldDescriptor.TYPE_SFIXED64: (-(2**63), 2**63 - 1),
    FieldDescriptor.TYPE_UINT64: (0, 2**64 - 1),
    FieldDescriptor.TYPE_FIXED64: (0, 2**64 - 1),
}
_DIGITS = re.compile(r"-?[0-9]{1,20}", re.ASCII)
_BASE64 = re.compile(r"[A-Za-z0-9_-]*={0,2}", re.ASCII)
_INSTANT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,9}))?(Z|[+-][0-9]{2}:[0-9]{2})", re.ASCII
)
_DURATION = re.compile(r"(-?)([0-9]{1,12})(?:\.([0-9]{1,9}))?s", re.ASCII)
_REAL_CHARS = 40
_BEYOND = 2**64  # the range refuses it, exact or not
_LONGEST_SECONDS = 315_576_000_000
_SHOWN_NAMES = 20


class Wrong(Exception):
    """A value that does not fit its field. description, reason: as of a Violation."""

    def __init__(self, description: str, reason: str = "WRONG_TYPE") -> None:
        super().__init__(description)
        self.description = description
        self.reason = reason


class Real(float):
    """A number of JSON with a fraction or an exponent. is_exact: whether it is the number that was written."""

    def __init__(self, written: str) -> None:
        self.is_exact = len(written) <= _REAL_CHARS and Decimal(written) == Decimal(self)


def converter_of(field: FieldDescriptor) -> Convert:
    """What converts one JSON value of a field that is not a message; it raises Wrong. TypeError for a type that no
    method has: a floating-point number or a group."""
    if field.type == FieldDescriptor.TYPE_STRING:
        return text
    if field.type == FieldDescriptor.TYPE_BOOL:
        return boolean
    if field.type == FieldDescriptor.TYPE_BYTES:
        return raw_bytes
    if field.enum_type is not None:
        return _enum_of(field.enum_type)
    if (bounds := _RANGES.get(field.type)) is None:
        raise TypeError(f"{field.full_name} has a type that is not read from JSON")
    return _integer_of(*bounds)


def text(value: Any) -> str:
    """A string without lone surrogates, which UTF-8 cannot say."""
    if type(value) is not str:
        raise Wrong("must be a string")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError as err:
            raise Wrong("has half of a surrogate pair", "NOT_UTF8") from err
    return value


def boolean(value: Any) -> bool:
    """true or false."""
    if type(value) is not bool:
        raise Wrong("must be true or false")
    return value


def raw_bytes(value: Any) -> bytes:
    """Base64, standard or for URLs, with or without padding."""
    given = text(value).replace("+", "-").replace("/", "_")
    if not _BASE64.fullmatch(given):
        raise Wrong("must be base64")
    bare = given.rstrip("=")
    try:
        return urlsafe_b64decode(bare + "=" * (-len(bare) % 4))
    except (NotBase64, ValueError) as err:
        raise Wrong("must be base64") from err


def _integer_of(least: int, most: int) -> Convert:
    def integer(value: Any) -> int:
        if type(value) is not int:
            value = _whole(value)
        if not least <= value <= most:
            raise Wrong(f"must be from {least} to {most}", "OUT_OF_RANGE")
        return int(value)

    return integer


def _whole(value: Any) -> int:
    """A whole number out of digits in a string, or out of 1.0 and 1e3, if it is the one that was written."""
    if type(value) is str and _DIGITS.fullmatch(value):
        return int(value)
    if type(value) is Real and value.is_integer() and (value.is_exact or abs(value) >= _BEYOND):
        return int(value)
    raise Wrong("must be a whole number, or its digits in a string")


def _enum_of(enum: EnumDescriptor) -> Convert:
    numbers = {value.name: value.number for value in enum.values}
    integer = _integer_of(*_BITS_32)
    names = ", ".join(list(numbers)[:_SHOWN_NAMES]) + (", ..." if len(numbers) > _SHOWN_NAMES else "")

    def number(value: Any) -> int:
        if type(value) is str:
            if (found := numbers.get(value)) is None:
                raise Wrong(f"must be one of {names}", "UNKNOWN_VALUE")
            return found
        if type(value) is bool:
            raise Wrong(f"must be one of {names}")
        return int(integer(value))

    return number


def instant(value: Any) -> tuple[int, int]:
    """Seconds and nanoseconds of an RFC 3339 instant."""
    found = _INSTANT.fullmatch(value) if type(value) is str else None
    if found is None:
        raise Wrong("must be an instant with its zone, 2026-11-28T20:00:00Z")
    whole, fraction, zone = found.groups()
    try:
        at = datetime.fromisoformat(whole + ("+00:00" if zone == "Z" else zone)).astimezone(UTC)
    except (ValueError, OverflowError) as err:
        raise Wrong("is no instant of the calendar", "OUT_OF_RANGE") from err
    since = at - EPOCH
    return since.days * 86_400 + since.seconds, int((fraction or "0").ljust(9, "0"))


def duration(value: Any) -> tuple[int, int]:
    """Seconds and nanoseconds of `1.5s`, both of the same sign."""
    found = _DURATION.fullmatch(value) if type(value) is str else None
    if found is None:
        raise Wrong("must be seconds with their unit, 1.5s")
    sign, whole, fraction = found.groups()
    seconds, nanos = int(whole), int((fraction or "0").ljust(9, "0"))
    if seconds > _LONGEST_SECONDS or (seconds == _LONGEST_SECONDS and nanos):
        raise Wrong("is longer than 10,000 years", "OUT_OF_RANGE")
    return (-seconds, -nanos) if sign else (seconds, nanos)


def paths(value: Any) -> list[str]:
    """The paths of a mask, `name,legalAddress.city`, under the names of the protos, which are taken too. Whether there
    are such fields is for the rules of the request to say."""
    given = text(value)
    return [re.sub("[A-Z]", _lowered, one) for one in given.split(",")] if given else []


def _lowered(upper: re.Match[str]) -> str:
    return f"_{upper[0].lower()}"


def written_instant(seconds: int, nanos: int) -> str:
    """As ProtoJSON writes an instant: UTC, with 0, 3, 6 or 9 digits of a second."""
    whole = (EPOCH + timedelta(seconds=seconds)).isoformat()[:19]
    return f"{whole}{_fraction(nanos)}Z"


def written_duration(seconds: int, nanos: int) -> str:
    """As ProtoJSON writes a duration."""
    sign = "-" if seconds < 0 or nanos < 0 else ""
    return f"{sign}{abs(seconds)}{_fraction(abs(nanos))}s"


def written_paths(paths: list[str]) -> str:
    """As ProtoJSON writes a mask."""
    return ",".join(re.sub("_([a-z])", lambda found: found[1].upper(), one) for one in paths)


def _fraction(nanos: int) -> str:
    if not nanos:
        return ""
    if nanos % 1_000_000 == 0:
        return f".{nanos // 1_000_000:03d}"
    return f".{nanos // 1_000:06d}" if nanos % 1_000 == 0 else f".{nanos:09d}"
