"""Every move of a case against the table in the design, and a case's life against an oracle of points."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from libs.errors import InvalidInput, WrongState
from libs.money import Money
from libs.person import PersonalText
from services.partners.conduct.domain.appeals import (
    AlreadyAppealed,
    AppealTooLate,
    NoAppeal,
    OtherPersonRequired,
    appeal,
    judge,
)
from services.partners.conduct.domain.case import (
    Actor,
    CaseUnderAppeal,
    ConductCase,
    ConductEvidence,
    ConductStep,
    Deadlines,
    FineAboveCap,
    Ruling,
    Until,
    decide,
    escalate,
    fall_due,
    points_of,
    state,
)
from services.partners.conduct.domain.points import Decay, DecayRule, completed_months, points_left
from services.partners.conduct.domain.rules import ConductPoints, ConductTerms, terms_violations
from services.partners.conduct.domain.states import (
    LADDER,
    MOVES,
    ConductBasis,
    ConductEvidenceKind,
    ConductReason,
    ConductSource,
    ConductState,
)
from services.partners.conduct.events import ConductAppealExpired, ConductCaseFined, ConductCureMissed
from tests.builders import NOW, an_id

State = ConductState
DAY = timedelta(days=1)
EUR_100 = Money(100_0000, "EUR")
TERMS = ConductTerms(
    code="GREY",
    basis=ConductBasis.PROGRAMME,
    section="4.2",
    title="Sales outside of the territory",
    points=ConductPoints(notice=1, warning=3, fine=5, suspension=8, termination=20),
    cure_days=14,
    fine_cap=EUR_100,
)
WORDS = PersonalText(text="It was not us.")
ANNA, BERND, CLARA = Actor("dev:anna"), Actor("dev:bernd"), Actor("dev:clara")

# The design: the states to which a decision moves a case, after each state.
DESIGN = """
REPORTED             UNDER_INVESTIGATION DISMISSED
UNDER_INVESTIGATION  NOTICE WARNING FINE SUSPENSION TERMINATION DISMISSED
NOTICE               WARNING FINE SUSPENSION TERMINATION CLOSED
WARNING              FINE SUSPENSION TERMINATION CLOSED
FINE                 SUSPENSION TERMINATION CLOSED
SUSPENSION           TERMINATION CLOSED
TERMINATION          CLOSED
DISMISSED
CLOSED
"""


def a_case(**fields: Any) -> ConductCase:
    """A reported case."""
    report = ConductStep(state=State.REPORTED, report=True, by=ANNA.subject, time=NOW)
    content = {
        "id": an_id("cdc"),
        "partner_id": an_id("ptn"),
        "terms": TERMS,
        "rule_revision": 1,
        "source": ConductSource.REPORT,
        "steps": (report,),
        "create_time": NOW,
        "update_time": NOW,
        **fields,
    }
    return ConductCase(**content)


def until(days: int) -> Until:
    """A deadline so many days after NOW."""
    return Until(NOW.date() + days * DAY, NOW + days * DAY)


def ruled(case: ConductCase, to: ConductState, *, by: Actor = BERND, at: Any = NOW, **fields: Any) -> ConductCase:
    """The case after a decision; a FINE is of the whole cap."""
    fine = {"fine": case.terms.fine_cap} if to is State.FINE else {}
    ruling = Ruling(state=to, reason=ConductReason.PROVEN, by=by, **{**fine, **fields})
    deadlines = Deadlines(
        until(10), Until(at.date() + 14 * DAY, at + 14 * DAY), Until(at.date() + 30 * DAY, at + 30 * DAY)
    )
    return decide(case, ruling, deadlines, now=at)[0]


def at(state: ConductState) -> ConductCase:
    """A case in any state, on the shortest way."""
    ways: dict[ConductState, tuple[ConductState, ...]] = {
        State.REPORTED: (),
        State.UNDER_INVESTIGATION: (State.UNDER_INVESTIGATION,),
        State.DISMISSED: (State.DISMISSED,),
        State.CLOSED: (State.UNDER_INVESTIGATION, State.NOTICE, State.CLOSED),
    }
    case = a_case()
    for step in ways.get(state, (State.UNDER_INVESTIGATION, state)):
        case = ruled(case, step)
    return case


def designed() -> dict[ConductState, frozenset[ConductState]]:
    """The table of the design."""
    rows = [line.split() for line in DESIGN.strip().splitlines()]
    return {ConductState[first]: frozenset(ConductState[one] for one in others) for first, *others in rows}


def test_the_table_is_that_of_the_design_and_has_every_state() -> None:
    assert designed() == MOVES
    assert set(MOVES) == set(State)


@pytest.mark.parametrize("before", State)
@pytest.mark.parametrize("after", State)
def test_a_decision_moves_a_case_exactly_as_the_table_says(before: ConductState, after: ConductState) -> None:
    case = at(before)
    if after in designed()[before]:
        assert ruled(case, after).state is after
        return
    with pytest.raises(WrongState):
        ruled(case, after)


def test_a_fine_is_only_what_the_clause_allows_and_is_told_with_its_amount() -> None:
    case = at(State.UNDER_INVESTIGATION)
    above = Money(100_0100, "EUR")
    with pytest.raises(FineAboveCap) as refused:
        ruled(case, State.FINE, fine=above)
    assert refused.value.metadata["cap"] == str(EUR_100.decimal)
    with pytest.raises(FineAboveCap):
        ruled(replace(case, terms=replace(TERMS, fine_cap=None)), State.FINE, fine=EUR_100)
    for wrong, reason in (
        (None, "REQUIRED"),
        (Money(1_0000, "USD"), "CURRENCY_MISMATCH"),
        (Money(1, "EUR"), "BAD_AMOUNT"),
    ):
        with pytest.raises(InvalidInput) as bad:
            ruled(case, State.FINE, fine=wrong)
        assert [one.reason for one in bad.value.violations] == [reason]
    with pytest.raises(InvalidInput):
        ruled(case, State.WARNING, fine=EUR_100)
    ruling = Ruling(state=State.FINE, reason=ConductReason.SEVERE, fine=EUR_100, by=BERND)
    changed, told = decide(case, ruling, Deadlines(), now=NOW)
    [fined] = [one for one in told if isinstance(one, ConductCaseFined)]
    assert (fined.amount, changed.fine) == (EUR_100, EUR_100)


def test_terms_name_every_fault() -> None:
    wrong = replace(TERMS, section="", fine_cap=Money(1, "EUR"))
    assert [one.reason for one in terms_violations(wrong)] == ["REQUIRED", "BAD_AMOUNT"]
    assert [one.reason for one in terms_violations(replace(TERMS, basis=ConductBasis.AGREEMENT))] == ["NOT_ALLOWED"]


def test_an_appeal_is_decided_by_somebody_without_a_part_in_the_case() -> None:
    case = ruled(at(State.UNDER_INVESTIGATION), State.WARNING)
    with pytest.raises(NoAppeal):
        judge(case, CLARA, upheld=True, note=WORDS, now=NOW)
    case, _ = appeal(case, WORDS, now=NOW)
    with pytest.raises(CaseUnderAppeal):
        ruled(case, State.CLOSED)
    for involved in (ANNA, BERND, Actor("agent", BERND.subject)):
        with pytest.raises(OtherPersonRequired):
            judge(case, involved, upheld=True, note=WORDS, now=NOW)
    rejected = judge(case, CLARA, upheld=False, note=WORDS, now=NOW).case
    assert (rejected.state, rejected.appeals[-1].decided_by) == (State.WARNING, CLARA.subject)
    with pytest.raises(AlreadyAppealed):
        appeal(rejected, WORDS, now=NOW)
    case, _ = appeal(ruled(rejected, State.FINE), WORDS, now=NOW)  # another step, another appeal
    done = judge(case, CLARA, upheld=True, note=WORDS, now=NOW)
    assert (done.case.state, done.case.fine, done.case.measures) == (State.DISMISSED, None, ())
    assert (done.event.upheld, done.event.fine_reversed) == (True, EUR_100)


def test_an_appeal_has_a_deadline_which_closing_the_case_does_not_shorten() -> None:
    case = ruled(ruled(at(State.UNDER_INVESTIGATION), State.NOTICE), State.CLOSED)
    assert appeal(case, WORDS, now=NOW + 30 * DAY - timedelta(microseconds=1))[0].under_appeal
    with pytest.raises(AppealTooLate) as refused:
        appeal(case, WORDS, now=NOW + 30 * DAY)
    assert refused.value.metadata["last_day"] == str(case.appeal_until)
    with pytest.raises(WrongState):
        appeal(at(State.UNDER_INVESTIGATION), WORDS, now=NOW)
    with pytest.raises(InvalidInput):
        appeal(case, PersonalText(text=" "), now=NOW)


def test_deadlines_that_pass_are_told_and_move_no_case() -> None:
    case = ruled(at(State.UNDER_INVESTIGATION), State.WARNING)
    assert fall_due(case, now=NOW + 13 * DAY) is None
    moved = fall_due(case, now=NOW + 14 * DAY)
    assert moved is not None
    case, told = moved
    assert ([type(one) for one in told], case.cure_missed, case.state) == ([ConductCureMissed], True, State.WARNING)
    moved = fall_due(case, now=NOW + 30 * DAY)
    assert moved is not None
    assert [type(one) for one in moved[1]] == [ConductAppealExpired]
    assert (moved[0].act_on, fall_due(moved[0], now=NOW + 99 * DAY)) == (None, None)


def test_a_statement_is_taken_while_the_case_is_open() -> None:
    for one in State:
        case = at(one)
        if one in (State.DISMISSED, State.CLOSED):
            with pytest.raises(WrongState):
                state(case, WORDS, now=NOW)
            continue
        said, told = state(case, WORDS, now=NOW)
        assert (said.statement, told is not None) == (WORDS, True)
        assert state(said, WORDS, now=NOW) == (said, None)


def test_another_breach_starts_the_investigation_and_takes_no_step_of_the_ladder() -> None:
    proof = ConductEvidence(kind=ConductEvidenceKind.PUBLICATION, sha256="a" * 64)
    case, told = escalate(a_case(), [proof], CLARA, statement=until(10), now=NOW)
    assert (case.state, case.report_count, told.report_count) == (State.UNDER_INVESTIGATION, 2, 2)
    warned = ruled(case, State.WARNING)
    again, _ = escalate(warned, [proof], CLARA, statement=until(10), now=NOW)
    assert (again.state, again.report_count, again.evidence) == (State.WARNING, 3, (proof,))
    assert [one.points for one in again.measures] == [3]


def months_by_hand(since: date, day: date) -> int:
    """Oracle: counts months one by one."""
    months = 0
    while True:
        year, month = divmod(since.month - 1 + months + 1, 12)
        last = (date(since.year + year + (month + 1) // 12, (month + 1) % 12 + 1, 1) - DAY).day
        if date(since.year + year, month + 1, min(since.day, last)) > day:
            return months
        months += 1


DAYS = st.dates(date(2020, 1, 1), date(2032, 12, 31))


@given(DAYS, st.integers(0, 5000))
def test_completed_months_are_those_counted_one_by_one(since: date, days: int) -> None:
    assert completed_months(since, since + days * DAY) == months_by_hand(since, since + days * DAY)


@given(st.integers(0, 1000), st.sampled_from(Decay), st.integers(1, 120), DAYS, st.integers(-400, 5000))
def test_points_decay_as_the_rule_says(points: int, decay: Decay, months: int, since: date, days: int) -> None:
    day = since + days * DAY
    found = points_left(points, DecayRule(decay, months), given_on=since, day=day)
    if day < since:
        assert found == 0
        return
    periods, left = months_by_hand(since, day) // months, points * 1000
    for _ in range(periods):
        left = left // 2 if decay is Decay.HALF_LIFE else 0
    assert found == left


MOVE = st.tuples(st.sampled_from([*State, "APPEAL", "UPHOLD", "REJECT", "CLOCK"]), st.integers(0, 40))


@settings(max_examples=150)
@given(st.lists(MOVE, max_size=14), st.sampled_from(Decay), st.integers(1, 4), st.integers(0, 400))
def test_a_life_of_a_case_agrees_with_a_plain_model(
    moves: list[tuple[Any, int]], decay: Decay, months: int, later: int
) -> None:
    case, now = a_case(), NOW
    state, open_appeal, appealed, appeal_end = State.REPORTED, False, set[State](), None
    steps: list[tuple[State, date]] = []
    points = {State.NOTICE: 1, State.WARNING: 3, State.FINE: 5, State.SUSPENSION: 8, State.TERMINATION: 20}
    for move, days in moves:
        now += days * DAY
        if move == "CLOCK":
            moved = fall_due(case, now=now)
            case = moved[0] if moved else case
        elif move == "APPEAL":
            may = bool(steps) and state in {*LADDER, State.CLOSED} and steps[-1][0] not in appealed
            if may and appeal_end is not None and now < appeal_end:
                case, _ = appeal(case, WORDS, now=now)
                open_appeal = True
                appealed.add(steps[-1][0])
        elif move in ("UPHOLD", "REJECT"):
            if open_appeal:
                case = judge(case, CLARA, upheld=move == "UPHOLD", note=WORDS, now=now).case
                open_appeal = False
                if move == "UPHOLD":
                    state, steps = State.DISMISSED, []
        elif move in designed()[state] and not open_appeal:
            case, state = ruled(case, move, at=now), move
            if move in points:
                steps.append((move, now.date()))
                appeal_end = now + 30 * DAY
        assert case.state is state
        assert case.under_appeal == open_appeal
        assert case.act_on is None or case.act_on in (case.cure_due, case.appeal_due)
    day, expected = now.date() + later * DAY, 0
    for step, since in steps:
        left = points[step] * 1000
        for _ in range(months_by_hand(since, day) // months):
            left = left // 2 if decay is Decay.HALF_LIFE else 0
        expected += left
    given = [step.time.date() for step in case.measures]
    assert points_of(case, DecayRule(decay, months), day=day, days=given) == expected
