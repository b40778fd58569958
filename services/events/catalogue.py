"""All events of a release, read off the compiled protos with their comments; `markdown.py` and `asyncapi.py` show them.

Comments come from the source information of the descriptors, by the path of each element
(google/protobuf/descriptor.proto, SourceCodeInfo.Location).
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from google.protobuf.descriptor_pb2 import DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorSet

import libs.pb
from libs.pb.buf.validate import validate_pb2
from libs.pb.prm.options.v1 import options_pb2, rules_pb2

_MESSAGES, _ENUMS = 4, 5  # numbers of FileDescriptorProto
_FIELDS = _VALUES = 2  # of DescriptorProto, of EnumDescriptorProto

_KNOWN = "google.protobuf"  # timestamps, which every reader of protobuf knows

_REACHES = options_pb2.Reach.DESCRIPTOR.values_by_number

Comments = Mapping[tuple[int, ...], str]


class Field(NamedTuple):
    """A field of a message. type: a scalar of protobuf, or the full name of a message or enum. id_prefix: of the ids
    that it holds; empty if it holds something else."""

    name: str
    number: int
    type: str
    repeated: bool
    optional: bool
    id_prefix: str
    comment: str


class Message(NamedTuple):
    """A message, by its full name."""

    name: str
    comment: str
    fields: tuple[Field, ...]


class Enum(NamedTuple):
    """An enum, by its full name. values: each with its comment."""

    name: str
    comment: str
    values: tuple[tuple[str, str], ...]


class Event(NamedTuple):
    """An event. subject: without its prefix `prm.<cell>.`; reach: a name of prm.options.v1.Reach."""

    subject: str
    reach: str
    message: Message

    @property
    def service(self) -> str:
        """Who sends it."""
        return self.subject.split(".", 1)[0]


class Catalogue(NamedTuple):
    """The events by subject, and the messages and enums that their fields are made of."""

    events: tuple[Event, ...]
    messages: tuple[Message, ...]
    enums: tuple[Enum, ...]


def read() -> Catalogue:
    """The events of this release."""
    image = Path(next(iter(libs.pb.__path__))) / "image.binpb"
    files = FileDescriptorSet.FromString(image.read_bytes())
    messages, enums, events = dict[str, Message](), dict[str, Enum](), list[Event]()
    for file in files.file:
        if file.package == _KNOWN:
            continue
        comments = {tuple(one.path): _text(one.leading_comments) for one in file.source_code_info.location}
        for at, enum in enumerate(file.enum_type):
            found = _enum(file.package, enum, comments, (_ENUMS, at))
            enums[found.name] = found
        for at, desc in enumerate(file.message_type):
            message = _message(file.package, desc, comments, (_MESSAGES, at))
            messages[message.name] = message
            option = desc.options.Extensions[options_pb2.event]
            if option.subject:
                events.append(Event(option.subject, _REACHES[option.reach].name, message))
    used = {name for event in events for name in _used(event.message, messages)}
    return Catalogue(
        tuple(sorted(events)),
        tuple(messages[name] for name in sorted(used & messages.keys())),
        tuple(enums[name] for name in sorted(used & enums.keys())),
    )


def _message(package: str, desc: DescriptorProto, comments: Comments, path: tuple[int, ...]) -> Message:
    fields = (_field(field, comments.get((*path, _FIELDS, at), "")) for at, field in enumerate(desc.field))
    return Message(f"{package}.{desc.name}", comments.get(path, ""), tuple(fields))


def _field(desc: FieldDescriptorProto, comment: str) -> Field:
    return Field(
        desc.name,
        desc.number,
        desc.type_name.removeprefix(".") or FieldDescriptorProto.Type.Name(desc.type).removeprefix("TYPE_").lower(),
        desc.label == FieldDescriptorProto.LABEL_REPEATED,
        desc.proto3_optional,
        _id_prefix(desc),
        comment,
    )


def _id_prefix(desc: FieldDescriptorProto) -> str:
    rules = desc.options.Extensions[validate_pb2.field]
    value = rules.repeated.items if rules.HasField("repeated") else rules
    return str(value.string.Extensions[rules_pb2.id])


def _enum(package: str, desc: EnumDescriptorProto, comments: Comments, path: tuple[int, ...]) -> Enum:
    values = ((value.name, comments.get((*path, _VALUES, at), "")) for at, value in enumerate(desc.value))
    return Enum(f"{package}.{desc.name}", comments.get(path, ""), tuple(values))


def _used(message: Message, messages: Mapping[str, Message]) -> Iterator[str]:
    """The full names of what a message is made of, at any depth; no message of an event contains itself."""
    for field in message.fields:
        yield field.type
        if field.type in messages:
            yield from _used(messages[field.type], messages)


def _text(comment: str) -> str:
    return " ".join(comment.split())
