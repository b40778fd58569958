"""Domain events to what travels and back: struct and protobuf message by name, subject from the message's option."""

import importlib
from collections.abc import Sequence
from functools import cache
from pkgutil import iter_modules
from types import ModuleType
from typing import Any, TypeVar

import msgspec
from google.protobuf.descriptor_pool import Default
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass

from libs.call import CallsRecorded
from libs.errors import AppError, Code
from libs.mapping import Mapper
from libs.messaging.envelope import Envelope
from libs.messaging.outbox import Encoded
from libs.pb.prm.options.v1 import options_pb2

T = TypeVar("T", bound=msgspec.Struct)


class UnreadableEvent(AppError):
    """The body is not the message that its type names, or nobody here knows the type."""

    code, reason = Code.INVALID_ARGUMENT, "UNREADABLE_EVENT"

    def __init__(self, envelope: Envelope) -> None:
        super().__init__(f"event {envelope.id} is not a {envelope.type}", id=envelope.id, type=envelope.type)


class EventCodec:
    """Encodes the events of one service; decodes anybody's.

    events: the structs of `domain.py`, each named as a message of one of the `modules` (`<service>_events_pb2`);
    CallsRecorded, which every service has, comes by itself. TypeError at the start for one that has no message or
    subject, or does not match it.
    """

    def __init__(self, events: Sequence[type[msgspec.Struct]], *modules: ModuleType) -> None:
        declared: tuple[type[msgspec.Struct], ...] = (*events, CallsRecorded)
        self._plans = {event: _plan(event, modules) for event in declared}

    def encode(self, event: msgspec.Struct) -> Encoded:
        """What `Env` puts into the outbox; KeyError for an event that the service has not declared."""
        mapper, name, subject = self._plans[type(event)]
        return Encoded(name, subject, mapper.encode(event).SerializeToString(deterministic=True))

    @staticmethod
    def decode(envelope: Envelope, struct: type[T]) -> T:
        """The fields of an event, one's own or a peer's, that the struct has. UnreadableEvent, InvalidInput."""
        try:
            message = message_type(envelope.type)()
            message.ParseFromString(envelope.body)
        except (DecodeError, LookupError) as err:
            raise UnreadableEvent(envelope) from err
        found: T = _reader(struct, envelope.type).decode(message)
        return found


@cache
def message_type(name: str) -> type[Message]:
    """The class of a message by its full name; LookupError. Events stand in the `..._events.proto` of a package."""
    package, _, _ = name.rpartition(".")
    parts = package.split(".")
    if len(parts) == 3 and all(part.isidentifier() for part in parts):
        try:
            home = importlib.import_module(f"libs.pb.{package}")
            for found in iter_modules(home.__path__):
                if found.name.endswith("_events_pb2"):
                    importlib.import_module(f"{home.__name__}.{found.name}")
        except ModuleNotFoundError as err:
            raise LookupError(f"no events of {package}") from err
    return GetMessageClass(Default().FindMessageTypeByName(name))


@cache
def _reader(struct: type[Any], name: str) -> Mapper[Any, Any]:
    return Mapper(struct, message_type(name))


def _plan(event: type[msgspec.Struct], modules: Sequence[ModuleType]) -> tuple[Mapper[Any, Any], str, str]:
    message = next((vars(one)[event.__name__] for one in modules if event.__name__ in vars(one)), None)
    if message is None:
        raise TypeError(f"{event.__name__} has no message in {', '.join(one.__name__ for one in modules)}")
    option = message.DESCRIPTOR.GetOptions().Extensions[options_pb2.event]
    if not option.subject:
        raise TypeError(f"{message.DESCRIPTOR.full_name} has no subject: it needs the option (prm.options.v1.event)")
    return Mapper(event, message), message.DESCRIPTOR.full_name, option.subject
