"""A `.proto` file out of its descriptor, for files that wheels carry in compiled form only."""

import json
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from google.protobuf import text_format
from google.protobuf.descriptor_pb2 import FieldDescriptorProto as Field
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass

_INDENT = "  "
_MAX_NUMBER = 536870912
_LABELS = {Field.LABEL_OPTIONAL: "optional ", Field.LABEL_REQUIRED: "required ", Field.LABEL_REPEATED: "repeated "}


def render(files: FileDescriptorSet, name: str, *, header: str) -> str:
    """The source of the proto2 file `name`, whose imports are in `files` too. header: its first comment.
    Comments of the original are not in a descriptor and so not here."""
    pool = DescriptorPool()
    for one in files.file:
        pool.Add(one)
    # Parsed again where its own options are known, so that they have names.
    known = GetMessageClass(pool.FindMessageTypeByName("google.protobuf.FileDescriptorProto"))
    file = known.FromString(next(one for one in files.file if one.name == name).SerializeToString())
    assert not file.syntax, "only proto2"
    assert not file.service, "no services"
    body = [
        *(f"// {line}".rstrip() for line in header.splitlines()),
        'syntax = "proto2";',
        f"package {file.package};",
        *(f'import "{one}";' for one in file.dependency),
        *_option_lines(file.options),
        *(line for one in file.extension for line in _extension(one)),
        *(line for one in file.enum_type for line in _enum(one)),
        *(line for one in file.message_type for line in _message(one)),
    ]
    return "\n".join(body) + "\n"


def _message(message: Any) -> Iterator[str]:
    yield f"message {message.name} {{"
    yield from _indented(_option_lines(message.options))
    for nested in message.enum_type:
        yield from _indented(_enum(nested))
    for nested in message.nested_type:
        yield from _indented(_message(nested))
    for at, fields in groupby(message.field, key=lambda one: one.oneof_index if one.HasField("oneof_index") else None):
        if at is None:
            yield from _indented(_field(one) for one in fields)
        else:
            yield f"{_INDENT}oneof {message.oneof_decl[at].name} {{"
            yield from _indented(_indented(_field(one, label="") for one in fields))
            yield f"{_INDENT}}}"
    for one in message.extension_range:
        yield f"{_INDENT}extensions {_range(one.start, one.end - 1)};"
    for one in message.reserved_range:
        yield f"{_INDENT}reserved {_range(one.start, one.end - 1)};"
    for reserved in message.reserved_name:
        yield f'{_INDENT}reserved "{reserved}";'
    yield "}"


def _extension(field: Any) -> Iterator[str]:
    yield f"extend {field.extendee} {{"
    yield _INDENT + _field(field)
    yield "}"


def _enum(enum: Any) -> Iterator[str]:
    yield f"enum {enum.name} {{"
    yield from _indented(_option_lines(enum.options))
    yield from (f"{_INDENT}{one.name} = {one.number}{_options(one.options)};" for one in enum.value)
    for one in enum.reserved_range:
        yield f"{_INDENT}reserved {_range(one.start, one.end)};"
    for reserved in enum.reserved_name:
        yield f'{_INDENT}reserved "{reserved}";'
    yield "}"


def _field(field: Any, *, label: str | None = None) -> str:
    assert not field.default_value, f"{field.name} has a default"
    kind = field.type_name or Field.Type.Name(field.type).removeprefix("TYPE_").lower()
    before = _LABELS[field.label] if label is None else label
    return f"{before}{kind} {field.name} = {field.number}{_options(field.options)};"


def _options(options: Any) -> str:
    found = ", ".join(_assignments(options))
    return f" [{found}]" if found else ""


def _option_lines(options: Any) -> Iterator[str]:
    return (f"option {one};" for one in _assignments(options))


def _assignments(options: Any) -> Iterator[str]:
    for field, value in options.ListFields():
        name = f"({field.full_name})" if field.is_extension else field.name
        if field.message_type:
            yield f"{name} = {{ {text_format.MessageToString(value, as_one_line=True)} }}"
        elif field.enum_type:
            yield f"{name} = {field.enum_type.values_by_number[value].name}"
        else:
            yield f"{name} = {json.dumps(value)}"


def _range(first: int, last: int) -> str:
    if last + 1 == _MAX_NUMBER:
        return f"{first} to max"
    return str(first) if first == last else f"{first} to {last}"


def _indented(lines: Iterable[str]) -> Iterator[str]:
    return (_INDENT + line for line in lines)
