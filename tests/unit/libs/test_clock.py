"""A clock for demonstrations may begin in the past, and goes on from there."""

from datetime import UTC, datetime, timedelta

import pytest

from libs.clock import ShiftedClock

PAST = datetime(2012, 12, 3, 9, tzinfo=UTC)


def test_a_shifted_clock_begins_where_it_is_told_and_is_advanced_from_there() -> None:
    clock = ShiftedClock(PAST)
    assert PAST <= clock.now() < PAST + timedelta(hours=1)
    clock.advance(timedelta(days=211))
    assert clock.now().date().isoformat() == "2013-07-02"
    with pytest.raises(ValueError, match="never goes back"):
        clock.advance(timedelta(seconds=-1))
