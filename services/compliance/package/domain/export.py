"""The export of a request: when it is allowed, how it changes the request, and which objects it still needs."""

from datetime import datetime, timedelta

import msgspec
from msgspec.structs import replace

from libs.errors import AppError, Code, require_state
from services.compliance.package.events import SubjectRequestCompleted, SubjectRequestExported
from services.compliance.requests.domain.request import SubjectRequest
from services.compliance.requests.domain.search import SEARCHING
from services.compliance.requests.domain.states import BUILT_TYPES, RequestState

# How long a package can be exported again after its request was completed, in case the client did not receive it.
REPEATABLE_FOR = timedelta(days=1)

EXPORTABLE = frozenset({RequestState.READY_FOR_REVIEW, RequestState.COMPLETED})

Events = tuple[msgspec.Struct, ...]


class ExportIncomplete(AppError):
    """Services have not answered yet, so a package could not prove that it is complete."""

    code, reason = Code.FAILED_PRECONDITION, "EXPORT_INCOMPLETE"

    def __init__(self, id: str, services: tuple[str, ...]) -> None:
        names = ", ".join(services)
        super().__init__(f"{id}: no answer yet from {names}", id=id, services=names)


class ExportExpired(AppError):
    """The encrypted object of a service is deleted; only a new request can search for its content again."""

    code, reason = Code.FAILED_PRECONDITION, "EXPORT_EXPIRED"

    def __init__(self, id: str, service: str) -> None:
        super().__init__(
            f"{id}: what {service} handed over is no longer kept; make a new request", id=id, service=service
        )


class ExportForged(AppError):
    """The encrypted object of a service differs from what the service signed."""

    code, reason = Code.FAILED_PRECONDITION, "EXPORT_FORGED"

    def __init__(self, id: str, service: str) -> None:
        super().__init__(f"{id}: what {service} handed over is not what it signed", id=id, service=service)


def require_searched(request: SubjectRequest) -> None:
    """ExportIncomplete, with the services that have not answered, while the search runs; WrongState in any other state
    that allows no export."""
    if request.state in SEARCHING:
        raise ExportIncomplete(request.id, request.missing_services)
    require_state("subject_request", request.id, request.state, action="export", allowed=EXPORTABLE)


def mark_exported(request: SubjectRequest, sha256: str, round: int, *, now: datetime) -> tuple[SubjectRequest, Events]:
    """The request after the package of `round` was exported, and the events. sha256: of the manifest, hex.

    The request is completed if it is READY_FOR_REVIEW, its type is supported and `round` is its present round. If
    another call has opened a new round meanwhile, the package of that round completes it.
    """
    exported = SubjectRequestExported(case_id=request.id, sha256=sha256)
    is_last = request.state is RequestState.READY_FOR_REVIEW and request.round == round
    if not is_last or request.type not in BUILT_TYPES:
        return replace(request, update_time=now), (exported,)
    done = replace(request, state=RequestState.COMPLETED, complete_time=now, update_time=now)
    return done, (exported, SubjectRequestCompleted(case_id=request.id, type=request.type))


def needs_object(request: SubjectRequest, name: str, *, round: int, service: str, now: datetime) -> bool:
    """Whether the package may still need the object `name`, which `service` wrote in `round`."""
    if request.complete_time is not None and request.complete_time + REPEATABLE_FOR <= now:
        return False
    if round == request.round and service in request.missing_services:
        return True  # its answer is on the way
    return any(name == one.object_name for one in request.present_answers)
