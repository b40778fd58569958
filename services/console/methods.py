"""The methods of the cell by `<service>.<name>`, with what their protos say about access."""

from typing import Any

import msgspec
from google.protobuf.descriptor import FieldDescriptor, MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from libs.pb.buf.validate import validate_pb2
from libs.pb.prm.options.v1 import options_pb2, rules_pb2
from libs.slices import grpc_services, packages
from services.console.wording import field_label

# What the console sets itself, or what only programs send.
OWN_FIELDS = frozenset(
    {"request_id", "etag", "update_mask", "page_size", "page_token", "order_by", "include_total_size"}
    | {"refuse_erased", "validate_only"}
)


class Method(msgspec.Struct, frozen=True, kw_only=True):
    """A method. permission: what its caller needs. narrowed: whether a partner's people may call it, for their
    own partner's rows. two_persons: whether it may wait for a second person."""

    key: str
    path: str
    permission: str
    narrowed: bool
    read_only: bool
    two_persons: bool
    descriptor: MethodDescriptor

    def request(self, **fields: Any) -> Any:
        """A new request with these fields."""
        return GetMessageClass(self.descriptor.input_type)(**fields)

    @property
    def takes(self) -> dict[str, FieldDescriptor]:
        """The fields of the request by name."""
        return dict(self.descriptor.input_type.fields_by_name)

    @property
    def name(self) -> str:
        """The name of the RPC: `ApproveRegistration`."""
        return self.descriptor.name

    @property
    def rows(self) -> FieldDescriptor | None:
        """The repeated field of the answer that holds its rows; None if it has none."""
        fields = self.descriptor.output_type.fields
        return next((one for one in fields if one.is_repeated and one.message_type is not None), None)


def _methods(*, streaming: bool) -> dict[str, Method]:
    found: dict[str, Method] = {}
    for service in packages():
        for one in (method for grpc in grpc_services(service) for method in grpc.methods):
            access = one.GetOptions().Extensions[options_pb2.access]
            if one.client_streaming or one.server_streaming is not streaming:
                continue
            found[f"{service}.{one.name}"] = Method(
                key=f"{service}.{one.name}",
                path=f"{one.containing_service.full_name}/{one.name}",
                permission=access.permission,
                narrowed=access.scope == options_pb2.SCOPE_PARTNER,
                read_only=access.read_only,
                two_persons=access.four_eyes,
                descriptor=one,
            )
    return found


METHODS: dict[str, Method] = _methods(streaming=False)
# Those whose answer is a stream.
DOWNLOADS: dict[str, Method] = _methods(streaming=True)


def rules_of(field: Any) -> validate_pb2.FieldRules:
    """The rules of a field."""
    found: validate_pb2.FieldRules = field.GetOptions().Extensions[validate_pb2.field]
    return found


def label_of(field: Any) -> str:
    """The English label of a field."""
    rules = rules_of(field)
    prefixes = (one.Extensions[rules_pb2.id] for one in (rules.string, rules.repeated.items.string))
    home = field.GetOptions().Extensions[options_pb2.home] == options_pb2.HOME_ID
    return field_label(field.name, of_ours=home or any(prefixes))


def field_at(message: Any, path: str) -> Any:
    """The field at a dotted path in messages of this type."""
    *heads, last = path.split(".")
    for name in heads:
        message = message.fields_by_name[name].message_type
    return message.fields_by_name[last]


def at(message: Message, path: str) -> Any:
    """The value at a dotted path of fields; None if a message on the way is absent."""
    value: Any = message
    for name in path.split("."):
        if not isinstance(value, Message):
            return None
        field = value.DESCRIPTOR.fields_by_name[name]
        if field.message_type is not None and not field.is_repeated and not value.HasField(name):
            return None
        value = getattr(value, name)
    return value
