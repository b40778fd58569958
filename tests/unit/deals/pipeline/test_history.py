"""The dated states of a deal follow from what events said, whatever came when and how often."""

from datetime import timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from services.deals.claims.domain.states import Stage
from services.deals.pipeline.domain.history import PipelineState, Transition, TransitionKind, changes, joined, steps
from tests.builders import NOW

ENTERED, LEFT, RECALLED, REACHED = (
    TransitionKind.ENTERED,
    TransitionKind.LEFT,
    TransitionKind.RECALLED,
    TransitionKind.REACHED,
)
WON, LOST, OPEN = PipelineState.WON, PipelineState.LOST, PipelineState.OPEN


def told(*kinds: TransitionKind | Stage) -> tuple[Transition, ...]:
    """One transition a day; a stage stands for that it was reached."""
    return tuple(
        Transition(
            version=day + 1,
            kind=REACHED if isinstance(one, Stage) else one,
            time=NOW + timedelta(days=day),
            stage=one if isinstance(one, Stage) else None,
        )
        for day, one in enumerate(kinds)
    )


def played(transitions: tuple[Transition, ...]) -> list[tuple[int, PipelineState, Stage | None]]:
    """The steps, with the day of each."""
    return [((one.time - NOW).days, one.state, one.stage) for one in steps(transitions)]


def test_a_deal_is_open_from_its_submission_and_ends_with_what_its_seller_or_the_vendor_says() -> None:
    prospect, qualified = Stage.PROSPECT, Stage.QUALIFIED
    assert played(told(qualified)) == []
    assert played(told(ENTERED, qualified, ENTERED, Stage.WON)) == [
        (0, OPEN, prospect),
        (1, OPEN, qualified),
        (3, WON, Stage.WON),
    ]
    assert played(told(qualified, ENTERED, LEFT)) == [(1, OPEN, qualified), (2, PipelineState.DROPPED, qualified)]
    assert played(told(ENTERED, RECALLED, Stage.COMMITTED, ENTERED, Stage.LOST, LEFT)) == [
        (0, OPEN, prospect),
        (1, PipelineState.OUTSIDE, prospect),
        (3, OPEN, Stage.COMMITTED),
        (4, LOST, Stage.LOST),
    ]


def test_what_happens_to_a_claim_after_its_deal_was_won_or_lost_changes_nothing() -> None:
    for end in (Stage.WON, Stage.LOST):
        assert played(told(ENTERED, end, LEFT, RECALLED, ENTERED)) == played(told(ENTERED, end))


def test_an_imported_deal_has_no_stage_before_its_import() -> None:
    transitions = (
        Transition(version=1, kind=TransitionKind.IMPORTED, time=NOW - timedelta(days=50)),
        Transition(version=1, place=1, kind=REACHED, time=NOW, stage=Stage.COMMITTED),
    )
    assert played(transitions) == [(-50, OPEN, None), (0, OPEN, Stage.COMMITTED)]


def test_a_change_lasts_until_the_next_and_an_open_deal_until_now() -> None:
    found = changes(steps(told(ENTERED, Stage.QUALIFIED)), NOW + timedelta(days=31))
    assert [one.days for one in found] == [1, 30]
    found = changes(steps(told(ENTERED, Stage.LOST)), NOW + timedelta(days=31))
    assert [one.days for one in found] == [1, 0]
    assert changes((), NOW) == ()


WHAT = st.sampled_from([ENTERED, LEFT, RECALLED, *Stage])


@given(st.lists(WHAT, max_size=8).map(lambda kinds: told(*kinds)), st.data())
def test_the_history_is_the_same_in_whatever_order_and_how_often_events_arrive(
    transitions: tuple[Transition, ...], data: st.DataObject
) -> None:
    heard: tuple[Transition, ...] = ()
    for one in data.draw(st.permutations([*transitions, *transitions[:3]])):
        heard = joined(heard, [one])
    assert heard == transitions
    found = steps(heard)
    assert all(one[1:] != other[1:] for one, other in pairwise(found))
    assert [one.state in (WON, LOST) for one in found[:-1]] == [False] * (len(found) - 1 if found else 0)
