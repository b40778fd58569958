"""The search for a person: rounds that ask every service, until no answer contains a new alias.

The last answer of a round ends the search or opens the next round. The request is ready only after every service has
answered. A last pass asks every service once more, because a service goes on writing after it has answered.
"""

from collections.abc import Set
from datetime import datetime

import msgspec
from msgspec.structs import replace

from libs.errors import AppError, Code, require_state
from services.compliance.requests.domain.request import (
    ALIASES_AT_MOST,
    ROUNDS_AT_MOST,
    SERVICES,
    Intake,
    ServiceAnswer,
    SubjectRequest,
)
from services.compliance.requests.domain.states import RequestState
from services.compliance.requests.events import SubjectRequestOpened, SubjectRequestPrepared


class AnswerForged(AppError):
    """An answer does not come from the service that it names. It is dropped, and the search still waits for that
    service."""

    code, reason = Code.PERMISSION_DENIED, "ANSWER_FORGED"

    def __init__(self, id: str, service: str, sender: str) -> None:
        super().__init__(
            f"{id}: the answer in the name of {service} that {sender} sent is not signed by a service of this cell",
            id=id,
            service=service,
            sender=sender,
        )


SEARCHING = frozenset({RequestState.IN_PROGRESS})
SEARCHED = frozenset({RequestState.READY_FOR_REVIEW})

Events = tuple[msgspec.Struct, ...]


def open_request(
    intake: Intake, *, id: str, alias_hashes: tuple[str, ...], possible_hashes: tuple[str, ...], now: datetime
) -> tuple[SubjectRequest, Events]:
    """A new request in its first round, which asks every service for these hashes, and the event that opens the
    round."""
    request = SubjectRequest(
        id=id,
        type=intake.type,
        regime=intake.regime,
        country=intake.country,
        channel=intake.channel,
        subject=intake.subject,
        aliases=intake.aliases,
        alias_hashes=alias_hashes,
        possible_hashes=possible_hashes,
        identity_proof=intake.identity_proof,
        receive_time=intake.receive_time,
        round_open_time=now,
        create_time=now,
        update_time=now,
    )
    return request, (_round_opened(request),)


def open_last_pass(request: SubjectRequest, *, now: datetime) -> tuple[SubjectRequest, Events]:
    """The request in a new round that asks every service again for the same aliases, and the event that opens it. The
    answers of an earlier last pass are dropped. WrongState unless the search has ended."""
    require_state("subject_request", request.id, request.state, action="search again", allowed=SEARCHED)
    kept = tuple(one for one in request.answers if not request.last_pass or one.round != request.round)
    again = replace(_next_round(request, request.alias_hashes, now=now), answers=kept, last_pass=True)
    again = replace(again, passes=request.passes + 1, state=RequestState.IN_PROGRESS, ready_time=None)
    return again, (_round_opened(again),)


def receive_answer(request: SubjectRequest, answer: ServiceAnswer, *, now: datetime) -> tuple[SubjectRequest, Events]:
    """The request with a service's answer, and the events. The last answer of a round ends the search, or opens the
    next round if the round found new aliases and no limit is reached. An answer to another round, or a second answer of
    a service, changes nothing: then the same object is returned."""
    if request.state not in SEARCHING or answer.round != request.round:
        return request, ()
    if answer.service not in request.missing_services:
        return request, ()
    missing = tuple(name for name in request.missing_services if name != answer.service)
    new = _new_hashes(answer, {*request.alias_hashes})
    answers = (*request.answers, replace(answer, alias_hashes=new))
    answered = replace(request, answers=answers, missing_services=missing, update_time=now)
    if missing:
        return answered, ()
    answered = _without_repeated_hashes(answered)
    if answered.unsearched_hashes and _may_search_on(answered):
        known = tuple(sorted((*answered.alias_hashes, *answered.unsearched_hashes)))
        again = _next_round(answered, known, now=now)
        return again, (_round_opened(again),)
    ready = replace(answered, state=RequestState.READY_FOR_REVIEW, ready_time=now)
    rows = sum(count.rows for a in ready.present_answers for count in a.counts)
    return ready, (SubjectRequestPrepared(case_id=ready.id, rounds=ready.round, row_count=rows),)


def _round_opened(request: SubjectRequest) -> SubjectRequestOpened:
    return SubjectRequestOpened(
        case_id=request.id,
        type=request.type,
        round=request.round,
        alias_hashes=request.alias_hashes,
        possible_hashes=request.possible_hashes,
    )


def _new_hashes(answer: ServiceAnswer, known: Set[str]) -> tuple[str, ...]:
    """The hashes in an answer that are not known yet. They are cut at one more than can be searched, so that the
    request fits into a row and still shows that some were not searched."""
    return tuple(sorted({*answer.alias_hashes} - known))[: max(ALIASES_AT_MOST + 1 - len(known), 0)]


def _without_repeated_hashes(request: SubjectRequest) -> SubjectRequest:
    """The request with each new hash only in the first answer of the present round that has it, by service."""
    known: set[str] = set()
    kept = [one for one in request.answers if one.round != request.round]
    for answer in request.present_answers:
        kept.append(replace(answer, alias_hashes=tuple(one for one in answer.alias_hashes if one not in known)))
        known.update(answer.alias_hashes)
    return replace(request, answers=tuple(kept))


def _may_search_on(request: SubjectRequest) -> bool:
    aliases = len(request.alias_hashes) + len(request.unsearched_hashes)
    return request.search_rounds < ROUNDS_AT_MOST and aliases <= ALIASES_AT_MOST


def _next_round(request: SubjectRequest, hashes: tuple[str, ...], *, now: datetime) -> SubjectRequest:
    return replace(
        request,
        round=request.round + 1,
        round_open_time=now,
        last_pass=False,
        alias_hashes=hashes,
        services=SERVICES,
        missing_services=SERVICES,
        update_time=now,
    )
