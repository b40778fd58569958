"""A search in rounds: whatever the order of the answers, it ends the same, and never without everybody."""

from collections.abc import Iterable, Mapping
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.errors import WrongState
from libs.store.codec import encode
from libs.store.port import BYTES_PER_DOCUMENT
from services.compliance.requests.domain.request import (
    ALIASES_AT_MOST,
    ROUNDS_AT_MOST,
    SERVICES,
    ServiceAnswer,
    SubjectRequest,
)
from services.compliance.requests.domain.search import RoundOpened, open_last_pass, receive_answer
from services.compliance.requests.domain.states import RequestState
from services.compliance.requests.events import SubjectRequestPrepared
from tests.builders import NOW
from tests.unit.compliance.asked import CASE, a_request, an_answer


def _told(request: SubjectRequest, round: int, found: Mapping[str, Iterable[str]]) -> list[ServiceAnswer]:
    """What every service answers to a round: what it was asked for, and what only it knows."""
    return [an_answer(one, round, tuple(sorted({*request.alias_hashes, *found.get(one, "")}))) for one in SERVICES]


def _played(request: SubjectRequest, answers: list[ServiceAnswer]) -> tuple[SubjectRequest, list[object]]:
    told: list[object] = []
    for one in answers:
        request, events = receive_answer(request, one, now=NOW)
        told += events
    return request, told


def test_without_anything_new_one_round_is_enough() -> None:
    done, told = _played(a_request(), [an_answer(one, rows=2) for one in SERVICES])
    assert (done.state, done.round, done.missing_services, done.ready_time) == (
        RequestState.READY_FOR_REVIEW,
        1,
        (),
        NOW,
    )
    assert told == [SubjectRequestPrepared(case_id=CASE, rounds=1, row_count=10)]


def test_what_one_service_finds_is_looked_for_in_all_the_others() -> None:
    request, told = _played(a_request(), _told(a_request(), 1, {"tickets": "b"}))
    assert (request.round, request.missing_services, request.alias_hashes) == (2, SERVICES, ("a", "b"))
    assert told == [RoundOpened()]
    done, told = _played(request, _told(request, 2, {}))
    assert (done.state, done.round) == (RequestState.READY_FOR_REVIEW, 2)
    assert told == [SubjectRequestPrepared(case_id=CASE, rounds=2, row_count=5)]


def test_the_search_goes_on_until_nothing_new_is_found() -> None:
    request = a_request()
    for number, fresh in enumerate("bcdefgh", start=1):
        request, _ = _played(request, _told(request, number, {"deals": fresh}))
    done, _ = _played(request, _told(request, 8, {}))
    assert (done.round, done.state, done.alias_hashes) == (8, RequestState.READY_FOR_REVIEW, tuple("abcdefgh"))
    assert (done.unsearched_hashes, done.search_stopped) == ((), "")


def test_a_search_that_the_bound_ends_knows_what_it_did_not_look_for() -> None:
    request = a_request()
    for number in range(1, ROUNDS_AT_MOST + 1):
        request, _ = _played(request, _told(request, number, {"deals": (f"b{number:02}",)}))
    searched = ("a", *(f"b{number:02}" for number in range(1, ROUNDS_AT_MOST)))
    assert (request.round, request.state) == (ROUNDS_AT_MOST, RequestState.READY_FOR_REVIEW)
    assert (request.alias_hashes, request.unsearched_hashes) == (searched, (f"b{ROUNDS_AT_MOST}",))
    assert request.search_stopped == f"the search was stopped after {ROUNDS_AT_MOST} rounds"


def test_a_search_that_would_take_in_half_the_world_is_stopped_and_says_so() -> None:
    fresh = tuple(f"b{number:05}" for number in range(ALIASES_AT_MOST))
    answers = [an_answer(one, hashes=("a", *fresh) if one == "deals" else ("a",)) for one in SERVICES]
    done, _ = _played(a_request(), answers)
    assert (done.round, done.state) == (1, RequestState.READY_FOR_REVIEW)
    assert (done.alias_hashes, done.unsearched_hashes) == (("a",), fresh)
    assert done.search_stopped == f"the search was stopped at {ALIASES_AT_MOST} aliases"


