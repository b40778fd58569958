"""The bookkeeping of lanes: what is missing becomes a fault, whatever arrives in whatever order."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from libs.lane_head import LaneHead, LaneState
from services.compliance.trail.domain import lanes
from services.compliance.trail.domain.lanes import (
    MOST_GAPS,
    MOST_RANGES,
    WAIT,
    Fault,
    TrailFindingType,
    TrailLane,
    arrived,
    faults,
    looked_at,
    reaching,
    restored,
    stated,
)
from tests.builders import NOW

FOREVER = NOW + timedelta(days=365)
MINUTE = timedelta(minutes=1)
NEW = TrailLane(id="deals-a", service="deals", lane="a", first_time=NOW)


def a_head(number: int, *, sequence: int = 1, state: LaneState = LaneState.OPEN, next: datetime = NOW) -> LaneHead:
    return LaneHead(
        service="deals", lane="a", ordinal=1, number=number, sequence=sequence, state=state, time=NOW, next_time=next
    )


def types(lane: TrailLane, now: datetime, begun: datetime | None = None) -> set[TrailFindingType]:
    service = TrailLane(id="deals", service="deals", top=1, first_time=begun) if begun is not None else None
    return set(faults(looked_at(lane, now, changed=False), service, now))


STEPS = st.lists(st.tuples(st.sampled_from(["event", "head", "wait"]), st.integers(1, 30)), max_size=60)


@given(STEPS)
def test_exactly_what_is_missing_for_so_long_is_a_fault(steps: list[tuple[str, int]]) -> None:
    """Against sets: when each number was first known to exist, and which have arrived."""
    lane, now, here, known = NEW, NOW, set[int](), dict[int, datetime]()
    for step, number in steps:
        if step == "wait":
            now += number * MINUTE
        else:
            known |= {one: now for one in range(1, number + 1) if one not in known}
        if step == "event":
            here.add(number)
            lane = looked_at(arrived(lane, number, now, now), now, changed=True)
        elif step == "head":
            lane = looked_at(reaching(lane, number, now), now, changed=True)
        missing = {one for one, since in known.items() if one not in here and now - since >= WAIT}
        fault = faults(lane, None, now).get(TrailFindingType.EVENTS_MISSING, Fault())
        assert {one for span in fault.ranges for one in range(span.first, span.last + 1)} == missing
        assert fault.number_count == len(missing)
        due = [max(since + WAIT, now) for one, since in known.items() if one not in here]
        assert min(due, default=FOREVER) >= (lane.judge_time or FOREVER)


def test_the_numbers_of_a_service_are_those_of_its_lanes() -> None:
    lane = arrived(replace(NEW, id="deals", lane=""), 2, NOW, NOW)
    assert types(lane, NOW + WAIT) == {TrailFindingType.LANES_MISSING}


def test_a_head_is_overdue_when_it_did_not_come_for_so_long_after_it_was_missed() -> None:
    lane = stated(arrived(NEW, 1, NOW, NOW), a_head(1, next=NOW + MINUTE), NOW)
    assert looked_at(lane, NOW, changed=True).judge_time == NOW + MINUTE
    missed = looked_at(lane, NOW + MINUTE, changed=False)
    assert (missed.judge_time, types(missed, NOW + MINUTE)) == (NOW + MINUTE + WAIT, set())
    assert types(missed, NOW + MINUTE + WAIT) == {TrailFindingType.HEAD_OVERDUE}
    heard = stated(missed, a_head(1, sequence=2, next=NOW + timedelta(hours=1)), NOW)
    assert types(heard, NOW + MINUTE + WAIT) == set()
    assert types(missed, NOW + MINUTE + WAIT) | types(lane, NOW + timedelta(days=9)) == {TrailFindingType.HEAD_OVERDUE}


def test_a_pause_of_compliance_makes_nothing_a_fault_at_once() -> None:
    lane = looked_at(stated(arrived(NEW, 1, NOW, NOW), a_head(1), NOW), NOW - MINUTE, changed=True)
    assert types(lane, NOW + timedelta(hours=8)) == set()


def test_an_event_after_the_lane_was_closed_is_a_fault_until_it_was_opened_again() -> None:
    closed = stated(arrived(NEW, 1, NOW, NOW), a_head(1, sequence=2, state=LaneState.CLOSED), NOW)
    beyond = looked_at(arrived(closed, 2, NOW, NOW), NOW, changed=True)
    assert types(closed, NOW + WAIT) == set()
    assert types(beyond, NOW + WAIT) == {TrailFindingType.BEYOND_HEAD}
    assert types(stated(beyond, a_head(2, sequence=1), NOW), NOW + WAIT) == {TrailFindingType.BEYOND_HEAD}
    again = a_head(2, sequence=3, next=NOW + timedelta(hours=1))
    assert types(stated(beyond, again, NOW), NOW + WAIT) == set()


def test_a_lane_without_a_head_is_a_fault_if_it_began_after_the_first_head_of_its_service() -> None:
    lane = looked_at(arrived(NEW, 1, NOW, NOW), NOW, changed=True)
    for begun, wrong in ((None, False), (NOW, False), (NOW - MINUTE, True)):
        assert (TrailFindingType.UNANNOUNCED in types(lane, NOW + WAIT, begun)) is wrong


def test_a_restore_ends_the_lanes_before_it_and_is_a_fault_that_stays() -> None:
    overdue = looked_at(
        stated(arrived(NEW, 1, NOW, NOW), a_head(1, next=NOW + MINUTE), NOW), NOW + MINUTE, changed=True
    )
    unannounced = looked_at(arrived(NEW, 1, NOW, NOW), NOW, changed=True)
    begun = replace(NEW, id="deals", lane="", top=1, first_time=NOW - MINUTE)
    later = replace(a_head(1), epoch="e", backup_time=NOW, time=NOW + 2 * MINUTE)
    service = restored(restored(begun, later), later)
    at = NOW + MINUTE + WAIT
    assert [set(faults(lane, service, at)) for lane in (overdue, unannounced)] == [set(), set()]
    assert [len(faults(lane, begun, at)) for lane in (overdue, unannounced)] == [1, 1]
    noticed = looked_at(service, NOW, changed=True)
    assert noticed.judge_time == NOW + WAIT
    found = {TrailFindingType.STORE_RESTORED: Fault(number_count=1)}
    assert faults(noticed, service, NOW + WAIT) == faults(noticed, service, FOREVER) == found
    own = looked_at(stated(arrived(NEW, 1, NOW, NOW), replace(later, next_time=NOW), NOW), NOW, changed=True)
    assert set(faults(own, service, at)) == {TrailFindingType.HEAD_OVERDUE}


def test_a_lane_full_of_holes_has_a_bound() -> None:
    lane = NEW
    for number in range(2, 2 * MOST_GAPS + 20, 2):
        lane = arrived(lane, number, NOW, NOW)
    assert len(lane.gaps) == MOST_GAPS
    fault = faults(lane, None, NOW + WAIT)[TrailFindingType.EVENTS_MISSING]
    assert (len(fault.ranges), fault.number_count) == (MOST_RANGES, MOST_GAPS + 9)
    assert lanes.reaching(NEW, 2**53, NOW).gaps[0].count == 2**53
