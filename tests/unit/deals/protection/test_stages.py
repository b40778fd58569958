"""Stages protect for their days from the moment at which they are reached in time, with proof."""

from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from libs.errors import WrongState
from services.deals.claims.domain.registration import Activity
from services.deals.claims.domain.states import STAGE_ORDER, ActivityType, Review, Stage
from services.deals.protection import domain as protection
from services.deals.settings import ANY_LINE, Policy, StageDays
from tests.builders import NOW
from tests.unit.deals.registrations import a_registration

DAYS = (10, 20, 30, 5, 40)  # of the stages, in their order
STAGED = StageDays(**{stage.name.lower(): days for stage, days in zip(STAGE_ORDER, DAYS, strict=True)})
WARNING = 4
DAY = timedelta(days=1)


def test_the_longest_days_count_and_a_line_without_any_keeps_the_single_window() -> None:
    longer = replace(STAGED, prospect=15)
    policy = Policy(stage_days={"ROUTERS": STAGED, "SWITCHES": longer})
    assert policy.stage_protection(["ROUTERS", "SWITCHES"], "PROSPECT") == 15 * DAY
    assert policy.stage_protection(["ROUTERS", "CABLES"], "PROSPECT") is None
    every = Policy(stage_days={"ROUTERS": STAGED, ANY_LINE: longer})
    assert every.stage_protection(["CABLES"], "PROSPECT") == 15 * DAY
    assert every.stage_protection(["ROUTERS"], "WON") is None
    assert Policy().stage_protection(["ROUTERS"], "PROSPECT") is None
    assert Policy().protection_of(None) == 90 * DAY
    assert Policy().protection_of(None, staged=10 * DAY) == 10 * DAY


def test_a_policy_names_every_stage_and_no_other() -> None:
    for wrong in ('{"*": {"prospect": 3}}', '{"*": {"won": 1, "prospect": 1}}'):
        with pytest.raises(msgspec.ValidationError):
            msgspec.json.decode(wrong, type=dict[str, StageDays])


ACTS = st.lists(st.tuples(st.integers(0, 12), st.sampled_from(["prove", "advance", "extend", "sweep"])), max_size=14)


@given(ACTS)
def test_a_claim_lives_as_long_as_a_clock_that_counts_days_says(acts: list[tuple[int, str]]) -> None:
    """The oracle knows days and the place of the stage alone: `left` counts down to the end of protection."""
    reg = replace(a_registration(Review.APPROVED), protected_until=NOW + DAYS[0] * DAY)
    policy = Policy(stage_days={ANY_LINE: STAGED})
    today, left, place, extended, warned, over = 0, DAYS[0], 0, False, False, False
    for days, act in acts:
        today, left, now = today + days, left - days, NOW + (today + days) * DAY
        done = (Activity(type=ActivityType.MEETING, date=now.date()),)
        alive = left > 0 and not over
        if act == "sweep":
            ended = protection.expire(reg, now=now)
            assert (ended is not None) is (left <= 0 and not over)
            reg, over = (ended[0], True) if ended else (reg, over)
            told = protection.warn_of_expiry(reg, warning=WARNING * DAY, now=now)
            assert (told is not None) is (alive and left <= WARNING and not warned)
            reg, warned = (told[0], True) if told else (reg, warned)
        elif act == "extend" and (extended or not alive):
            with pytest.raises((protection.AlreadyExtended, WrongState)):
                protection.extend(reg, done, extension=60 * DAY, since=NOW.date(), now=now)
        elif act == "extend":
            reg, _ = protection.extend(reg, done, extension=60 * DAY, since=NOW.date(), now=now)
            left, extended, warned = left + 60, True, False
        elif not alive:
            with pytest.raises(WrongState):
                protection.advance(reg, Stage.COMMITTED, done, now=now)
        elif place + 1 < len(DAYS):
            place += 1
            proof = done if act == "prove" else ()
            since = (reg.stage_time or NOW).date()
            reg, _ = protection.advance(reg, STAGE_ORDER[place], proof, now=now)
            window = policy.stage_protection(reg.product_lines, reg.stage.name)
            more = protection.progressed(reg, proof, window=window, since=since, now=now)
            longer = act == "prove" and DAYS[place] > left
            assert (more is not None) is longer
            reg = more[0] if more else reg
            left, warned = (DAYS[place], False) if longer else (left, warned)
        if not over:
            assert reg.protected_until == NOW + (today + left) * DAY
