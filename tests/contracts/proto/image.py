"""Compiled protos as the rules see them: every element of the project's own packages with its options and comment."""

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from google.protobuf import descriptor_pb2 as pb
from grpc_tools import protoc

from libs.pb.buf.validate import validate_pb2
from libs.pb.prm.options.v1 import options_pb2, rules_pb2

ROOT = Path(__file__).resolve().parents[3]
BUILT = ROOT / "libs" / "pb" / "image.binpb"
OWN = "prm."
# What a rule yields for each thing it looked at and found lawful: one that looks at nothing would pass for ever.
LOOKED = ""
OPTIONS = "prm.options.v1"
KIND = pb.FieldDescriptorProto


class Field(NamedTuple):
    """A field; `owner` is the message it is of."""

    owner: "Message"
    desc: pb.FieldDescriptorProto

    @property
    def name(self) -> str:
        """`prm.deals.v1.Registration.stage`."""
        return f"{self.owner.name}.{self.desc.name}"

    @property
    def type(self) -> str:
        """Full name of the message or enum; empty for a scalar."""
        return self.desc.type_name.removeprefix(".")

    @property
    def repeated(self) -> bool:
        """Whether it holds any number of values."""
        return self.desc.label == KIND.LABEL_REPEATED

    @property
    def category(self) -> str:
        """The data category; empty if none is given."""
        return str(self.desc.options.Extensions[options_pb2.category])

    @property
    def rules(self) -> Any:
        """What validation says of the field as a whole."""
        return self.desc.options.Extensions[validate_pb2.field]

    @property
    def value_rules(self) -> Any:
        """What validation says of one value."""
        return self.rules.repeated.items if self.repeated else self.rules

    @property
    def id_prefix(self) -> str:
        """The prefix of the ids it takes; empty if it takes something else."""
        return str(self.value_rules.string.Extensions[rules_pb2.id])

    @property
    def pattern(self) -> str:
        """What a value has to match, written out where it is an id; empty if nothing says."""
        own = str(self.value_rules.string.pattern)
        return own or (f"^{self.id_prefix}_[a-z0-9]{{2,12}}_[0-9a-hjkmnp-tv-z]{{26}}$" if self.id_prefix else "")


class Message(NamedTuple):
    """A message of a file."""

    name: str
    file: pb.FileDescriptorProto
    desc: pb.DescriptorProto

    @property
    def fields(self) -> list[Field]:
        """In the order of the file."""
        return [Field(self, one) for one in self.desc.field]

    @property
    def event(self) -> Any | None:
        """How it travels, if it is an event."""
        options = self.desc.options
        return options.Extensions[options_pb2.event] if options.HasExtension(options_pb2.event) else None


class Method(NamedTuple):
    """An RPC of a service."""

    name: str
    file: pb.FileDescriptorProto
    desc: pb.MethodDescriptorProto
    request: Message
    response: Message

    @property
    def access(self) -> Any | None:
        """Who may call it, if that is said."""
        options = self.desc.options
        return options.Extensions[options_pb2.access] if options.HasExtension(options_pb2.access) else None

    @property
    def unary(self) -> bool:
        """One request, one response."""
        return not self.desc.client_streaming and not self.desc.server_streaming


class Image:
    """A descriptor set; only what is in the project's packages is looked at."""

    def __init__(self, files: pb.FileDescriptorSet) -> None:
        self.files = [one for one in files.file if one.package.startswith(OWN)]

    @cached_property
    def messages(self) -> dict[str, Message]:
        """By full name, nested ones too."""
        found = (one for file in self.files for one in _messages(file, file.package, file.message_type))
        return {one.name: one for one in found}

    @property
    def fields(self) -> list[Field]:
        """Of all messages but those that the options themselves are made of."""
        return [one for message in self.messages.values() if message.file.package != OPTIONS for one in message.fields]

    @property
    def enums(self) -> list[tuple[str, pb.EnumDescriptorProto]]:
        """With their full names."""
        top = [(f"{file.package}.{one.name}", one) for file in self.files for one in file.enum_type]
        return top + [(f"{m.name}.{one.name}", one) for m in self.messages.values() for one in m.desc.enum_type]

    @property
    def methods(self) -> list[Method]:
        """Of all services."""
        return [
            Method(
                f"{file.package}.{service.name}.{one.name}",
                file,
                one,
                self.messages[one.input_type.removeprefix(".")],
                self.messages[one.output_type.removeprefix(".")],
            )
            for file in self.files
            for service in file.service
            for one in service.method
        ]

    def reachable(self, start: Message) -> list[Field]:
        """The fields of a message and of everything it can contain."""
        seen, waiting, found = {start.name}, [start], []
        while waiting:
            for field in waiting.pop().fields:
                found.append(field)
                if field.type in self.messages and field.type not in seen:
                    seen.add(field.type)
                    waiting.append(self.messages[field.type])
        return found


def built() -> Image:
    """What `make proto` made of the tree."""
    return Image(pb.FileDescriptorSet.FromString(BUILT.read_bytes()))


def compiled(folder: Path, path: str, text: str) -> Image:
    """One file, which may import what the tree has, compiled in `folder`; nothing else is in the image."""
    source = folder / path
    source.parent.mkdir(parents=True, exist_ok=True)
    source.write_text(text)
    out = folder / "image.binpb"
    arguments = ["protoc", f"--descriptor_set_in={BUILT}", f"-I{folder}", "--include_source_info"]
    if protoc.main([*arguments, f"--descriptor_set_out={out}", path]):
        raise AssertionError(f"{path} does not compile")
    tree = pb.FileDescriptorSet.FromString(BUILT.read_bytes())
    shared = [one for one in tree.file if one.package in (OPTIONS, "prm.common.v1")]
    return Image(pb.FileDescriptorSet(file=[*pb.FileDescriptorSet.FromString(out.read_bytes()).file, *shared]))


def _messages(file: pb.FileDescriptorProto, scope: str, descs: Any) -> Iterator[Message]:
    for desc in descs:
        name = f"{scope}.{desc.name}"
        yield Message(name, file, desc)
        yield from _messages(file, name, desc.nested_type)
