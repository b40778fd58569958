"""Which personal data each service stores, read from the descriptors of the protos.

A resource is what a service keeps as a document and shows: a message of a `<noun>.proto` that an answer contains, and
that has an id of its own or is part of no other such message. Its personal fields are those with a `category` of
persons, at any depth. So a new field with a category is listed without anybody's doing.
"""

import importlib
from collections.abc import Iterable, Iterator, Sequence
from pkgutil import iter_modules
from typing import NamedTuple

from google.protobuf.descriptor import Descriptor, FileDescriptor

from libs.pb.buf.validate import validate_pb2
from libs.pb.prm.options.v1 import options_pb2, rules_pb2

PERSONAL = "user"
_NOT_NOUNS = ("_requests.proto", "_events.proto", "_service.proto")


class HeldField(NamedTuple):
    """A field with personal data: its path in the resource (`customer_contact.email`) and its fideslang category."""

    path: str
    category: str


class Holding(NamedTuple):
    """A resource with personal data. service: `deals`; resource: the name of its message; fields: in the order of the
    proto."""

    service: str
    resource: str
    fields: tuple[HeldField, ...]

    @property
    def categories(self) -> tuple[str, ...]:
        """The categories, each once, sorted."""
        return tuple(sorted({one.category for one in self.fields}))


def holdings() -> tuple[Holding, ...]:
    """Every resource with personal data of every service of this release, by service and resource."""
    root = importlib.import_module("libs.pb.prm")
    names = (one.name for one in iter_modules(root.__path__))
    return tuple(sorted(found for name in names for found in holdings_of(name, tuple(_files(name)))))


def holdings_of(service: str, files: Sequence[FileDescriptor]) -> Iterator[Holding]:
    """The resources with personal data of one service, whose protos are these files."""
    shown = {one.full_name: one for one in _shown(files)}
    nouns = {name: one for name, one in shown.items() if not one.file.name.endswith(_NOT_NOUNS)}
    parts = {below.full_name for one in nouns.values() for below in _below(one) if below is not one}
    for name, message in nouns.items():
        fields = tuple(_personal(message)) if _has_id(message) or name not in parts else ()
        if fields:
            yield Holding(service, message.name, fields)


def _files(service: str) -> Iterator[FileDescriptor]:
    package = importlib.import_module(f"libs.pb.prm.{service}.v1")
    for found in sorted(one.name for one in iter_modules(package.__path__) if one.name.endswith("_pb2")):
        yield importlib.import_module(f"{package.__name__}.{found}").DESCRIPTOR


def _shown(files: Iterable[FileDescriptor]) -> Iterator[Descriptor]:
    """Every message in the answer of a method of these files."""
    for file in files:
        for service in file.services_by_name.values():
            for method in service.methods:
                yield from _below(method.output_type)


def _below(message: Descriptor) -> Iterator[Descriptor]:
    """The message and every message in it, each once."""
    waiting, seen = [message], {message.full_name}
    while waiting:
        one = waiting.pop()
        yield one
        for field in one.fields:
            part = field.message_type
            if part is not None and part.full_name not in seen:
                seen.add(part.full_name)
                waiting.append(part)


def _has_id(message: Descriptor) -> bool:
    field = message.fields_by_name.get("id")
    if field is None:
        return False
    rules = field.GetOptions().Extensions[validate_pb2.field]
    return bool(rules.string.Extensions[rules_pb2.id])


def _personal(message: Descriptor, path: str = "", above: tuple[str, ...] = ()) -> Iterator[HeldField]:
    """The personal fields of a message and of the messages in it, each message once on a path."""
    for field in message.fields:
        below = f"{path}{field.name}{'[]' if field.is_repeated else ''}"
        category = field.GetOptions().Extensions[options_pb2.category]
        if category.partition(".")[0] == PERSONAL:
            yield HeldField(below, category)
        part = field.message_type
        if part is not None and part.full_name not in above:
            yield from _personal(part, f"{below}.", (*above, message.full_name))
