"""Refusals of the face itself, and every refusal as the JSON of the Connect protocol."""

from base64 import b64encode
from typing import Any

import msgspec
from google.protobuf import json_format, symbol_database
from google.protobuf.any_pb2 import Any as Packed
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status

from libs.errors import AppError, Code
from libs.rpc.status import refusal_status

# By number of google.rpc.Code: the name in the protocol, and the status of HTTP.
CODES: tuple[tuple[str, int], ...] = (
    ("", 200),
    ("canceled", 499),
    ("unknown", 500),
    ("invalid_argument", 400),
    ("deadline_exceeded", 504),
    ("not_found", 404),
    ("already_exists", 409),
    ("permission_denied", 403),
    ("resource_exhausted", 429),
    ("failed_precondition", 400),
    ("aborted", 409),
    ("out_of_range", 400),
    ("unimplemented", 501),
    ("internal", 500),
    ("unavailable", 503),
    ("data_loss", 500),
    ("unauthenticated", 401),
)
JSON = "application/json"

_UNAUTHENTICATED = 16


class Answer(msgspec.Struct, frozen=True):
    """What goes back. headers: besides type and length."""

    status: int
    body: bytes
    media: str = JSON
    headers: tuple[tuple[str, str], ...] = ()


class EncodingNotSupported(AppError):
    """The body is compressed; bodies are taken as they are."""

    code, reason = Code.UNIMPLEMENTED, "ENCODING_NOT_SUPPORTED"

    def __init__(self) -> None:
        super().__init__("the body must not be compressed: the only content-encoding is identity")


class MethodUnknown(AppError):
    """There is no method at this path."""

    code, reason = Code.UNIMPLEMENTED, "METHOD_UNKNOWN"

    def __init__(self) -> None:
        super().__init__("there is no method at this path: POST /<package>.<Service>/<Method>, as in /openapi.json")


class StreamNotServed(AppError):
    """The method takes or answers a stream, which only gRPC serves."""

    code, reason = Code.UNIMPLEMENTED, "STREAM_NOT_SERVED"

    def __init__(self) -> None:
        super().__init__("this method takes or answers a stream of messages: call it by gRPC")


class MediaTypeNotSupported(AppError):
    """The body is announced as something else than JSON or protobuf."""

    code, reason = Code.INVALID_ARGUMENT, "MEDIA_TYPE_NOT_SUPPORTED"

    def __init__(self) -> None:
        super().__init__("the content-type must be application/json or application/proto")


class VerbNotAllowed(AppError):
    """The path is that of a method, and the verb is not POST."""

    code, reason = Code.UNIMPLEMENTED, "VERB_NOT_ALLOWED"

    def __init__(self) -> None:
        super().__init__("methods are called by POST")


def refused(err: AppError, *, status: int = 0, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    """The answer of a refusal. status: of HTTP, if it is not that of the code."""
    found = answer_of(refusal_status(err), headers)
    return msgspec.structs.replace(found, status=status or found.status)


def answer_of(status: Status, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    """The answer that says a status, with all its details. headers: beside those that follow from it."""
    name, http = CODES[status.code]
    told: dict[str, Any] = {"code": name, "message": status.message}
    if status.details:
        told["details"] = [_detail(one) for one in status.details]
    return Answer(http, msgspec.json.encode(told), headers=_hints(status) + headers)


def _detail(packed: Packed) -> dict[str, Any]:
    """A detail with its bytes, as the protocol wants it, and with its fields, for people and clients without protos."""
    name = packed.type_url.rpartition("/")[2]
    told: dict[str, Any] = {"type": name, "value": b64encode(packed.value).decode().rstrip("=")}
    try:
        message = symbol_database.Default().GetSymbol(name).FromString(packed.value)
    except KeyError:
        return told
    return told | {"debug": json_format.MessageToDict(message)}


def _hints(status: Status) -> tuple[tuple[str, str], ...]:
    """What HTTP says about a refusal in headers of its own."""
    if status.code == _UNAUTHENTICATED:
        return (("www-authenticate", "Bearer"),)
    retry = RetryInfo()
    if any(one.Unpack(retry) for one in status.details):
        return (("retry-after", str(max(1, retry.retry_delay.seconds + bool(retry.retry_delay.nanos)))),)
    return ()
