"""Errors that callers can act on, one class per reason.

    AppError                code, reason, metadata; the base of every expected refusal
    |- InvalidInput         INVALID_ARGUMENT, with all violations, or the first hundred and the number of the others
    |- NotFound             NOT_FOUND
    |  `- NotYetKnown       the same; an event that has not arrived yet may bring the row
    |- WrongState           FAILED_PRECONDITION, with the state and the allowed ones
    |- WrongCell            FAILED_PRECONDITION, with the home cell
    |- PermissionDenied     PERMISSION_DENIED, with the permission and the roles that hold it
    |- EtagMismatch         ABORTED
    |- RequestIdReused      ALREADY_EXISTS
    |- Duplicate            ALREADY_EXISTS, with the id of the row that has the value
    |- Contended            ABORTED, safe to repeat
    `- StoreUnavailable     UNAVAILABLE, safe to repeat
       |- StoreRefused      the same; the store refuses this process because of its settings
       `- OlderRelease      the same; a process of the newer release can read or change the row

A rule of one service has its class beside the rule, derived from AppError or WrongState.
"""

from collections.abc import Collection, Iterable
from enum import Enum
from itertools import islice
from typing import ClassVar, NamedTuple

MAX_VIOLATIONS, MAX_COUNTED = 100, 200
MORE_VIOLATIONS = "MORE_VIOLATIONS"


class Code(Enum):
    """The gRPC status a refusal becomes; the numbers are those of google.rpc.Code."""

    INVALID_ARGUMENT = 3
    DEADLINE_EXCEEDED = 4
    NOT_FOUND = 5
    ALREADY_EXISTS = 6
    PERMISSION_DENIED = 7
    RESOURCE_EXHAUSTED = 8
    FAILED_PRECONDITION = 9
    ABORTED = 10
    OUT_OF_RANGE = 11
    UNIMPLEMENTED = 12
    UNAVAILABLE = 14
    UNAUTHENTICATED = 16


class Violation(NamedTuple):
    """One fault of a request. field: a path as in the proto (`lines[2].quantity`); description: the fault, in words;
    reason: the same in UPPER_SNAKE, for programs."""

    field: str
    description: str
    reason: str = "INVALID"


class AppError(Exception):
    """An expected refusal. `metadata` holds ids, states and limits as strings; never personal data.

    lifted_by: the id of the document of another service whose next event may remove the reason; the method wrapper
    waits for that event for a moment before it refuses the call (libs/rpc/positions.py). Empty: no event can.
    """

    code: ClassVar[Code]
    reason: ClassVar[str]
    retry_after_seconds: float | None = None
    lifted_by: str = ""

    def __init__(self, message: str, **metadata: object) -> None:
        super().__init__(message)
        self.message = message
        self.metadata = {key: str(value) for key, value in metadata.items()}


class InvalidInput(AppError):
    """The request is malformed or breaks a rule that can be checked with the request alone.

    violations: the first 100, and one more with the number of the others. The iterable is read up to the 200th, so a
    generator need not run to its end. count: how many were read.
    """

    code, reason = Code.INVALID_ARGUMENT, "INVALID_INPUT"

    def __init__(self, violations: Iterable[Violation]) -> None:
        found = iter(violations)
        listed = tuple(islice(found, MAX_VIOLATIONS))
        more = sum(1 for _ in islice(found, MAX_COUNTED - MAX_VIOLATIONS))
        self.count = len(listed) + more
        if more:
            at_least = "at least " if self.count == MAX_COUNTED else ""
            listed += (Violation("", f"and {at_least}{more} more", MORE_VIOLATIONS),)
        self.violations = listed
        super().__init__(
            "; ".join(f"{v.field}: {v.description}" if v.field else v.description for v in self.violations)
        )


class NotFound(AppError):
    """The row does not exist, or the caller may not know that it does."""

    code, reason = Code.NOT_FOUND, "NOT_FOUND"

    def __init__(self, kind: str, id: str, why: str = "does not exist") -> None:
        super().__init__(f"{kind} {id} {why}", kind=kind, id=id)


class NotYetKnown(NotFound):
    """No event about this row of another service has been consumed here yet; one may be on its way."""

    reason = "NOT_YET_KNOWN"
    retry_after_seconds = 1.0

    def __init__(self, kind: str, id: str, why: str = "is not known here, or not yet") -> None:
        super().__init__(kind, id, why)
        self.lifted_by = id