@given(
    orders=st.lists(st.permutations(SERVICES), min_size=3, max_size=3),
    found=st.lists(st.dictionaries(st.sampled_from(SERVICES), st.sampled_from("abcdef")), min_size=3, max_size=3),
    data=st.data(),
)
def test_neither_order_nor_repetition_of_answers_changes_the_end(
    orders: list[list[str]], found: list[dict[str, str]], data: st.DataObject
) -> None:
    request = straight = a_request()
    said: list[ServiceAnswer] = []
    for number in range(1, ROUNDS_AT_MOST + 1):
        if straight.state is not RequestState.IN_PROGRESS:
            break
        fresh = found[number - 1] if number <= len(found) else {}
        answers = {one.service: one for one in _told(straight, number, fresh)}
        straight, told = _played(straight, list(answers.values()))
        heard: list[object] = []
        for service in orders[number % len(orders)]:
            again = data.draw(st.lists(st.sampled_from(said), max_size=3)) if said else []
            request, events = _played(request, [*again, answers[service]])
            said.append(answers[service])
            heard += events
        assert heard == told
        assert (request.round, request.state, request.alias_hashes, request.present_answers) == (
            straight.round,
            straight.state,
            straight.alias_hashes,
            straight.present_answers,
        )
    assert straight.state is RequestState.READY_FOR_REVIEW


@pytest.mark.parametrize(
    "other", [an_answer("deals", 2), an_answer("deals", 0), an_answer("deals", rows=9), an_answer("strangers")]
)
def test_answers_to_other_rounds_second_ones_and_those_of_strangers_change_nothing(other: ServiceAnswer) -> None:
    request, _ = receive_answer(a_request(), an_answer("deals"), now=NOW)
    same, events = receive_answer(request, other, now=NOW)
    assert same is request
    assert events == ()


@pytest.mark.parametrize("round", [1, 2])
def test_a_request_fits_into_a_row_whatever_its_services_find(round: int) -> None:
    known = tuple(f"{number:032x}" for number in range(ALIASES_AT_MOST if round > 1 else 20))
    request = a_request(round=round, alias_hashes=known)
    for place, service in enumerate(SERVICES, 1):
        found = tuple(f"{place:08x}{number:024x}" for number in range(4 * ALIASES_AT_MOST))
        request, _ = receive_answer(request, an_answer(service, round, (*known, *found)), now=NOW)
        assert len(encode(request)) < BYTES_PER_DOCUMENT * 0.95
    assert request.state is RequestState.READY_FOR_REVIEW
    assert request.search_stopped


def test_a_fresh_alias_stands_once_however_many_services_found_it() -> None:
    request, _ = _played(a_request(), [an_answer(one, 1, ("a", "b")) for one in SERVICES])
    assert [one.alias_hashes for one in request.answers if one.round == 1] == [("b",), (), (), (), ()]
    assert request.alias_hashes == ("a", "b")


LATER = NOW + timedelta(minutes=1)


def _ready() -> SubjectRequest:
    return _played(a_request(), [an_answer(one) for one in SERVICES])[0]


def test_a_last_pass_asks_everybody_again_and_the_package_is_of_its_answers() -> None:
    again, told = open_last_pass(_ready(), now=LATER)
    assert (again.state, again.round, again.missing_services) == (RequestState.IN_PROGRESS, 2, SERVICES)
    assert told == (RoundOpened(),)
    done, _ = _played(again, [*(an_answer(one) for one in SERVICES), *(an_answer(one, 2, rows=3) for one in SERVICES)])
    assert (done.state, done.complete_until) == (RequestState.READY_FOR_REVIEW, LATER)
    assert {one.counts[0].rows for one in done.present_answers} == {3}


def test_passes_replace_each_other_and_use_up_no_rounds_of_the_search() -> None:
    request = _ready()
    for number in range(2, 2 * ROUNDS_AT_MOST):
        request, _ = open_last_pass(request, now=LATER)
        request, _ = _played(request, [an_answer(one, number) for one in SERVICES])
    assert len(request.answers) == 2 * len(SERVICES)
    request, _ = open_last_pass(request, now=LATER)
    searching, _ = _played(request, _told(request, request.round, {"tickets": "b"}))
    assert (searching.state, searching.alias_hashes, searching.last_pass) == (
        RequestState.IN_PROGRESS,
        ("a", "b"),
        False,
    )


@pytest.mark.parametrize("state", [one for one in RequestState if one is not RequestState.READY_FOR_REVIEW])
def test_only_a_search_that_came_to_its_end_has_a_last_pass(state: RequestState) -> None:
    with pytest.raises(WrongState):
        open_last_pass(a_request(state=state), now=LATER)
