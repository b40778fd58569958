"""One text to the value a field takes: exact or not at all.

string      as it is                    google.type.Money          exact decimal, at most four digits, a currency
int32/64    whole number                google.protobuf.Timestamp  instant; a local time is read in the zone
bool        true or false               google.type.Date           calendar date
enum        its name, with or without the prefix
string of two or three capital letters  a code of a country or a currency, in either case
string of a decimal number              where the value has a `decimal_point` or `thousands`, or is negated

A number is digits 0 to 9 with a sign before them or none, and no more than the separators that the mapping names:
`thousands` in groups of three before the decimal point, or not at all. So 12.50 where a dot separates thousands is
refused; nobody can see that 1.234 was meant as a little more than one.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from google.protobuf.descriptor import EnumDescriptor, FieldDescriptor

from libs.day import first_day_violations
from libs.mapping import to_wire
from libs.money import Money, known_currencies
from libs.pb.buf.validate import validate_pb2
from services.imports.computed import rounded
from services.imports.mapping import Value
from services.imports.misfits import character, misfit

Convert = Callable[[str], Any]

_SECONDS = "%Y-%m-%dT%H:%M:%S"
_DAY = "%Y-%m-%d"
_SAMPLE = datetime(2020, 12, 31, 23, 59, 58, tzinfo=UTC)
_CODES = frozenset({"^[A-Z]{2}$", "^([A-Z]{2})?$", "^$|^[A-Z]{2}$", "^[A-Z]{3}$", "^([A-Z]{3})?$"})
_INTS = {FieldDescriptor.CPPTYPE_INT32: 31, FieldDescriptor.CPPTYPE_INT64: 63}


class Unfit(ValueError):
    """The text has no value of this type."""

    def __init__(self, reason: str, description: str) -> None:
        super().__init__(description)
        self.reason = reason
        self.description = description


class WrongType(TypeError):
    """No text can become a value of this field; a mistake of the mapping."""


def converter(field: FieldDescriptor, value: Value, zone: ZoneInfo | None) -> Convert:
    """What turns the text of `value` into the value of `field`; it raises Unfit. WrongType if there is no way."""
    if field.message_type is not None:
        if field.message_type.full_name == "google.protobuf.Timestamp":
            return lambda text: to_wire(_instant(text, value.format, zone))
        if field.message_type.full_name == "google.type.Date":
            return lambda text: to_wire(_date(text, value.format))
        raise WrongType(f"{field.message_type.full_name} is a message: it takes `fields`")
    if field.enum_type is not None:
        return _enum(field.enum_type)
    if field.cpp_type in _INTS:
        return lambda text: _whole(decimal(text, value), _INTS[field.cpp_type])
    if field.type == field.TYPE_BOOL:
        return _boolean
    if field.type != field.TYPE_STRING:
        raise WrongType(f"{field.name} is neither text, number, date, amount nor choice")
    if field.GetOptions().Extensions[validate_pb2.field].string.pattern in _CODES:
        return _code
    as_number = value.negate or value.thousands or value.decimal_point != "."
    return (lambda text: f"{decimal(text, value):f}") if as_number else str


def money(text: str, currency: str, value: Value) -> Any:
    """The exact amount, one that was computed rounded; Unfit if it has more than four decimals, or the currency is
    none."""
    currency = known_currency(currency)
    try:
        found = decimal(text, value)
        if value.product or value.sum:
            found = rounded(found, currency, value.decimals)
        return to_wire(Money.of(found, currency))
    except Unfit:
        raise
    except ValueError as err:
        raise Unfit("BAD_AMOUNT", str(err)) from err


def known_currency(text: str) -> str:
    """The code of a currency, in capital letters; Unfit."""
    if (code := _code(text)) not in known_currencies():
        raise Unfit("UNKNOWN_CURRENCY", f"{text!r} is not an ISO 4217 currency")
    return code


def decimal(text: str, value: Value) -> Decimal:
    """The exact number; Unfit."""
    pattern = _number(value.decimal_point, value.thousands)
    if not pattern.fullmatch(text):
        begun = pattern.match(text)
        what = f"{text!r} is not a number{_with(value)}{character(text, begun.end() if begun else 0)}"
        raise Unfit("NOT_A_NUMBER", what)
    found = Decimal(text.replace(value.thousands, "").replace(value.decimal_point, "."))
    return found.copy_negate() if value.negate else found


def separator_mistake(value: Value) -> str:
    """What is wrong with the separators of numbers that a value names; empty if nothing is."""
    found = value.decimal_point + value.thousands
    if len(value.decimal_point) != 1 or len(value.thousands) > 1 or len(set(found)) != len(found):
        return "decimal_point is one character, thousands is another or none"
    return "digits and signs separate no numbers" if re.search(r"[-+\w]", found) else ""


def enum_names(descriptor: EnumDescriptor) -> dict[str, int]:
    """The names that text may use for the values of an enum: without and with their prefix, UNSPECIFIED not."""
    prefix = descriptor.values_by_number[0].name.removesuffix("UNSPECIFIED")
    named = {one.name: one.number for one in descriptor.values if one.number != 0}
    return {name.removeprefix(prefix): found for name, found in named.items()} | named


def _code(text: str) -> str:
    """A code of ISO 3166 or 4217: what it means does not depend on its case."""
    return text.upper() if text.isascii() else text


def _enum(descriptor: EnumDescriptor) -> Convert:
    names = enum_names(descriptor)

    def convert(text: str) -> int:
        if text not in names:
            raise Unfit("UNKNOWN_VALUE", f"{text!r} is no {descriptor.name}")
        return names[text]

    return convert


@cache
def _number(decimal_point: str, thousands: str) -> re.Pattern[str]:
    point, separator = re.escape(decimal_point), re.escape(thousands)
    grouped = f"|[1-9][0-9]{{0,2}}(?:{separator}[0-9]{{3}})+" if thousands else ""
    return re.compile(f"[+-]?(?:(?:[0-9]+{grouped})(?:{point}[0-9]*)?|{point}[0-9]+)")


def _with(value: Value) -> str:
    point = f" with the decimal point {value.decimal_point!r}" if value.decimal_point != "." else ""
    return f"{point}{' and' if point else ' with'} thousands by {value.thousands!r}" if value.thousands else point


def _whole(found: Decimal, bits: int) -> int:
    if found != found.to_integral_value():
        raise Unfit("NOT_WHOLE", f"{found} is not a whole number")
    if not -(1 << bits) <= found < 1 << bits:
        raise Unfit("OUT_OF_RANGE", f"{found} is out of range")
    return int(found)


def _boolean(text: str) -> bool:
    if text not in ("true", "false"):
        raise Unfit("NOT_A_CHOICE", f"{text!r} is neither true nor false")
    return text == "true"


def _date(text: str, form: str) -> date:
    try:
        found = datetime.strptime(text, form).replace(tzinfo=UTC).date() if form else date.fromisoformat(text)
    except ValueError as err:
        raise Unfit("NOT_A_DATE", f"{text!r} is not a date{_as(form, _DAY)}{misfit(text, form or _DAY)}") from err
    for wrong in first_day_violations("", found):
        raise Unfit(wrong.reason, wrong.description)
    return found


def _instant(text: str, form: str, zone: ZoneInfo | None) -> datetime:
    try:
        found = datetime.strptime(text, form) if form else datetime.fromisoformat(text)  # noqa: DTZ007  # zone below
    except ValueError as err:
        raise Unfit("NOT_A_TIME", f"{text!r} is not a time{_as(form, _SECONDS)}{misfit(text, form or _DAY)}") from err
    if found.tzinfo is not None:
        return found.astimezone(UTC)
    if zone is None:
        raise Unfit("NO_TIME_ZONE", f"{text!r} is a local time and the mapping names no zone")
    instant = found.replace(tzinfo=zone).astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) != found:
        raise Unfit("NO_SUCH_LOCAL_TIME", f"{found.strftime(_SECONDS)} was skipped by the clocks of {zone.key}")
    if found.replace(tzinfo=zone, fold=1).astimezone(UTC) != instant:
        raise Unfit("AMBIGUOUS_LOCAL_TIME", f"{found.strftime(_SECONDS)} came twice in {zone.key}")
    return instant


def _as(form: str, usual: str) -> str:
    written = _SAMPLE.strftime(form or usual)
    return f" written as {written} ({form or 'ISO 8601'})"
