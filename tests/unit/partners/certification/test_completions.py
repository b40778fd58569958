"""A completion counts up to its last day, is announced before it ends, and moves only as its table allows."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from libs.errors import Duplicate, WrongState
from libs.person import Person
from libs.rights import LAST_DAYS_KEPT, CertifiedTrack, GateFacts, Right, certified, missing_for
from services.partners.certification.domain.certificates import certified_tracks, explain
from services.partners.certification.domain.completions import (
    COMPLETIONS_PER_CONTACT,
    LAST_DAY_ACCEPTED,
    WARNING_DAYS,
    Completion,
    TooManyCompletions,
    day_violations,
    due_on,
    fall_due,
    last_day_of,
    lose_person,
    record,
    revoke,
)
from services.partners.certification.domain.states import CompletionState
from services.partners.certification.domain.tracks import (
    CATALOGUE,
    GATES_AT_MOST,
    TRACKS_AT_MOST,
    CatalogueFull,
    CatalogueTotals,
    Course,
    Gate,
    Track,
    course_violations,
    created,
    with_gate,
)
from tests.builders import NOW, an_id

TODAY = NOW.date()
DAY = timedelta(days=1)
VALID, EXPIRED = CompletionState.VALID, CompletionState.EXPIRED
BASE = Course(code="BASE", valid_months=24)
TRACK = Track(id=an_id("trk"), code="FW", courses=(BASE, Course(code="LAB")), create_time=NOW, update_time=NOW)


def a_completion(number: int = 1, **fields: Any) -> Completion:
    """The base course, completed today and without end."""
    completion = Completion(
        id=an_id("cmp", number),
        partner_id=an_id("ptn"),
        contact_id=an_id("con"),
        holder=Person(person_id=an_id("psn")),
        track="FW",
        course="BASE",
        completed_on=TODAY,
        create_time=NOW,
        update_time=NOW,
    )
    completion = replace(completion, **fields)
    return replace(completion, act_on=due_on(completion))


def _moves(completion: Completion) -> dict[str, CompletionState | None]:
    """Where each move leads; None: refused, or nothing happens."""
    try:
        revoked: CompletionState | None = revoke(completion, now=NOW)[0].state
    except WrongState:
        revoked = None
    late = fall_due(completion, today=completion.ends + DAY, now=NOW)
    erased = fall_due(replace(completion, holder=Person()), today=TODAY, now=NOW)
    renewed = record(
        replace(completion, id=an_id("cmp", 2), state=VALID, last_day=None),
        [replace(completion, completed_on=TODAY - DAY)],
        today=TODAY,
        now=NOW,
    )[1]
    return {
        "revoke": revoked,
        "expire": late[0].state if late else None,
        "erase": erased[0].state if erased else None,
        "renew": renewed[0].state if renewed else None,
    }


def test_only_a_valid_completion_moves() -> None:
    after = {state: _moves(a_completion(state=state, last_day=TODAY)) for state in CompletionState}
    still = dict.fromkeys(("revoke", "expire", "erase", "renew"))
    assert after == {
        VALID: {
            "revoke": CompletionState.REVOKED,
            "expire": EXPIRED,
            "erase": CompletionState.PERSON_GONE,
            "renew": CompletionState.RENEWED,
        },
        **{state: still for state in CompletionState if state is not VALID},
    }


@given(length=st.integers(0, 200), begins=st.integers(-300, 0), steps=st.lists(st.integers(1, 40), max_size=40))
def test_each_warning_comes_once_on_its_day_or_late_and_then_the_end(
    length: int, begins: int, steps: list[int]
) -> None:
    """Against an oracle that looks at the days alone: a process runs on some of them."""
    first = TODAY + timedelta(days=begins)
    last = first + timedelta(days=length)
    completion = a_completion(completed_on=first, last_day=last)
    given_days, ended, today = [], None, first
    expected, seen = [], 999
    for step in [0, *steps]:
        today += timedelta(days=step)
        while (moved := fall_due(completion, today=today, now=NOW)) is not None:
            completion = moved[0]
            if completion.state is VALID:
                given_days.append((today, completion.warned_days))
            else:
                ended = today
        left = (last - today).days
        reached = min((days for days in WARNING_DAYS if left <= days), default=999)
        if left >= 0 and reached < seen:
            expected.append((today, reached))
            seen = reached
        if left < 0 and completion.state is not EXPIRED:
            pytest.fail("it should have ended")
    assert given_days == expected
    assert (ended is not None) == (today > last) == (completion.state is EXPIRED)


def test_the_longer_of_two_completions_of_a_course_counts() -> None:
    held = a_completion(1, completed_on=TODAY - 9 * DAY, last_day=TODAY + 9 * DAY)
    cases = {
        "longer": (a_completion(2, last_day=TODAY + 10 * DAY), VALID, [held.id]),
        "equal": (a_completion(2, last_day=TODAY + 9 * DAY), VALID, [held.id]),
        "endless": (a_completion(2), VALID, [held.id]),
        "shorter": (a_completion(2, last_day=TODAY + 8 * DAY), CompletionState.RENEWED, []),
        "today": (a_completion(2, last_day=TODAY), CompletionState.RENEWED, []),
        "over": (a_completion(2, completed_on=TODAY - 2 * DAY, last_day=TODAY - DAY), EXPIRED, []),
        "other course": (a_completion(2, course="LAB", last_day=TODAY), VALID, []),
        "other track": (a_completion(2, track="SW", last_day=TODAY), VALID, []),
    }
    for name, (one, state, renewed) in cases.items():
        after, changed = record(one, [held], today=TODAY, now=NOW)
        assert (name, after.state, [other.id for other in changed]) == (name, state, renewed)


def test_a_completion_is_recorded_once_unless_it_was_revoked() -> None:
    held = a_completion(1, last_day=TODAY)
    for state in CompletionState:
        again = a_completion(2)
        if state in (CompletionState.REVOKED, CompletionState.PERSON_GONE):
            assert record(again, [replace(held, state=state)], today=TODAY, now=NOW)[0].state is VALID
            continue
        newer = a_completion(3, completed_on=TODAY - DAY)  # what renewed the one of that day
        with pytest.raises(Duplicate):
            record(again, [replace(held, state=state), newer], today=TODAY, now=NOW)
    with pytest.raises(TooManyCompletions):
        record(a_completion(2, course="LAB"), [held] * COMPLETIONS_PER_CONTACT, today=TODAY, now=NOW)


def test_a_completion_is_recorded_again_after_what_renewed_it_was_revoked() -> None:
    held = replace(a_completion(1, last_day=TODAY + DAY), state=CompletionState.RENEWED)
    mistaken = replace(a_completion(2, completed_on=TODAY - DAY), state=CompletionState.REVOKED)
    again = a_completion(3, last_day=TODAY + DAY)
    assert record(again, [held, mistaken], today=TODAY, now=NOW)[0].state is VALID
    with pytest.raises(Duplicate):
        record(again, [held, mistaken], today=TODAY + 2 * DAY, now=NOW)


def test_whoever_is_gone_is_named_no_more() -> None:
    for state in CompletionState:
        left, event = lose_person(a_completion(state=state, last_day=TODAY), now=NOW)
        gone = state is VALID
        assert (left.holder, left.orphaned, event is not None) == (Person(), True, gone)
        assert left.state is (CompletionState.PERSON_GONE if gone else state)


def test_every_wrong_day_is_named() -> None:
    found = day_violations(TODAY + DAY, LAST_DAY_ACCEPTED + DAY, today=TODAY)
    assert [(one.field, one.reason) for one in found] == [
        ("completed_on", "IN_THE_FUTURE"),
        ("last_day", "OUT_OF_RANGE"),
    ]
    found = day_violations(date(1900, 1, 1), date(1899, 1, 1), today=TODAY)
    assert [one.reason for one in found] == ["OUT_OF_RANGE", "DATES_OUT_OF_ORDER"]
    assert not [*day_violations(TODAY, TODAY, today=TODAY)]


def test_a_course_counts_for_calendar_months() -> None:
    assert last_day_of(Course(code="A", valid_months=1), date(2024, 1, 31)) == date(2024, 2, 29)
    assert last_day_of(Course(code="A"), TODAY) is None


COURSES = ("BASE", "LAB")


@given(
    st.lists(
        st.tuples(
            st.sampled_from("abc"), st.sampled_from(COURSES), st.integers(-3, 9), st.sampled_from(CompletionState)
        ),
        max_size=12,
    ),
    st.integers(-3, 9),
    st.integers(0, 3),
)
def test_a_person_is_certified_on_the_days_on_which_every_course_counts(
    rows: list[tuple[str, str, int, CompletionState]], on: int, needed: int
) -> None:
    """Against an oracle that asks for each person and course whether anything counts on the day."""
    completions = [
        a_completion(number, contact_id=who, course=course, last_day=TODAY + left * DAY, state=state)
        for number, (who, course, left, state) in enumerate(rows)
    ]
    day = TODAY + on * DAY
    counting = {(who, course) for who, course, left, state in rows if state is VALID and left >= on}
    expected = sum(all((who, course) in counting for course in COURSES) for who in "abc")
    tracks = certified_tracks(completions, {"FW": TRACK})
    assert certified(tracks, "FW", on=day) == expected
    gate = GateFacts(
        id=an_id("gat"), facts_version=1, right=Right.ORDERING, product_line="", track="FW", persons=needed
    )
    lacking = missing_for([gate], tracks, Right.ORDERING, product_lines=frozenset({"X"}), on=day)
    assert bool(lacking) is (expected < needed)
    assert not missing_for([gate], tracks, Right.REGISTERING, product_lines=frozenset({"X"}), on=day)
    stated = explain(tracks, [_gate(needed)], today=day).gates
    assert [(one.certified, one.missing) for one in stated] == (
        [(expected, max(0, needed - expected))] if needed else []
    )
    for one in stated:
        if one.last_day is not None:
            assert certified(tracks, "FW", on=one.last_day) >= needed > certified(tracks, "FW", on=one.last_day + DAY)


def _gate(persons: int) -> Gate:
    return Gate(id=an_id("gat"), right=Right.ORDERING, track="FW", persons=persons, create_time=NOW, update_time=NOW)


def test_a_gate_speaks_of_its_own_product_line_or_of_all() -> None:
    gates = [
        GateFacts(id=line, facts_version=1, right=Right.REGISTERING, product_line=line, track="FW", persons=2)
        for line in ("", "ROUTERS", "PUMPS")
    ]
    held = [CertifiedTrack(track="FW", last_days=(TODAY,))]
    lines = frozenset({"ROUTERS", "SWITCHES"})
    found = missing_for(gates, held, Right.REGISTERING, product_lines=lines, on=TODAY)
    assert [(one.product_line, one.needed, one.certified) for one in found] == [("", 2, 1), ("ROUTERS", 2, 1)]


def test_the_latest_last_days_are_kept() -> None:
    many = [
        a_completion(n, contact_id=str(n), course=course, last_day=TODAY + n * DAY)
        for n in range(LAST_DAYS_KEPT + 9)
        for course in COURSES
    ]
    [track] = certified_tracks(many, {"FW": TRACK})
    assert track.last_days == tuple(TODAY + n * DAY for n in range(LAST_DAYS_KEPT + 8, 8, -1))


def test_the_catalogue_has_a_limit_and_each_course_once() -> None:
    full = CatalogueTotals(id=CATALOGUE, tracks=TRACKS_AT_MOST, gates=GATES_AT_MOST)
    with pytest.raises(CatalogueFull):
        created(TRACK, full)
    with pytest.raises(CatalogueFull):
        with_gate(full)
    twice = course_violations([BASE, Course(code="LAB"), BASE])
    assert [(one.field, one.reason) for one in twice] == [("courses[2].code", "DUPLICATE_COURSE")]
