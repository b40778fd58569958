"""A request of a data subject: searched in rounds until nothing new turns up, by every service or not at all."""

from collections.abc import Set
from datetime import datetime, timedelta
from enum import Enum

import msgspec
from msgspec.structs import replace

from libs.document import Document
from libs.errors import AppError, Code, Violation, require_state
from libs.person import Person
from services.compliance.domain.events import (
    SubjectRequestCompleted,
    SubjectRequestExported,
    SubjectRequestOpened,
    SubjectRequestPrepared,
)
from services.compliance.domain.kinds import (
    BUILT,
    DenialReason,
    IdentityProof,
    Regime,
    RequestChannel,
    RequestState,
    RequestType,
)

# What ends a search among aliases that many persons share; its result says that it was stopped.
ROUNDS_AT_MOST = 20
ALIASES_AT_MOST = 5_000
SERVICES = ("compliance", "deals", "orders", "partners", "tickets")

# How long a package can be taken again, in case what was taken did not arrive.
TAKEN_AGAIN = timedelta(days=1)

MAY_ANSWER = frozenset({RequestState.IN_PROGRESS})
MAY_EXPORT = frozenset({RequestState.READY_FOR_REVIEW, RequestState.COMPLETED})

Events = tuple[msgspec.Struct, ...]


class AliasField(Enum):
    """What a person can be looked up by."""

    EMAIL = "EMAIL"
    PHONE = "PHONE"
    PERSON_ID = "PERSON_ID"


class SubjectAlias(msgspec.Struct, frozen=True, kw_only=True):
    """Something a person can be found by."""

    field: AliasField
    value: str

    def __repr__(self) -> str:
        return f"SubjectAlias({self.field.name})"


class KindCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many rows of a kind a service found."""

    kind: str
    rows: int


class ServiceAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What one service found in one round, and where it lies sealed. alias_hashes: those it was not asked for."""

    service: str
    round: int
    counts: tuple[KindCount, ...]
    alias_hashes: tuple[str, ...]
    object_name: str
    sha256: str
    signature: str
    answer_time: datetime


class SubjectRequest(Document, frozen=True, kw_only=True):
    """What a person asks about the data held on them. alias_hashes, services: what the present round asks, and whom."""

    type: RequestType
    regime: Regime
    country: str
    channel: RequestChannel
    state: RequestState = RequestState.IN_PROGRESS
    subject: Person | None = None
    aliases: tuple[SubjectAlias, ...] = ()
    alias_hashes: tuple[str, ...]
    identity_proof: IdentityProof
    denial_reason: DenialReason | None = None
    round: int = 1
    services: tuple[str, ...] = SERVICES
    answers: tuple[ServiceAnswer, ...] = ()
    missing_services: tuple[str, ...] = SERVICES
    receive_time: datetime
    ready_time: datetime | None = None
    complete_time: datetime | None = None
    create_time: datetime
    update_time: datetime

    @property
    def present_answers(self) -> tuple[ServiceAnswer, ...]:
        """The answers of the present round, by service; each covers every alias known by then."""
        return tuple(sorted((a for a in self.answers if a.round == self.round), key=lambda a: a.service))

    @property
    def unsearched_hashes(self) -> tuple[str, ...]:
        """What the answers of the present round found and no service was asked for."""
        found = {one for answer in self.present_answers for one in answer.alias_hashes}
        return tuple(sorted(found.difference(self.alias_hashes)))

    @property
    def search_stopped(self) -> str:
        """Why there are `unsearched_hashes` after the last round; empty if nothing was left to look for."""
        if not self.unsearched_hashes:
            return ""
        if self.round < ROUNDS_AT_MOST:
            return f"the search was stopped at {ALIASES_AT_MOST} aliases"
        return f"the search was stopped after {ROUNDS_AT_MOST} rounds"


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


def type_violations(type: RequestType) -> list[Violation]:
    """TYPE_NOT_BUILT for what cannot be fulfilled here: it would end COMPLETED with nothing done."""
    if type in BUILT:
        return []
    names = ", ".join(sorted(one.name for one in BUILT))
    return [Violation("type", f"{type.name} is not built: only {names} can be fulfilled here", "TYPE_NOT_BUILT")]


