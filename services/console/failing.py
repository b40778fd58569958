"""What a refusal of the cell means for a page."""

from libs.rpc.client import CallFailed

SERVICE_UNAVAILABLE = 503
_STATUS: dict[str, int] = {
    "INVALID_ARGUMENT": 422,
    "OUT_OF_RANGE": 422,
    "FAILED_PRECONDITION": 409,
    "ABORTED": 409,
    "ALREADY_EXISTS": 409,
    "NOT_FOUND": 404,
    "PERMISSION_DENIED": 403,
    "UNAUTHENTICATED": 401,
    "RESOURCE_EXHAUSTED": 429,
    "UNAVAILABLE": SERVICE_UNAVAILABLE,
    "DEADLINE_EXCEEDED": SERVICE_UNAVAILABLE,
    "CANCELLED": SERVICE_UNAVAILABLE,
}
_OTHERWISE = 502


def status_of(err: CallFailed) -> int:
    """The HTTP status of the page that shows the refusal."""
    return _STATUS.get(err.code, _OTHERWISE)


def is_away(err: CallFailed) -> bool:
    """Whether the cell did not answer."""
    return status_of(err) == SERVICE_UNAVAILABLE


def is_signed_out(err: CallFailed) -> bool:
    """Whether the person has to sign in again."""
    return err.code == "UNAUTHENTICATED"


def said_of(err: CallFailed) -> str:
    """The refusal for a person, in the language of the page; of a fault of the cell, with the number by which the
    operator finds it."""
    incident = err.metadata.get("incident", "")
    return f"{err.localized} ({incident})" if incident not in err.localized else err.localized
