"""Exporting a request: when its package may be taken, what that changes, and which objects it still needs."""

from datetime import datetime, timedelta

import msgspec
from msgspec.structs import replace

from libs.errors import AppError, Code, require_state
from services.compliance.package.events import SubjectRequestCompleted, SubjectRequestExported
from services.compliance.requests.domain.request import SubjectRequest
from services.compliance.requests.domain.search import SEARCHING
from services.compliance.requests.domain.states import BUILT_TYPES, RequestState

# How long a package can be taken again after the request was completed, in case it did not arrive.
REPEATABLE_FOR = timedelta(days=1)

EXPORTABLE = frozenset({RequestState.READY_FOR_REVIEW, RequestState.COMPLETED})

Events = tuple[msgspec.Struct, ...]


class ExportIncomplete(AppError):
    """A service has not answered: an export that cannot prove to be whole is none."""

    code, reason = Code.FAILED_PRECONDITION, "EXPORT_INCOMPLETE"

    def __init__(self, id: str, services: tuple[str, ...]) -> None:
        names = ", ".join(services)
        super().__init__(f"{id}: no answer yet from {names}", id=id, services=names)


class ExportExpired(AppError):
    """What a service handed over is no longer kept; only a new request finds it again."""

    code, reason = Code.FAILED_PRECONDITION, "EXPORT_EXPIRED"

    def __init__(self, id: str, service: str) -> None:
        super().__init__(
            f"{id}: what {service} handed over is no longer kept; make a new request", id=id, service=service
        )


class ExportForged(AppError):
    """What a service handed over is not what it signed."""

    code, reason = Code.FAILED_PRECONDITION, "EXPORT_FORGED"

    def __init__(self, id: str, service: str) -> None:
        super().__init__(f"{id}: what {service} handed over is not what it signed", id=id, service=service)


def require_searched(request: SubjectRequest) -> None:
    """ExportIncomplete, naming the services that have not answered; WrongState for a request whose search did not end
    with every answer."""
    if request.state in SEARCHING:
        raise ExportIncomplete(request.id, request.missing_services)
    require_state("subject_request", request.id, request.state, action="export", allowed=EXPORTABLE)


def mark_exported(request: SubjectRequest, sha256: str, round: int, *, now: datetime) -> tuple[SubjectRequest, Events]:
    """The request after the package of a round was taken; the first time completes it, unless more was asked than a
    package, or somebody else has asked the services again meanwhile: that package is the one to complete it."""
    exported = SubjectRequestExported(case_id=request.id, sha256=sha256)
    is_last = request.state is RequestState.READY_FOR_REVIEW and request.round == round
    if not is_last or request.type not in BUILT_TYPES:
        return replace(request, update_time=now), (exported,)
    done = replace(request, state=RequestState.COMPLETED, complete_time=now, update_time=now)
    return done, (exported, SubjectRequestCompleted(case_id=request.id, type=request.type))


def needs_object(request: SubjectRequest, name: str, *, round: int, service: str, now: datetime) -> bool:
    """Whether an object that a service handed over in a round can still become part of the package."""
    if request.complete_time is not None and request.complete_time + REPEATABLE_FOR <= now:
        return False
    if round == request.round and service in request.missing_services:
        return True  # its answer is on the way
    return any(name == one.object_name for one in request.present_answers)
