"""The export of a request: when it is allowed, how it changes the request, and which objects it still needs."""

from datetime import datetime

import msgspec
from msgspec.structs import replace

from libs.errors import AppError, Code, require_state
from services.compliance.package.events import SubjectRequestCompleted, SubjectRequestExported
from services.compliance.requests.domain.moves import Move, moved
from services.compliance.requests.domain.request import RequestErased, ServiceAnswer, SubjectRequest
from services.compliance.requests.domain.search import SEARCHING, open_last_pass
from services.compliance.requests.domain.states import ANSWERED_BY_PACKAGE, NOT_SEARCHED, RequestState, RequestType

EXPORTABLE = frozenset({RequestState.READY_FOR_REVIEW, RequestState.COMPLETED})
# Ended without an answer that needs a package.
ABANDONED = frozenset({RequestState.DENIED, RequestState.WITHDRAWN, RequestState.EXPIRED})

Events = tuple[msgspec.Struct, ...]


class ExportIncomplete(AppError):
    """Services have not answered yet, so a package could not prove that it is complete."""

    code, reason = Code.FAILED_PRECONDITION, "EXPORT_INCOMPLETE"

    def __init__(self, id: str, services: tuple[str, ...]) -> None:
        names = ", ".join(services)
        super().__init__(f"{id}: no answer yet from {names}", id=id, services=names)


class ExportExpired(AppError):
    """The package cannot be downloaded any more; the services must be asked again for one. service: whose data is not
    stored any more; empty if the time of the downloads is over."""

    code, reason = Code.FAILED_PRECONDITION, "EXPORT_EXPIRED"

    def __init__(self, id: str, why: str, *, service: str = "") -> None:
        about = {"id": id, "service": service} if service else {"id": id}
        super().__init__(f"{id}: {why}; make the package anew", **about)


class ExportForged(AppError):
    """The encrypted object of a service differs from what the service signed."""

    code, reason = Code.FAILED_PRECONDITION, "EXPORT_FORGED"

    def __init__(self, id: str, service: str) -> None:
        super().__init__(f"{id}: what {service} handed over is not what it signed", id=id, service=service)


class NothingSearched(AppError):
    """The type of the request needs no search, so there is no package."""

    code, reason = Code.FAILED_PRECONDITION, "NOTHING_SEARCHED"

    def __init__(self, request: SubjectRequest) -> None:
        super().__init__(f"{request.id}: {request.type.name} has no package", id=request.id, type=request.type.name)


def require_searched(request: SubjectRequest) -> None:
    """ExportIncomplete, with the services that have not answered, while the search runs; WrongState in any other state
    that allows no export; NothingSearched if the type needs no search; RequestErased."""
    if request.erased:
        raise RequestErased(request.id)
    if request.type in NOT_SEARCHED:
        raise NothingSearched(request)
    if request.state in SEARCHING:
        raise ExportIncomplete(request.id, request.missing_services)
    require_state("subject_request", request.id, request.state, action="export", allowed=EXPORTABLE)


def require_downloadable(request: SubjectRequest, end: datetime | None, now: datetime) -> None:
    """ExportExpired if the request is completed and the time of its downloads is over. end: of that time; None if there
    was no download."""
    if request.state is RequestState.COMPLETED and end is not None and end <= now:
        raise ExportExpired(request.id, f"its downloads ended at {end.isoformat(timespec='seconds')}")


def reopen(request: SubjectRequest, *, now: datetime) -> tuple[SubjectRequest, Events]:
    """A completed request in a new last pass, for a package with what is stored now, and the events. `complete_time`
    stays what it was. WrongState unless it is completed; RequestErased."""
    if request.erased:
        raise RequestErased(request.id)
    return open_last_pass(moved(request, Move.REOPEN, now), now=now)


def latest_answers(request: SubjectRequest) -> tuple[ServiceAnswer, ...]:
    """The answer of each service to the last round that it answered, sorted by service."""
    found = {one.service: one for one in sorted(request.answers, key=lambda one: one.round)}
    return tuple(found[name] for name in sorted(found))


def mark_exported(
    request: SubjectRequest, sha256: str, round: int, *, missing: tuple[str, ...] = (), now: datetime
) -> tuple[SubjectRequest, Events]:
    """The request after the package of `round` was exported, and the events. sha256: of the manifest, hex. missing: the
    services whose answer it lacks; such a package completes nothing.

    The request is completed if it is READY_FOR_REVIEW, a package answers its type and `round` is its present round. If
    another call has opened a new round meanwhile, the package of that round completes it.
    """
    exported = SubjectRequestExported(case_id=request.id, sha256=sha256, missing_services=missing)
    is_last = request.state is RequestState.READY_FOR_REVIEW and request.round == round and not missing
    if not is_last or request.type not in ANSWERED_BY_PACKAGE:
        return replace(request, update_time=now), (exported,)
    done = replace(moved(request, Move.COMPLETE, now), complete_time=request.complete_time or now)
    if request.complete_time is not None:
        return done, (exported,)
    return done, (exported, SubjectRequestCompleted(case_id=request.id, type=request.type))


def needs_object(
    request: SubjectRequest, name: str, *, round: int, service: str, end: datetime | None, now: datetime
) -> bool:
    """Whether a package may still need the object `name`, which `service` wrote in `round`. end: of the downloads of
    the present round; None if there was none."""
    if (
        request.erased
        or request.state in ABANDONED
        or (request.type is RequestType.ERASURE and request.complete_time is not None)
    ):
        return False
    if request.state is RequestState.COMPLETED and end is not None and end <= now:
        return False
    if round == request.round and service in request.missing_services:
        return True  # its answer is on the way
    return any(name == one.object_name for one in latest_answers(request))
