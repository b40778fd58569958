"""Refusals are counted, not lost, and no flood of them fills the trail or pushes others out of it."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from libs.call import CallOutcome, CallRecord
from libs.messaging.refusals import (
    BURST_RECORDS,
    RECORDS_PENDING,
    RECORDS_PER_CALLER,
    RECORDS_PER_EVENT,
    RECORDS_PER_SECOND,
    Refusals,
)
from tests.builders import NOW

ONE = CallRecord(
    time=NOW,
    actor="dev:anna",
    method="/a/B",
    outcome=CallOutcome.REFUSED,
    reason="NOT_FOUND",
    resource_id="reg_1",
    caused_by_request_id="r-1",
)


def _everything(refusals: Refusals) -> list[CallRecord]:
    found: list[CallRecord] = []
    while taken := refusals.take_anyway():
        found += taken
    return found


def test_equal_ones_are_counted_together_and_the_first_one_speaks_for_them() -> None:
    refusals = Refusals()
    for number in range(5):
        refusals.add(replace(ONE, time=NOW + timedelta(seconds=number), caused_by_request_id=f"r-{number}"))
    refusals.add(replace(ONE, actor="dev:bob"))
    expected = [replace(ONE, caused_by_request_id="r-0", call_count=5), replace(ONE, actor="dev:bob")]
    assert (refusals.take(0.0), refusals.pending, refusals.take(0.0)) == (expected, 0, [])


def test_one_caller_with_many_documents_does_not_push_out_the_others() -> None:
    refusals = Refusals()
    for number in range(10_000):
        refusals.add(replace(ONE, resource_id=f"reg_{number}"))
    refusals.add(replace(ONE, actor="dev:bob", resource_id="reg_7"))
    found = _everything(refusals)
    assert [one.resource_id for one in found if one.actor == "dev:anna"] == [
        *[f"reg_{number}" for number in range(RECORDS_PER_CALLER)],
        "",
    ]
    assert [one for one in found if one.actor == "dev:bob"] == [replace(ONE, actor="dev:bob", resource_id="reg_7")]
    assert sum(one.call_count for one in found) == 10_001


def test_more_callers_than_can_be_told_apart_are_counted_by_method_and_reason() -> None:
    refusals = Refusals()
    for number in range(RECORDS_PENDING + 50):
        refusals.add(replace(ONE, actor=f"dev:{number}"))
    assert refusals.pending == RECORDS_PENDING + 1
    found = _everything(refusals)
    assert found[-1] == replace(ONE, actor="", resource_id="", caused_by_request_id="", call_count=50)


def test_they_leave_as_fast_as_they_come_until_there_are_very_many_and_then_slowly() -> None:
    refusals = Refusals()
    left, now = 0, 0.0
    for number in range(30_000):
        now = number / 100
        refusals.add(replace(ONE, actor=f"dev:{number % 100}", resource_id=f"reg_{number}"))
        if refusals.wait_seconds(now) == 0.0:
            left += len(refusals.take(now))
        if number < BURST_RECORDS:
            assert left == number + 1
    assert left <= BURST_RECORDS + now * RECORDS_PER_SECOND + 1
    assert refusals.pending <= 2 * RECORDS_PENDING
    assert refusals.wait_seconds(now + 3600) == 0.0


def test_an_event_holds_so_many() -> None:
    refusals = Refusals()
    for number in range(RECORDS_PER_EVENT + 1):
        refusals.add(replace(ONE, actor=f"dev:{number}"))
    assert (len(refusals.take(0.0)), len(refusals.take(0.0))) == (RECORDS_PER_EVENT, 1)


@given(
    st.lists(
        st.tuples(st.integers(0, 40), st.integers(0, 40), st.booleans(), st.integers(1, 3)), min_size=1, max_size=400
    )
)
def test_no_refusal_is_lost_whatever_is_taken_and_put_back(steps: list[tuple[int, int, bool, int]]) -> None:
    refusals, found, total = Refusals(), 0, 0
    for position, (actor, resource, take, count) in enumerate(steps):
        total += count
        refusals.add(replace(ONE, actor=f"dev:{actor}", resource_id=f"reg_{resource}", call_count=count))
        if take:
            taken = refusals.take(float(position))
            if position % 2:
                refusals.put_back(taken)
            else:
                found += sum(one.call_count for one in taken)
    assert found + sum(one.call_count for one in _everything(refusals)) == total
    assert refusals.pending == 0
