"""Encodes domain events and decodes them: a struct has the name of its protobuf message, whose option has the
subject."""

import importlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cache
from pkgutil import iter_modules
from types import ModuleType
from typing import Any, TypeVar

import msgspec
from google.protobuf.message import DecodeError, Message

from libs.call import CallsRecorded
from libs.errors import AppError, Code
from libs.mapping import Mapper
from libs.messaging.envelope import Envelope
from libs.messaging.outbox import Encoded
from libs.pb.prm.options.v1 import options_pb2

T = TypeVar("T", bound=msgspec.Struct)


class UnreadableEvent(AppError):
    """The body cannot be parsed as the message type of the event, or this release does not have that type."""

    code, reason = Code.INVALID_ARGUMENT, "UNREADABLE_EVENT"

    def __init__(self, envelope: Envelope) -> None:
        super().__init__(f"event {envelope.id} is not a {envelope.type}", id=envelope.id, type=envelope.type)


class EventCodec:
    """Encodes the events of one service; decodes those of any service.

    events: the structs, each named as a message of the package `prm.<service>.v1`; CallsRecorded is always included.
    The constructor raises TypeError for a struct without a message, without a subject, or that does not match its
    message.
    """

    def __init__(self, service: str, events: Iterable[type[msgspec.Struct]]) -> None:
        package = importlib.import_module(f"libs.pb.prm.{service}.v1")
        declared: tuple[type[msgspec.Struct], ...] = (*events, CallsRecorded)
        self._plans = {event: _plan(event, package) for event in declared}

    def encode(self, event: msgspec.Struct) -> Encoded:
        """The event as `Env` puts it into the outbox; KeyError for an event that the service has not declared."""
        mapper, name, subject, crosses = self._plans[type(event)]
        return Encoded(name, subject, mapper.encode(event).SerializeToString(deterministic=True), crosses)

    @staticmethod
    def decode(envelope: Envelope, struct: type[T]) -> T:
        """The fields of an event that `struct` declares. UnreadableEvent; InvalidInput for an invalid value."""
        try:
            message = message_type(envelope.type)()
            message.ParseFromString(envelope.body)
        except (DecodeError, LookupError) as err:
            raise UnreadableEvent(envelope) from err
        found: T = _reader(struct, envelope.type).decode(message)
        return found


@cache
def senders() -> tuple[str, ...]:
    """The names of the services whose packages have events."""
    root = importlib.import_module("libs.pb.prm")
    found = (one.name for one in iter_modules(root.__path__))
    return tuple(sorted(one for one in found if any(events_of(one))))


@cache
def edge_senders() -> tuple[str, ...]:
    """The names of the services that have events for other cells."""
    return tuple(one for one in senders() if any(_crossing(one)))


@cache
def transfer_of(type: str) -> str:
    """The registered transfer that a message type names; empty if it names none, or if there is no such type."""
    try:
        return str(message_type(type).DESCRIPTOR.GetOptions().Extensions[options_pb2.event].transfer)
    except LookupError:
        return ""


@cache
def edge_types(service: str) -> tuple[str, ...]:
    """The full names of a service's messages for other cells."""
    return tuple(sorted(_crossing(service)))


@cache
def categories_of(type: str) -> tuple[str, ...]:
    """The data categories of all fields of a message type, however deep. LookupError if there is no such type."""
    found, waiting = {""}, [message_type(type).DESCRIPTOR]
    seen = set(waiting)
    while waiting:
        for field in waiting.pop().fields:
            found.add(field.GetOptions().Extensions[options_pb2.category])
            if (nested := field.message_type) is not None and nested not in seen:
                seen.add(nested)
                waiting.append(nested)
    return tuple(sorted(found - {""}))


def _crossing(service: str) -> Iterator[str]:
    for name in events_of(service):
        module = importlib.import_module(f"libs.pb.prm.{service}.v1.{name}")
        for message in module.DESCRIPTOR.message_types_by_name.values():
            if message.GetOptions().Extensions[options_pb2.event].reach == options_pb2.REACH_EDGE:
                yield message.full_name


def events_of(service: str) -> Iterator[str]:
    """The names of the modules with the event messages of a service."""
    with suppress(ModuleNotFoundError):
        package = importlib.import_module(f"libs.pb.prm.{service}.v1")
        yield from (one.name for one in iter_modules(package.__path__) if one.name.endswith("_events_pb2"))


@cache
def message_type(name: str) -> type[Message]:
    """The class of a message by its full name; LookupError if there is none."""
    package, _, own = name.rpartition(".")
    parts = package.split(".")
    if len(parts) != 3 or not all(part.isidentifier() for part in parts):
        raise LookupError(f"no events of {package}")
    try:
        found = getattr(importlib.import_module(f"libs.pb.{package}"), own)
    except (ModuleNotFoundError, AttributeError) as err:
        raise LookupError(f"no message {name}") from err
    if not isinstance(found, type) or not issubclass(found, Message):
        raise LookupError(f"{name} is no message")
    return found


@cache
def _reader(struct: type[Any], name: str) -> Mapper[Any, Any]:
    return Mapper(struct, message_type(name))


def _plan(event: type[msgspec.Struct], package: ModuleType) -> tuple[Mapper[Any, Any], str, str, bool]:
    message = getattr(package, event.__name__, None)
    if message is None:
        raise TypeError(f"{event.__name__} has no message in {package.__name__}")
    option = message.DESCRIPTOR.GetOptions().Extensions[options_pb2.event]
    if not option.subject:
        raise TypeError(f"{message.DESCRIPTOR.full_name} has no subject: it needs the option (prm.options.v1.event)")
    crosses = option.reach == options_pb2.REACH_EDGE
    return Mapper(event, message), message.DESCRIPTOR.full_name, option.subject, crosses
