"""The search for a person: rounds that ask every service, until no answer contains a new alias.

The last answer of a round ends the search or opens the next round. The request is ready only after every service has
answered. A last pass asks every service once more, because a service goes on writing after it has answered.
"""

from collections.abc import Set
from datetime import datetime

import msgspec
from msgspec.structs import replace

from libs.errors import AppError, Code
from services.compliance.requests.domain.moves import MOVES, OPEN, Move, moved
from services.compliance.requests.domain.request import (
    ALIASES_AT_MOST,
    ROUNDS_AT_MOST,
    SERVICES,
    Intake,
    ServiceAnswer,
    SubjectRequest,
)
from services.compliance.requests.domain.states import NOT_SEARCHED, RequestState
from services.compliance.requests.events import SubjectRequestPrepared, SubjectRequestReceived


class AnswerForged(AppError):
    """An answer does not come from the service that it names, or not to the question that was asked. It is dropped, and
    the search still waits for that service."""

    code, reason = Code.PERMISSION_DENIED, "ANSWER_FORGED"

    def __init__(self, id: str, service: str, sender: str) -> None:
        super().__init__(
            f"{id}: the answer in the name of {service} that {sender} sent is not signed by a service of this cell "
            "for this question",
            id=id,
            service=service,
            sender=sender,
        )


SEARCHING = MOVES[Move.PREPARE].sources
SEARCHED = MOVES[Move.SEARCH_AGAIN].sources

Events = tuple[msgspec.Struct, ...]


class RoundOpened(msgspec.Struct, frozen=True):
    """The request is in a new round, in which every service is to be asked. It stands among the events of a transition
    and is none itself: `requests.reads.ask` puts the event that names the hashes in its place."""


def receive_request(
    intake: Intake, *, id: str, alias_hashes: tuple[str, ...], possible_hashes: tuple[str, ...], now: datetime
) -> tuple[SubjectRequest, Events]:
    """A new request and its event. RECEIVED until its search begins; READY_FOR_REVIEW if its type needs no search."""
    searched = intake.type not in NOT_SEARCHED
    request = SubjectRequest(
        id=id,
        type=intake.type,
        regime=intake.regime,
        country=intake.country,
        channel=intake.channel,
        state=RequestState.RECEIVED if searched else RequestState.READY_FOR_REVIEW,
        subject=intake.subject,
        aliases=intake.aliases,
        alias_hashes=alias_hashes,
        possible_hashes=possible_hashes,
        identity_proof=intake.identity_proof,
        about_case_id=intake.about_case_id,
        duplicate_of_case_id=intake.duplicate_of_case_id,
        round=0,
        services=(),
        missing_services=(),
        receive_time=intake.receive_time,
        ready_time=None if searched else now,
        create_time=now,
        update_time=now,
    )
    received = SubjectRequestReceived(
        case_id=id,
        type=request.type,
        duplicate_of_case_id=intake.duplicate_of_case_id,
        about_case_id=request.about_case_id,
    )
    return request, (received,)


def begin_search(request: SubjectRequest, *, now: datetime) -> tuple[SubjectRequest, Events]:
    """The request in its first round, which asks every service for its hashes, and RoundOpened.
    WrongState unless it waits for that."""
    begun = _next_round(moved(request, Move.BEGIN, now), request.alias_hashes, now=now)
    return begun, (RoundOpened(),)


def open_last_pass(request: SubjectRequest, *, now: datetime) -> tuple[SubjectRequest, Events]:
    """The request in a new round that asks every service again for the same aliases, and RoundOpened. The
    answers of an earlier last pass are dropped. WrongState unless the search has ended."""
    searching = moved(request, Move.SEARCH_AGAIN, now)
    kept = tuple(one for one in request.answers if not request.last_pass or one.round != request.round)
    again = replace(_next_round(searching, request.alias_hashes, now=now), answers=kept, last_pass=True)
    again = replace(again, passes=request.passes + 1, ready_time=None)
    return again, (RoundOpened(),)


def awaits(request: SubjectRequest, service: str, round: int) -> bool:
    """Whether the search waits for the answer of the service to this round."""
    state = request.held_state or request.state
    return state in SEARCHING and round == request.round and service in request.missing_services


def needs_hashes(request: SubjectRequest, name: str, *, round: int, answered_by: str = "") -> bool:
    """Whether the search may still need the object `name` with hashes: of the question of a round, or of the answer of
    a service to it. That of a round that is not open yet is needed: the commit that opens the round is on its way."""
    if request.erased or request.state not in OPEN | {RequestState.COMPLETED}:
        return False
    if round > request.round:
        return True
    if answered_by:
        return awaits(request, answered_by, round)
    return name == request.object_name and any(awaits(request, one, round) for one in request.missing_services)


def receive_answer(request: SubjectRequest, answer: ServiceAnswer, *, now: datetime) -> tuple[SubjectRequest, Events]:
    """The request with a service's answer, and the events. The last answer of a round ends the search, or opens the
    next round if the round found new aliases and no limit is reached. An answer to another round, or a second answer of
    a service, changes nothing: then the same object is returned. A request on hold goes on searching and stays on
    hold."""
    if (held := request.held_state) is not None:
        working, events = receive_answer(replace(request, state=held, held_state=None), answer, now=now)
        if not events and working.answers == request.answers:
            return request, ()
        return replace(working, state=request.state, held_state=working.state), events
    if not awaits(request, answer.service, answer.round):
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
        return again, (RoundOpened(),)
    ready = replace(moved(answered, Move.PREPARE, now), ready_time=now)
    rows = sum(count.rows for a in ready.present_answers for count in a.counts)
    return ready, (SubjectRequestPrepared(case_id=ready.id, rounds=ready.round, row_count=rows),)


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
        object_name="",
        last_pass=False,
        alias_hashes=hashes,
        services=SERVICES,
        missing_services=SERVICES,
        update_time=now,
    )
