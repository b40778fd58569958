"""The whole document, OpenAPI 3.1.0 (spec.openapis.org/oas/v3.1.0): a path for each unary method of the services."""

from collections.abc import Mapping, Sequence
from typing import Any

from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor

from libs.pb.prm.options.v1 import options_pb2
from libs.rpc.http.errors import CODES
from libs.rpc.rules import Engine
from services.openapi.schemas import Object, Schemas, ref

_INTRODUCTION = (
    "Every unary method of PRM by the Connect protocol: POST with JSON. Streams are served by gRPC only. Names of "
    "fields may also be those of the protos. An unknown field is refused. A mutation that is sent again with the same "
    "`requestId`, here or by gRPC, gets the first answer again."
)
_HEADERS: Mapping[str, Object] = {
    "connect-timeout-ms": {
        "description": "After how many milliseconds the caller gives up; at most 60000.",
        "schema": {"type": "string", "pattern": "^[0-9]{1,10}$"},
    },
    "prm-position": {
        "description": "Positions of earlier mutations, separated by commas: this call sees what they changed.",
        "schema": {"type": "string"},
    },
    "prm-purpose": {
        "description": "For what personal data is read in clear: a name of services/purposes.toml.",
        "schema": {"type": "string"},
    },
}
_POSITION = "trailer-prm-position"
_ERROR = "connect.Error"


def render(
    services: Sequence[ServiceDescriptor], comments: Mapping[str, str], engine: Engine, *, release: str
) -> Object:
    """The document of these services, to be written as JSON."""
    schemas = Schemas(comments, engine)
    paths = {
        f"/{service.full_name}/{method.name}": {"post": _operation(method, comments, schemas)}
        for service in services
        for method in service.methods
        if not method.client_streaming and not method.server_streaming
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "PRM", "version": release, "description": _INTRODUCTION},
        "tags": [{"name": one.full_name, "description": comments.get(one.full_name, "")} for one in services],
        "security": [{"bearer": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
            "parameters": {name: {"name": name, "in": "header", **told} for name, told in _HEADERS.items()},
            "headers": {
                _POSITION: {
                    "description": "The position of a mutation, to be sent as prm-position.",
                    "schema": {"type": "string"},
                }
            },
            "responses": {"refused": _refused()},
            "schemas": {_ERROR: _error(), **dict(sorted(schemas.found.items()))},
        },
    }


def _operation(method: MethodDescriptor, comments: Mapping[str, str], schemas: Schemas) -> Object:
    access = method.GetOptions().Extensions[options_pb2.access]
    answer: Object = {"description": "The answer.", "content": _json(schemas.of(method.output_type))}
    if not access.read_only:
        answer["headers"] = {_POSITION: ref("headers", _POSITION)}
    return {
        "operationId": f"{method.containing_service.name}_{method.name}",
        "tags": [method.containing_service.full_name],
        "description": comments.get(method.full_name, ""),
        "parameters": [ref("parameters", name) for name in _HEADERS],
        "requestBody": {"required": True, "content": _json(schemas.of(method.input_type))},
        "responses": {"200": answer, "default": ref("responses", "refused")},
        "x-permission": access.permission,
    }


def _json(schema: Object) -> Object:
    return {"application/json": {"schema": schema}}


def _refused() -> Object:
    text: Any = {"schema": {"type": "string"}}
    return {
        "description": "The call was refused; the table of reasons is in proto/README.md.",
        "headers": {"retry-after": {"description": "Seconds after which a repetition may succeed.", **text}},
        "content": _json(ref("schemas", _ERROR)),
    }


def _error() -> Object:
    """The errors of the Connect protocol."""
    detail = {
        "type": "object",
        "properties": {
            "type": {"type": "string", "description": "The message of the detail: google.rpc.BadRequest."},
            "value": {"type": "string", "contentEncoding": "base64", "description": "Its bytes, without padding."},
            "debug": {"type": "object", "description": "The same, as JSON."},
        },
        "required": ["type", "value"],
    }
    return {
        "type": "object",
        "description": "A refusal. google.rpc.ErrorInfo among the details has its reason, BadRequest its violations.",
        "properties": {
            "code": {"type": "string", "enum": [name for name, _ in CODES if name]},
            "message": {"type": "string"},
            "details": {"type": "array", "items": detail},
        },
        "required": ["code"],
    }
