"""The moves of a request as a table: each is allowed in its states and refused in every other."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.errors import WrongState
from services.compliance.requests.domain.moves import MOVES, OPEN, Move, moved
from services.compliance.requests.domain.request import SERVICES, SubjectRequest
from services.compliance.requests.domain.search import receive_answer
from services.compliance.requests.domain.states import RequestState
from tests.builders import NOW
from tests.unit.compliance.asked import a_request, an_answer

S, LATER = RequestState, NOW + timedelta(hours=1)
ENDED = {S.COMPLETED, S.PARTIALLY_COMPLETED, S.DENIED, S.WITHDRAWN, S.EXPIRED}

# From each state: what leads where. What is not here is refused.
ALLOWED = {
    S.RECEIVED: {
        Move.CHECK_IDENTITY: S.VERIFYING_IDENTITY,
        Move.BEGIN: S.IN_PROGRESS,
        Move.PAUSE: S.ON_HOLD,
        Move.DENY: S.DENIED,
        Move.WITHDRAW: S.WITHDRAWN,
        Move.EXPIRE: S.EXPIRED,
    },
    S.VERIFYING_IDENTITY: {
        Move.CHECK_IDENTITY: S.VERIFYING_IDENTITY,
        Move.BEGIN: S.IN_PROGRESS,
        Move.PAUSE: S.ON_HOLD,
        Move.DENY: S.DENIED,
        Move.WITHDRAW: S.WITHDRAWN,
        Move.EXPIRE: S.EXPIRED,
    },
    S.IN_PROGRESS: {
        Move.PREPARE: S.READY_FOR_REVIEW,
        Move.PAUSE: S.ON_HOLD,
        Move.DENY: S.DENIED,
        Move.WITHDRAW: S.WITHDRAWN,
    },
    S.READY_FOR_REVIEW: {
        Move.SEARCH_AGAIN: S.IN_PROGRESS,
        Move.COMPLETE: S.COMPLETED,
        Move.COMPLETE_PARTLY: S.PARTIALLY_COMPLETED,
        Move.PAUSE: S.ON_HOLD,
        Move.DENY: S.DENIED,
        Move.WITHDRAW: S.WITHDRAWN,
    },
    S.COMPLETED: {Move.REOPEN: S.READY_FOR_REVIEW},
    S.ON_HOLD: {Move.RESUME: S.IN_PROGRESS, Move.DENY: S.DENIED, Move.WITHDRAW: S.WITHDRAWN},
}


@pytest.mark.parametrize("state", S)
@pytest.mark.parametrize("move", Move)
def test_a_move_leads_where_the_table_says_or_is_refused(state: RequestState, move: Move) -> None:
    request = a_request(state=state, held_state=S.IN_PROGRESS if state is S.ON_HOLD else None)
    if (target := ALLOWED.get(state, {}).get(move)) is None:
        with pytest.raises(WrongState) as refused:
            moved(request, move, LATER)
        assert refused.value.metadata["state"] == state.name
        return
    after = moved(request, move, LATER)
    assert (after.state, after.update_time) == (target, LATER)
    assert after.held_state is (state if move is Move.PAUSE else None)


def test_every_state_is_reached_and_every_open_one_can_end() -> None:
    targets = {target for ways in ALLOWED.values() for target in ways.values()}
    assert targets | {S.RECEIVED} == set(S)
    assert set(ALLOWED) - {S.COMPLETED} == OPEN == set(S) - ENDED
    assert set(MOVES) == set(Move)


@given(st.lists(st.sampled_from(Move), max_size=12))
def test_what_has_ended_stays_so_but_for_a_package_that_is_made_anew(moves: list[Move]) -> None:
    request = a_request(state=S.RECEIVED)
    for move in moves:
        before = request
        try:
            request = moved(request, move, LATER)
        except WrongState:
            continue
        assert before.state not in ENDED or (before.state, move) == (S.COMPLETED, Move.REOPEN)
        assert (request.held_state is not None) == (request.state is S.ON_HOLD)


def test_a_search_goes_on_while_the_request_is_on_hold() -> None:
    paused = moved(a_request(), Move.PAUSE, NOW)
    request: SubjectRequest = paused
    told: list[object] = []
    for one in SERVICES:
        request, events = receive_answer(request, an_answer(one), now=LATER)
        told += events
        assert request.state is S.ON_HOLD
    assert [type(one).__name__ for one in told] == ["SubjectRequestPrepared"]
    assert receive_answer(request, an_answer("deals"), now=LATER) == (request, ())
    assert moved(request, Move.RESUME, LATER).state is S.READY_FOR_REVIEW


def test_an_answer_that_changes_nothing_returns_the_same_request_on_hold() -> None:
    paused = moved(a_request(), Move.PAUSE, NOW)
    assert receive_answer(paused, an_answer("deals", 7), now=LATER)[0] is paused


@pytest.mark.parametrize("state", sorted(ENDED, key=str))
def test_an_answer_to_what_has_ended_changes_nothing(state: RequestState) -> None:
    request = a_request(state=state)
    assert receive_answer(request, an_answer("deals"), now=LATER)[0] is request
