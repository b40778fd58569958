"""Refusals that callers can act on, one class per reason.

    AppError                code, reason, metadata; the base of every expected refusal
    |- InvalidInput         INVALID_ARGUMENT, every violation at once, at most a hundred and how many more there are
    |- NotFound             NOT_FOUND
    |  `- NotYetKnown       an event that is on its way may bring it
    |- WrongState           FAILED_PRECONDITION, with the state and what would be allowed
    |- WrongCell            FAILED_PRECONDITION, with the home cell
    |- PermissionDenied     PERMISSION_DENIED, with the permission and the roles that hold it
    |- EtagMismatch         ABORTED
    |- RequestIdReused      ALREADY_EXISTS
    |- Duplicate            ALREADY_EXISTS, with the id of the row in the way
    `- StoreUnavailable     UNAVAILABLE, safe to repeat
       `- StoreRefused      the store does not take this process as it is set up

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
    """One thing wrong with a request: a field path as in the proto (`lines[2].quantity`), and why."""

    field: str
    description: str
    reason: str = "INVALID"


class AppError(Exception):
    """An expected refusal. `metadata` holds ids, states and limits as strings; never personal data.

    lifted_by: the id of the document of another service whose next event may lift the refusal; a call waits for that a
    moment before it is refused (libs/rpc/positions.py). Empty: nothing that is on its way can lift it.
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
    """The request cannot be understood or breaks a rule that needs nothing but the request.

    violations: the first 100, and one that says how many more there are. They are not looked for beyond 200, so that
    a generator of them need not run to its end. count: of all that were found.
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
        super().__init__("; ".join(f"{v.field}: {v.description}" for v in self.violations))


class NotFound(AppError):
    """No such row, or none that the caller may know of."""

    code, reason = Code.NOT_FOUND, "NOT_FOUND"

    def __init__(self, kind: str, id: str, why: str = "does not exist") -> None:
        super().__init__(f"{kind} {id} {why}", kind=kind, id=id)


class NotYetKnown(NotFound):
    """Nothing here has told of the row of another service; an event that does may be on its way."""

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
    """The id or the country belongs to another cell; `cell` and `endpoint` say where to go (empty if unknown)."""

    code, reason = Code.FAILED_PRECONDITION, "WRONG_CELL"

    def __init__(self, subject: str, *, here: str, cell: str, endpoint: str) -> None:
        home = f"cell {cell}" if cell else "a cell that is not in the directory"
        super().__init__(
            f"{subject} belongs to {home}, this is cell {here}",
            subject=subject,
            here=here,
            cell=cell,
            endpoint=endpoint,
        )


class PermissionDenied(AppError):
    """None of the caller's roles holds the permission; `roles` do, of the same kind (a partner's, or ours)."""

    code, reason = Code.PERMISSION_DENIED, "PERMISSION_DENIED"

    def __init__(self, permission: str, roles: Collection[str] | None = None) -> None:
        """roles: None where nobody looked who holds it; the method wrapper looks."""
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
    """A unique value is taken; `id` names the row that has it, where the caller may know."""

    code, reason = Code.ALREADY_EXISTS, "DUPLICATE"

    def __init__(self, kind: str, what: str, id: str = "") -> None:
        super().__init__(f"{kind} with this {what} exists" + (f": {id}" if id else ""), kind=kind, what=what, id=id)


class Contended(AppError):
    """Others changed the same rows faster than three attempts; repeat the call."""

    code, reason = Code.ABORTED, "CONTENDED"
    retry_after_seconds = 0.1


class StoreUnavailable(AppError):
    """The store cannot take the command now; nothing was changed, repeat it. `at`: which file and what to do, for
    who runs the process; the text of the exception has it; `message`, which is sent to callers, does not."""

    code, reason = Code.UNAVAILABLE, "STORE_UNAVAILABLE"
    retry_after_seconds = 1.0

    def __init__(self, message: str, *, at: str = "") -> None:
        super().__init__(message)
        if at:
            self.args = (f"{message}: {at}",)


class StoreRefused(StoreUnavailable):
    """The store answers, and refuses this process: wrong password, certificate, URL. A start that meets it fails."""

    code, reason = Code.UNAVAILABLE, "STORE_REFUSED"


def require_state(kind: str, id: str, state: Enum, *, action: str, allowed: Collection[Enum]) -> None:
    """Refuse `action` with WrongState unless `state` is one of `allowed`."""
    if state not in allowed:
        raise WrongState(kind, id, state, action, allowed)
