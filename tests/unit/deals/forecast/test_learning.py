"""Chances are counted in what is over, with numerator and denominator, and the truth of a history is found in it."""

from collections.abc import Sequence
from datetime import date, timedelta
from math import sqrt
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.deals.claims.domain.states import STAGE_ORDER, Stage
from services.deals.forecast.domain.learning import (
    BANDS,
    HORIZON,
    MINIMUM,
    Ages,
    ChanceBasis,
    Course,
    Turn,
    ages_on,
    band_of,
    chance,
    chances,
    learn,
)
from services.deals.forecast.domain.months import day_in, month_of
from services.deals.pipeline.domain.history import PipelineState

OPEN, WON, LOST = PipelineState.OPEN, PipelineState.WON, PipelineState.LOST
TODAY = date(2026, 10, 1)


@st.composite
def courses(draw: st.DrawFn) -> list[Course]:
    """Deals of two years that advance, end, or stay open."""
    found: list[Course] = []
    for _ in range(draw(st.integers(0, 40))):
        day = date(2024, 10, 1) + timedelta(days=draw(st.integers(0, 800)))
        made = [Turn(day, OPEN, draw(st.sampled_from(STAGE_ORDER[:2])))]
        for stage in draw(st.lists(st.sampled_from(STAGE_ORDER[2:]), unique=True, max_size=2)):
            day += timedelta(days=draw(st.integers(0, 120)))
            made.append(Turn(day, OPEN, stage))
        end = draw(st.sampled_from([None, WON, LOST]))
        if end is not None:
            day += timedelta(days=draw(st.integers(0, 120)))
            made.append(Turn(day, end, Stage[end.name]))
        found.append(tuple(made))
    return found


def open_on(course: Course, day: date) -> tuple[Stage | None, int, int] | None:
    """The stage, the days in it and the days in the pipeline, found by looking at every turn."""
    before = [one for one in course if one.day < day]
    if not before or before[-1].state is not OPEN:
        return None
    return before[-1].stage, (day - before[-1].day).days, (day - before[0].day).days


@given(courses(), st.sampled_from([1, 15, 31]))
def test_every_count_is_what_looking_at_each_deal_on_each_day_finds(found: list[Course], day: int) -> None:
    today = day_in(month_of(TODAY), day)
    table = learn(found, as_of=today)
    ends = [one.day for course in found for one in course if one.state is not OPEN and one.day < today]
    first = month_of(min(ends)) if ends else 0
    for one in table.counted:
        assert first <= one.month < month_of(today)
        on = day_in(one.month, today.day)
        states = [(course, at) for course in found if (at := open_on(course, on))]
        mine = [
            course
            for course, (stage, in_stage, in_all) in states
            if band_of(in_stage if one.stage else in_all) == one.band and one.stage in (stage, None)
        ]
        assert one.deal_count == len(mine)
        wins = [course[-1].day for course in mine if course[-1].state is WON and course[-1].day < today]
        assert one.won == tuple(sum(month_of(win) == one.month + ahead for win in wins) for ahead in range(HORIZON))
    days = [day_in(month, today.day) for month in range(first, month_of(today))] if ends else []
    seen = sum(open_on(course, on) is not None for course in found for on in days)
    assert sum(one.deal_count for one in table.counted if one.stage is None) == seen


@given(courses(), st.integers(0, HORIZON - 1))
def test_what_comes_later_never_changes_a_chance(found: list[Course], ahead: int) -> None:
    past = [tuple(one for one in course if one.day < TODAY) for course in found]
    ages = Ages(Stage.QUALIFIED, 20, 40)
    assert chance(learn(found, as_of=TODAY), ages, ahead) == chance(learn(past, as_of=TODAY), ages, ahead)


@given(courses())
def test_a_chance_has_at_least_twenty_deals_or_is_none(found: list[Course]) -> None:
    table = learn(found, as_of=TODAY)
    for stage in STAGE_ORDER:
        for one in chances(table, Ages(stage, 10, 10)):
            assert one.known == (one.deal_count >= MINIMUM)
            assert one.known or (one.won_count, one.basis_points) == (0, 0)
            assert one.won_count <= one.deal_count


