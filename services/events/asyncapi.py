"""The catalogue for tools: `asyncapi.json`, AsyncAPI 3.0.0 (asyncapi.com/docs/reference/specification/v3.0.0).

The document speaks for PRM, so its operations `send`. Bodies are binary protobuf; the payload schemas describe their
JSON form (protobuf.dev/programming-guides/json) under the names of the protos, and name the message to parse with.
"""

from typing import Any

from libs.messaging.envelope import HEADERS
from services.events.catalogue import Catalogue, Enum, Event, Field, Message

Object = dict[str, Any]

_BODY = "application/protobuf"
_TIMESTAMP = "google.protobuf.Timestamp"
_SCALARS: dict[str, Object] = {
    "string": {"type": "string"},
    "bool": {"type": "boolean"},
    "int32": {"type": "integer", "format": "int32"},
    "int64": {"type": "string", "format": "int64"},
    _TIMESTAMP: {"type": "string", "format": "date-time"},
}
_INTRODUCTION = (
    "What the services of a cell publish once it is durable: at least once, in any order, without personal data. "
    "Events are kept in the JetStream stream EVENTS; a reader has a login and a durable pull consumer of its own."
)
_CELL = "The code of the cell, `de`."
_ID = "{}_[a-z0-9]{{2,12}}_[0-9a-hjkmnp-tv-z]{{26}}"


def render(catalogue: Catalogue, release: str) -> Object:
    """The whole document, to be written as JSON."""
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "PRM events", "version": release, "description": _INTRODUCTION},
        "defaultContentType": _BODY,
        "channels": {event.subject: _channel(event) for event in catalogue.events},
        "operations": {event.subject: _operation(event) for event in catalogue.events},
        "components": {
            "parameters": {"cell": {"description": _CELL}},
            "messages": {event.message.name: _message(event) for event in catalogue.events},
            "schemas": {
                "headers": _headers(),
                **{one.name: _schema(one) for one in (*_payloads(catalogue), *catalogue.messages)},
                **{one.name: _enum(one) for one in catalogue.enums},
            },
        },
    }


def _payloads(catalogue: Catalogue) -> tuple[Message, ...]:
    return tuple(event.message for event in catalogue.events)


def _channel(event: Event) -> Object:
    return {
        "address": f"prm.{{cell}}.{event.subject}",
        "description": event.message.comment,
        "parameters": {"cell": _ref("components", "parameters", "cell")},
        "messages": {event.message.name: _ref("components", "messages", event.message.name)},
        "tags": [{"name": event.service}],
    }


def _operation(event: Event) -> Object:
    return {
        "action": "send",
        "channel": _ref("channels", event.subject),
        "messages": [_ref("channels", event.subject, "messages", event.message.name)],
    }


def _message(event: Event) -> Object:
    return {
        "name": event.message.name,
        "description": event.message.comment,
        "contentType": _BODY,
        "headers": _ref("components", "schemas", "headers"),
        "payload": _ref("components", "schemas", event.message.name),
        "x-reach": event.reach,
    }


def _headers() -> Object:
    return {
        "type": "object",
        "properties": {name: {"type": "string", "description": one.means} for name, one in HEADERS.items()},
        "required": [name for name, one in HEADERS.items() if one.always],
    }


def _schema(message: Message) -> Object:
    return {
        "type": "object",
        "description": message.comment,
        "properties": {one.name: _property(one) for one in message.fields},
        "x-protobuf-message": message.name,
    }


def _property(field: Field) -> Object:
    value = dict(_SCALARS.get(field.type) or {"allOf": [_ref("components", "schemas", field.type)]})
    if field.id_prefix:
        value["pattern"] = f"^({_ID.format(field.id_prefix)})?$"
    if field.repeated:
        value = {"type": "array", "items": value}
    return value | {"description": field.comment, "x-protobuf-field": field.number}


def _enum(enum: Enum) -> Object:
    values = "\n".join(f"- `{name}`: {comment}" for name, comment in enum.values)
    return {
        "type": "string",
        "description": f"{enum.comment}\n\n{values}",
        "enum": [name for name, _ in enum.values],
    }


def _ref(*path: str) -> Object:
    return {"$ref": f"#/{'/'.join(path)}"}
