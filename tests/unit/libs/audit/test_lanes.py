"""What the numbers of the events tell: whatever never came into the trail is named, and nothing else."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.audit.lanes import ON_ITS_WAY
from tests.unit.libs.audit.exports import an_entry, checked, lines_of, said

END = datetime(2026, 3, 2, 9, tzinfo=UTC)  # when exports.py says that it was made
LONG_AGO = END - timedelta(days=1)


def told(lane: str, number: int, at: datetime = LONG_AGO, service: str = "deals") -> dict[str, object]:
    time = at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return {"id": f"aud_{lane}_{number}", "service": service, "lane": lane, "lane_number": number, "time": time}


def test_a_trail_with_every_number_is_sound_in_whatever_order_they_came() -> None:
    entries = [told("a", number) for number in (2, 1, 3, 3)] + [an_entry(0)] + [told("b", 1, service="orders")]
    assert checked(lines_of(entries)).sound


def test_what_is_missing_is_named_by_service_and_lane() -> None:
    entries = [told("a", number) for number in (4, 2, 9)] + [told("b", 2, service="orders"), told("c", 1)]
    assert said(lines_of(entries)) == [
        "MISSING: events 1, 3, 5 to 8 of lane a of deals are not in the trail",
        "MISSING: events 1 of lane b of orders are not in the trail",
    ]


def test_an_event_may_be_on_its_way_for_a_while() -> None:
    for at, sound in ((END - ON_ITS_WAY, False), (END - ON_ITS_WAY + timedelta(microseconds=1), True), (END, True)):
        assert checked(lines_of([told("a", 1, LONG_AGO), told("a", 3, at)])).sound is sound


@pytest.mark.parametrize(
    "wrong",
    [{"lane_number": 0}, {"lane_number": "1"}, {"lane": 7}, {"time": "yesterday"}, {"time": "2026-03-02T09:00:00"}],
)
def test_a_place_that_is_none_is_a_finding_and_no_failure(wrong: dict[str, object]) -> None:
    assert said(lines_of([{**told("a", 1), **wrong}, an_entry(1)]))


def test_a_lane_is_of_one_service() -> None:
    assert said(lines_of([told("a", 1), told("a", 2, service="orders")]))


def test_the_largest_number_costs_nothing() -> None:
    [finding] = said(lines_of([told("a", 2**53)]))
    assert finding == f"MISSING: events 1 to {2**53 - 1} of lane a of deals are not in the trail"


@given(st.data())
def test_exactly_what_was_lost_is_found(data: st.DataObject) -> None:
    """Against the sets themselves. Of a lane, what is lost behind its last event that arrived is not to be seen."""
    lanes = data.draw(st.dictionaries(st.sampled_from("abcd"), st.integers(1, 12), min_size=1))
    sent = [(lane, number) for lane, count in lanes.items() for number in range(1, count + 1)]
    lost = data.draw(st.sets(st.sampled_from(sent)))
    repeated = data.draw(st.lists(st.sampled_from(sent), max_size=4))
    arrived = data.draw(st.permutations([one for one in (*sent, *repeated) if one not in lost]))
    report = checked(lines_of([told(lane, number) for lane, number in arrived]))
    last: Mapping[str, int] = {lane: max((n for at, n in arrived if at == lane), default=0) for lane in lanes}
    seen = {(lane, number) for lane, number in lost if number < last[lane]}
    assert _named([str(one) for one in report.findings]) == seen


def _named(findings: list[str]) -> set[tuple[str, int]]:
    """The events that findings name."""
    found = set()
    for text in findings:
        numbers, _, rest = text.removeprefix("MISSING: events ").partition(" of lane ")
        for stretch in numbers.split(", "):
            first, _, end = stretch.partition(" to ")
            found |= {(rest[0], number) for number in range(int(first), int(end or first) + 1)}
    return found