def test_too_few_deals_fall_back_step_by_step_and_then_there_is_no_chance() -> None:
    def ended(count: int, stage: Stage, first: date) -> list[Course]:
        end = first + timedelta(days=50)
        return [(Turn(first, OPEN, stage), Turn(end, WON, Stage.WON)) for _ in range(count)]

    ages = Ages(Stage.COMMITTED, 5, 5)
    in_season = ended(20, Stage.COMMITTED, date(2026, 6, 25))
    out_of_season = ended(20, Stage.COMMITTED, date(2026, 7, 25))
    others = ended(20, Stage.QUALIFIED, date(2026, 6, 25))
    for history, basis in (
        (in_season, ChanceBasis.STAGE_IN_SEASON),
        (out_of_season, ChanceBasis.STAGE),
        (others, ChanceBasis.ALL_STAGES),
        (others[:9], ChanceBasis.INSUFFICIENT_DATA),
        ([], ChanceBasis.INSUFFICIENT_DATA),
    ):
        # The first end lies before, so that the months of the others count.
        early: list[Course] = [(Turn(date(2026, 1, 1), OPEN, None), Turn(date(2026, 1, 2), LOST, Stage.LOST))]
        assert chance(learn([*early, *history], as_of=TODAY), ages, 1).basis is basis


def test_a_band_with_too_few_deals_takes_in_the_younger_neighbour_first() -> None:
    def since(days: int, count: int, *, won: bool) -> list[Course]:
        first = date(2026, 7, 1) - timedelta(days=days)
        end = Turn(date(2026, 7, 20), WON if won else LOST, Stage.WON if won else Stage.LOST)
        return [(Turn(first, OPEN, Stage.QUALIFIED), end) for _ in range(count)]

    early: list[Course] = [(Turn(date(2026, 1, 1), OPEN, None), Turn(date(2026, 1, 2), LOST, Stage.LOST))]
    young, middle, old = since(5, 15, won=True), since(20, 10, won=False), since(45, 30, won=False)
    table = learn([*early, *young, *middle, *old], as_of=TODAY)
    found = chance(table, Ages(Stage.QUALIFIED, 20, 20), 0)
    assert (found.won_count, found.deal_count) == (15, 25)


def walked(random: Random, start: date, until: date) -> Course:
    """A deal that each month, on the 10th, goes on, ends or stays, by the chances of its stage."""
    turns = [Turn(start, OPEN, Stage.QUALIFIED)]
    month = month_of(start) + 1
    while day_in(month, 10) < until:
        step, stage = random.random(), turns[-1].stage
        won, lost, ahead = TRUTH[stage]
        if step < won + lost:
            end = WON if step < won else LOST
            turns.append(Turn(day_in(month, 10), end, Stage[end.name]))
            break
        if step < won + lost + ahead:
            turns.append(Turn(day_in(month, 10), OPEN, Stage.COMMITTED))
        month += 1
    return tuple(turns)


TRUTH: dict[Stage | None, tuple[float, float, float]] = {
    Stage.QUALIFIED: (0.05, 0.15, 0.30),
    Stage.COMMITTED: (0.40, 0.10, 0.0),
}


def true_chances(stage: Stage, months: int) -> Sequence[float]:
    """The chance to be won in each of the next months, by following the probabilities."""
    at = {stage: 1.0}
    found = []
    for _ in range(months):
        found.append(sum(share * TRUTH[one][0] for one, share in at.items()))
        after: dict[Stage, float] = {}
        for one, share in at.items():
            won, lost, ahead = TRUTH[one]
            after[one] = after.get(one, 0.0) + share * (1 - won - lost - ahead)
            after[Stage.COMMITTED] = after.get(Stage.COMMITTED, 0.0) + share * ahead
        at = after
    return found


@pytest.mark.parametrize("seed", range(3))
def test_the_true_chances_of_a_generated_history_are_found(seed: int) -> None:
    random = Random(seed)
    first, today = date(2024, 1, 1), date(2026, 10, 1)
    found = [walked(random, first + timedelta(days=random.randrange(900)), today) for _ in range(6_000)]
    table = learn(found, as_of=today)
    for stage in (Stage.QUALIFIED, Stage.COMMITTED):
        for days in (5, 40, 70):
            for ahead, truth in enumerate(true_chances(stage, 4)):
                one = chance(table, Ages(stage, days, days), ahead)
                spread = sqrt(truth * (1 - truth) / one.deal_count)
                # A deal is counted in several months, so the deviations are not independent: five and a half of them.
                assert abs(one.won_count / one.deal_count - truth) < 5.5 * spread + 0.005, (stage, days, ahead)


def test_the_bands_begin_where_they_say() -> None:
    assert [band_of(days) for days in (0, 13, *BANDS)] == [0, 0, 1, 2, 3, 4, 5, 6]
    assert ages_on((Turn(TODAY, OPEN, None),), TODAY) is None