def opened(request: SubjectRequest) -> SubjectRequestOpened:
    """What every service is asked in the present round."""
    return SubjectRequestOpened(
        case_id=request.id, type=request.type, round=request.round, alias_hashes=request.alias_hashes
    )


def answer(request: SubjectRequest, found: ServiceAnswer, *, now: datetime) -> tuple[SubjectRequest, Events]:
    """The request with a service's answer. The last one of a round ends the search, or begins the next round if it
    brought new aliases, within the bounds. An answer to another round, or a second one to this, changes nothing."""
    if request.state not in MAY_ANSWER or found.round != request.round:
        return request, ()
    if found.service not in request.missing_services:
        return request, ()
    missing = tuple(name for name in request.missing_services if name != found.service)
    fresh = _fresh(found, {*request.alias_hashes})
    answers = (*request.answers, replace(found, alias_hashes=fresh))
    answered = replace(request, answers=answers, missing_services=missing, update_time=now)
    if missing:
        return answered, ()
    answered = _once_each(answered)
    if answered.unsearched_hashes and _may_go_on(answered):
        again = _next_round(answered)
        return again, (opened(again),)
    ready = replace(answered, state=RequestState.READY_FOR_REVIEW, ready_time=now)
    rows = sum(count.rows for a in ready.present_answers for count in a.counts)
    return ready, (SubjectRequestPrepared(case_id=ready.id, rounds=ready.round, row_count=rows),)


def _fresh(found: ServiceAnswer, known: Set[str]) -> tuple[str, ...]:
    """What an answer adds to the aliases, with one more than can be searched at most: a request must fit into a row."""
    return tuple(sorted({*found.alias_hashes} - known))[: max(ALIASES_AT_MOST + 1 - len(known), 0)]


def _once_each(request: SubjectRequest) -> SubjectRequest:
    """Each fresh alias with the first service that found it."""
    known: set[str] = set()
    kept = [one for one in request.answers if one.round != request.round]
    for found in request.present_answers:
        kept.append(replace(found, alias_hashes=tuple(one for one in found.alias_hashes if one not in known)))
        known.update(found.alias_hashes)
    return replace(request, answers=tuple(kept))


def _may_go_on(request: SubjectRequest) -> bool:
    aliases = len(request.alias_hashes) + len(request.unsearched_hashes)
    return request.round < ROUNDS_AT_MOST and aliases <= ALIASES_AT_MOST


def _next_round(request: SubjectRequest) -> SubjectRequest:
    known = tuple(sorted((*request.alias_hashes, *request.unsearched_hashes)))
    return replace(request, round=request.round + 1, alias_hashes=known, services=SERVICES, missing_services=SERVICES)


def require_whole(request: SubjectRequest) -> None:
    """ExportIncomplete, naming who is missing; WrongState for a request that was never searched to the end."""
    if request.state in MAY_ANSWER:
        raise ExportIncomplete(request.id, request.missing_services)
    require_state("subject_request", request.id, request.state, action="export", allowed=MAY_EXPORT)


def needs(request: SubjectRequest, name: str, *, round: int, service: str, now: datetime) -> bool:
    """Whether an object that a service handed over in a round can still become part of the package."""
    if request.complete_time is not None and request.complete_time + TAKEN_AGAIN <= now:
        return False
    if round == request.round and service in request.missing_services:
        return True  # its answer is on the way
    return any(name == one.object_name for one in request.present_answers)


def exported(request: SubjectRequest, sha256: str, *, now: datetime) -> tuple[SubjectRequest, Events]:
    """The request, its package taken; the first time completes it, unless the package is not all that was asked for."""
    taken = SubjectRequestExported(case_id=request.id, sha256=sha256)
    if request.state is RequestState.COMPLETED or request.type not in BUILT:
        return replace(request, update_time=now), (taken,)
    done = replace(request, state=RequestState.COMPLETED, complete_time=now, update_time=now)
    return done, (taken, SubjectRequestCompleted(case_id=request.id, type=request.type))
