"""Reads a request from TOML, by the names of its proto: a programme or a plan that somebody writes as a file.

Values of enums are written without their prefix (`QUARTER`), days as TOML dates, numbers of thresholds as numbers or as
text.
"""

import tomllib
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.json_format import ParseDict, ParseError
from google.protobuf.message import Message

BYTES_AT_MOST = 1_000_000
_DATE = "google.type.Date"


M = TypeVar("M", bound=Message)


class FileUnreadable(Exception):
    """The file is not what it should be; the text says why."""


def read_request(file: Path, request: M) -> M:
    """The empty request filled with what a file says; FileUnreadable."""
    try:
        with file.open("rb") as source:
            text = source.read(BYTES_AT_MOST + 1)
        if len(text) > BYTES_AT_MOST:
            raise FileUnreadable(f"it has more than {BYTES_AT_MOST} bytes")
        return parse_request(text.decode(), request)
    except FileUnreadable as err:
        raise FileUnreadable(f"{file}: {err}") from err
    except OSError as err:
        raise FileUnreadable(f"{file}: {err.strerror}") from err
    except UnicodeDecodeError as err:
        raise FileUnreadable(f"{file} is not UTF-8") from err


def parse_request(text: str, request: M) -> M:
    """The empty request filled with what a text says; FileUnreadable."""
    try:
        ParseDict(_json(tomllib.loads(text), request.DESCRIPTOR), request)
    except (tomllib.TOMLDecodeError, ParseError) as err:
        raise FileUnreadable(str(err)) from err
    return request


def _json(value: Any, descriptor: Any) -> Any:
    """A TOML table as the JSON of a message; what fits no field is left to ParseDict, which names it."""
    if isinstance(value, date) and descriptor.full_name == _DATE:
        return {"year": value.year, "month": value.month, "day": value.day}
    if not isinstance(value, dict):
        return value
    return {name: _field(one, descriptor.fields_by_name.get(name)) for name, one in value.items()}


def _field(value: Any, field: FieldDescriptor | None) -> Any:
    if field is None:
        return value
    if isinstance(value, list):
        return [_field(one, field) for one in value]
    if field.message_type is not None:
        return _json(value, field.message_type)
    if field.enum_type is not None and isinstance(value, str):
        return field.enum_type.values[0].name.removesuffix("UNSPECIFIED") + value
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if field.type == FieldDescriptor.TYPE_STRING and (is_number or isinstance(value, date | datetime)):
        return str(value)
    return value
