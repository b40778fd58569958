"""Encodes refusals as google.rpc.Status, the form in which a server returns every error.

All details together fit into the headers that common clients accept (8 KiB), for any refusal.
"""

from collections.abc import Sequence

from google.protobuf.any_pb2 import Any as Packed
from google.protobuf.message import Message
from google.rpc import error_details_pb2 as details
from google.rpc.status_pb2 import Status

from libs.errors import MORE_VIOLATIONS, AppError, Code, Contended, Duplicate, InvalidInput
from libs.language import ENGLISH, refusal_text, violation_text
from libs.pb.prm.common.v1 import ErrorReason
from libs.store.port import LimitExceeded, UniqueViolation, VersionConflict

DOMAIN = ErrorReason.DESCRIPTOR.full_name  # the enum that lists every reason
TRAILER = "grpc-status-details-bin"

_INTERNAL = 13
_NANOS = 10**9
_MESSAGE_BYTES = 400
_DESCRIPTION_BYTES = 300
_VALUE_BYTES = 200
_VIOLATIONS_BYTES = 3_600


class DeadlineExceeded(AppError):
    """The call exceeded the deadline of its caller or of the server. A change may or may not have happened; a
    repetition with the same request_id shows which."""

    code, reason = Code.DEADLINE_EXCEEDED, "DEADLINE_EXCEEDED"


class Stopping(AppError):
    """The process takes no more calls; nothing was done."""

    code, reason = Code.UNAVAILABLE, "STOPPING"
    retry_after_seconds = 1.0


class Stopped(AppError):
    """The process stopped while it worked on the call; a change may or may not have happened, and a repetition with
    the same request_id shows which."""

    code, reason = Code.UNAVAILABLE, "STOPPED"


class TooLarge(AppError):
    """A message, commit or page is larger than its limit."""

    code, reason = Code.RESOURCE_EXHAUSTED, "TOO_LARGE"


def as_refusal(err: BaseException) -> AppError | None:
    """The refusal that an exception means to the caller; None if the exception is a bug."""
    match err:
        case AppError():
            return err
        case UniqueViolation():
            return Duplicate(err.kind, err.index)
        case VersionConflict():
            return Contended("others keep changing the same rows")
        case LimitExceeded():
            return TooLarge("the request needs a larger commit, document or page than the store takes")
        case TimeoutError():
            return DeadlineExceeded("something this call waited for took too long")
        case ExceptionGroup():
            found = [as_refusal(one) for one in err.exceptions]
            return found[0] if all(found) else None
        case _:
            return None


def refusal_status(err: AppError, language: str = ENGLISH) -> Status:
    """The status of a refusal, with all details that help a program or a person to correct the call. language: of
    LocalizedMessage, one of libs.language; everything else is for programs and operators, and in English."""
    message = _cut(err.message, _MESSAGE_BYTES)
    metadata = {key: _cut(value, _VALUE_BYTES) for key, value in err.metadata.items()}
    found: list[Message] = [details.ErrorInfo(reason=err.reason, domain=DOMAIN, metadata=metadata)]
    if isinstance(err, InvalidInput):
        message = _cut(f"{err.count} violation(s): {message}", _MESSAGE_BYTES)
        found.append(details.BadRequest(field_violations=_violations(err, language)))
    if err.code is Code.FAILED_PRECONDITION:
        subject = metadata.get("id") or metadata.get("subject", "")
        violation = details.PreconditionFailure.Violation(type=err.reason, subject=subject, description=message)
        found.append(details.PreconditionFailure(violations=[violation]))
    if err.retry_after_seconds is not None:
        retry = details.RetryInfo()
        retry.retry_delay.FromNanoseconds(int(err.retry_after_seconds * _NANOS))
        found.append(retry)
    found.append(_localized(err.reason, language, message))
    return _status(err.code.value, message, found)


def bug_status(incident: str, language: str = ENGLISH) -> Status:
    """The status of a bug; it has only the incident number by which the operator finds it in the log."""
    message = f"internal error; the operator finds it in the log as {incident}"
    info = details.ErrorInfo(reason="INTERNAL", domain=DOMAIN, metadata={"incident": incident})
    return _status(_INTERNAL, message, [info, _localized("INTERNAL", language, message)])


def _localized(reason: str, language: str, english: str) -> details.LocalizedMessage:
    text = refusal_text(reason, language)
    return details.LocalizedMessage(locale=language if text else ENGLISH, message=text or english)


def _status(code: int, message: str, found: Sequence[Message]) -> Status:
    status = Status(code=code, message=message)
    for detail in found:
        packed = Packed()
        packed.Pack(detail)
        status.details.append(packed)
    return status


def _violations(err: InvalidInput, language: str) -> list[details.BadRequest.FieldViolation]:
    """The violations that fit; if not all do, the last element has the number of the others."""
    shown: list[details.BadRequest.FieldViolation] = []
    room = _VIOLATIONS_BYTES
    for position, one in enumerate(err.violations):
        violation = details.BadRequest.FieldViolation(
            field=_cut(one.field, _VALUE_BYTES),
            description=_cut(one.description, _DESCRIPTION_BYTES),
            reason=one.reason,
            localized_message=_translated(one.reason, language),
        )
        room -= violation.ByteSize() + 2
        if room < 0:
            rest = f"{err.count - position} more violations do not fit into this answer"
            more = _translated(MORE_VIOLATIONS, language)
            last = details.BadRequest.FieldViolation(description=rest, reason=MORE_VIOLATIONS, localized_message=more)
            return [*shown, last]
        shown.append(violation)
    return shown


def _translated(reason: str, language: str) -> details.LocalizedMessage | None:
    text = violation_text(reason, language)
    return details.LocalizedMessage(locale=language, message=text) if text else None


def _cut(text: str, limit_bytes: int) -> str:
    """The text in at most so many bytes of UTF-8; `?` for half of a surrogate pair, which a name in JSON can have."""
    raw = text.encode(errors="replace")
    return raw.decode() if len(raw) <= limit_bytes else raw[: limit_bytes - 3].decode(errors="ignore") + "..."
