"""A deadline on the wire says everything the pure function says."""

from datetime import UTC, date, datetime, timedelta

import pytest

from libs.deadlines import (
    BusinessTime,
    CalendarDays,
    Pause,
    Rule,
    SegmentKind,
    explain,
    national_calendar,
)
from libs.pb.prm.common.v1 import deadline_pb2 as pb
from libs.rpc import deadline as encoding
from libs.rpc.deadline import encode_deadline

BERLIN = national_calendar("DE", "Europe/Berlin")
GOOD_FRIDAY_EVE = datetime(2026, 4, 2, 14, 0, tzinfo=UTC)  # Thursday 16:00 in Berlin
FOUR_HOURS = Rule("first-response", 3, BusinessTime(hours=4))


def _kinds(message: pb.Deadline) -> list[str]:
    return [pb.SegmentKind.Name(segment.kind).removeprefix("SEGMENT_KIND_") for segment in message.segments]


def test_every_kind_of_segment_has_a_kind_of_its_own_on_the_wire() -> None:
    assert set(encoding._KINDS) == set(SegmentKind)
    assert len(set(encoding._KINDS.values())) == len(SegmentKind)


def test_weekends_holidays_and_closed_hours_are_told_apart_and_add_up_to_the_target() -> None:
    message = encode_deadline(explain(FOUR_HOURS, BERLIN, start=GOOD_FRIDAY_EVE))
    kinds = ["COUNTED", "CLOSED", "HOLIDAY", "WEEKEND", "HOLIDAY", "CLOSED", "COUNTED"]
    assert _kinds(message) == kinds
    assert sum((one.counted.ToTimedelta() for one in message.segments), timedelta()) == message.target.ToTimedelta()
    assert message.target.ToTimedelta() == timedelta(hours=4)
    assert (message.rule, message.rule_version, message.calendar) == ("first-response", 3, "de/1")
    assert message.holidays_edition.startswith("holidays ")
    assert message.remaining.ToTimedelta() == timedelta()
    assert not message.HasField("last_day")


def test_an_end_that_rolls_forward_names_its_last_day_and_the_day_it_began_on() -> None:
    rule = Rule("answer", 1, CalendarDays(days=2, roll_forward=True))
    message = encode_deadline(explain(rule, BERLIN, start=GOOD_FRIDAY_EVE))
    assert _kinds(message) == ["FIRST_DAY", "COUNTED", "ROLLED_FORWARD"]
    last = message.last_day
    assert date(last.year, last.month, last.day) == date(2026, 4, 7)


@pytest.mark.parametrize("paused_after", [timedelta(), timedelta(minutes=30)])
def test_a_clock_that_stands_still_tells_its_start_and_what_remains(paused_after: timedelta) -> None:
    asked = GOOD_FRIDAY_EVE + paused_after
    found = explain(FOUR_HOURS, BERLIN, start=GOOD_FRIDAY_EVE, pauses=[Pause(asked)])
    message = encode_deadline(found, GOOD_FRIDAY_EVE)
    assert message.start_time.ToDatetime(UTC) == GOOD_FRIDAY_EVE
    assert not message.HasField("due_time")
    assert message.remaining.ToTimedelta() == timedelta(hours=4) - paused_after
    assert message.target.ToTimedelta() == timedelta(hours=4)