class WrongState(AppError):
    """The state machine does not allow this move from here."""

    code, reason = Code.FAILED_PRECONDITION, "WRONG_STATE"

    def __init__(self, kind: str, id: str, state: Enum, action: str, allowed: Collection[Enum]) -> None:
        names = ", ".join(sorted(one.name for one in allowed))
        super().__init__(
            f"{kind} {id} is {state.name}; {action} needs {names}",
            kind=kind,
            id=id,
            state=state.name,
            allowed=names,
        )


class WrongCell(AppError):
    """The id or the country belongs to another cell; `cell` and `endpoint` say where to go (empty if unknown), `field`
    says which field of the request it is, if it is one."""

    code, reason = Code.FAILED_PRECONDITION, "WRONG_CELL"

    def __init__(self, subject: str, *, here: str, cell: str, endpoint: str, field: str = "") -> None:
        home = f"cell {cell}" if cell else "a cell that is not in the directory"
        told = {"subject": subject, "here": here, "cell": cell, "endpoint": endpoint}
        text = f"{subject} belongs to {home}, this is cell {here}"
        super().__init__(f"{field}: {text}" if field else text, **told, **({"field": field} if field else {}))

    def at(self, field: str) -> "WrongCell":
        """The same refusal of the value of a field."""
        told = {name: self.metadata[name] for name in ("here", "cell", "endpoint")}
        return WrongCell(self.metadata["subject"], field=field, **told)


class PermissionDenied(AppError):
    """None of the caller's roles has the permission. roles: those that have it and that the caller could get (a
    partner's roles for a partner's people, else the vendor's)."""

    code, reason = Code.PERMISSION_DENIED, "PERMISSION_DENIED"

    def __init__(self, permission: str, roles: Collection[str] | None = None) -> None:
        """roles: None if not looked up yet; the method wrapper does that."""
        self.permission, self.roles = permission, roles
        names = ", ".join(roles or ())
        way = f"; it comes with {names}" if names else "; no role that you could have comes with it"
        text = f"this needs the permission {permission}{way if roles is not None else ''}"
        super().__init__(text, permission=permission, roles=names)


class EtagMismatch(AppError):
    """The row has changed since the caller read it; read it again and decide again."""

    code, reason = Code.ABORTED, "ETAG_MISMATCH"

    def __init__(self, kind: str, id: str, etag: str) -> None:
        super().__init__(f"{kind} {id} has changed, its etag is now {etag}", kind=kind, id=id, etag=etag)


class RequestIdReused(AppError):
    """This request_id was used for a different request."""

    code, reason = Code.ALREADY_EXISTS, "REQUEST_ID_REUSED"

    def __init__(self, request_id: str) -> None:
        super().__init__(f"request_id {request_id} was used for another request", request_id=request_id)


class Duplicate(AppError):
    """A row with this unique value exists; `id`: of that row, empty if the caller may not know it."""

    code, reason = Code.ALREADY_EXISTS, "DUPLICATE"

    def __init__(self, kind: str, what: str, id: str = "") -> None:
        super().__init__(f"{kind} with this {what} exists" + (f": {id}" if id else ""), kind=kind, what=what, id=id)


class Contended(AppError):
    """Other calls changed the same rows during each of three attempts; repeat the call."""

    code, reason = Code.ABORTED, "CONTENDED"
    retry_after_seconds = 0.1


class StoreUnavailable(AppError):
    """The store cannot execute the command now; it is safe to repeat. at: the file concerned and the remedy, for the
    operator; it is in the text of the exception, but not in `message`, which is sent to callers."""

    code, reason = Code.UNAVAILABLE, "STORE_UNAVAILABLE"
    retry_after_seconds = 1.0

    def __init__(self, message: str, *, at: str = "") -> None:
        super().__init__(message)
        if at:
            self.args = (f"{message}: {at}",)


class StoreRefused(StoreUnavailable):
    """The store refuses this process because of its password, certificate or URL. A start that gets this error
    fails."""

    code, reason = Code.UNAVAILABLE, "STORE_REFUSED"


class OlderRelease(StoreUnavailable):
    """A newer release has written the row, and this one cannot read it, or cannot change it without loss. Repeated, the
    call may reach a process of the newer release."""

    code, reason = Code.UNAVAILABLE, "OLDER_RELEASE"


def require_state(kind: str, id: str, state: Enum, *, action: str, allowed: Collection[Enum]) -> None:
    """WrongState unless `state` is one of `allowed`."""
    if state not in allowed:
        raise WrongState(kind, id, state, action, allowed)
