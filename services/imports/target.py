"""The RPC a mapping sends to, as its descriptors say: what one message of the mapping is, and how it travels."""

import re
from typing import Any

import msgspec
from google.protobuf.descriptor import Descriptor, MethodDescriptor
from google.protobuf.descriptor_pool import Default
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from libs.slices import grpc_services

_RESULT = "prm.common.v1.ImportResult"
_UPDATES = "update_existing"
_PACKAGE = re.compile(r"prm\.[a-z_]+\.v[0-9]+")


class NoSuchTarget(ValueError):
    """There is no such RPC, or none that takes rows or one message."""


class Target(msgspec.Struct, frozen=True):
    """Where messages go. An Import RPC takes `rows` in a stream; any other takes one message per call.

    row: what the mapping's fields describe. rows: the request's field that holds them, empty for a unary RPC.
    """

    path: str
    row: Descriptor
    request: type[Message]
    rows: str = ""
    results: str = ""

    @property
    def continues(self) -> bool:
        """Whether the service itself changes what was imported before, if it is asked to."""
        return _UPDATES in self.request.DESCRIPTOR.fields_by_name

    def batch(self, rows: list[Message], *, validate_only: bool = False, update: bool = False) -> Message:
        """One request of the stream. update: change what was imported before, where the service does that itself."""
        request: Any = self.request(validate_only=validate_only)
        if update and self.continues:
            setattr(request, _UPDATES, True)
        getattr(request, self.rows).extend(rows)
        return request  # type: ignore[no-any-return]  # an instance of the request type


def find(path: str) -> Target:
    """The target named `prm.deals.v1.DealRegistrationService/ImportRegistrations`; NoSuchTarget."""
    method = _method(path)
    request = GetMessageClass(method.input_type)
    if not method.client_streaming and not method.server_streaming:
        return Target(path, method.input_type, request)
    rows, results = _rows(method.input_type, ""), _rows(method.output_type, _RESULT)
    if rows is None or results is None:
        raise NoSuchTarget(f"rpc: {path} is no import: it does not stream rows and answer each with a result")
    return Target(path, rows[1], request, rows[0], results[0])


def _method(path: str) -> MethodDescriptor:
    service, _, name = path.partition("/")
    package = service.rpartition(".")[0]
    try:
        if _PACKAGE.fullmatch(package):
            tuple(grpc_services(package.split(".")[1]))  # loads the descriptors
        return Default().FindMethodByName(f"{service}.{name}")
    except (KeyError, ModuleNotFoundError) as err:
        raise NoSuchTarget(f"rpc: there is no {path}") from err


def _rows(message: Descriptor, of: str) -> tuple[str, Descriptor] | None:
    """The name and the type of the one repeated message field, of a type where one is asked for."""
    repeated = [(one.name, one.message_type) for one in message.fields if one.is_repeated]
    found = [(name, row) for name, row in repeated if row is not None and of in ("", row.full_name)]
    return found[0] if len(found) == 1 else None
