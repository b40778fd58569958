"""When a delivery is attempted again, against an oracle that walks the hours of the standard."""

from datetime import datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.hooks.deliveries.domain.delivery import (
    DISABLED_AFTER,
    Attempt,
    Delivery,
    Receiver,
    after_attempts,
    attempted,
    is_lost,
    queued,
)
from services.hooks.deliveries.domain.schedule import RETRY_AFTER_AT_MOST, asked_pause, delay_after
from services.hooks.deliveries.domain.states import AttemptOutcome, DeliveryState
from tests.builders import NOW, an_id

# As hours: what Standard Webhooks 1.0 proposes.
_HOURS = (5 / 3600, 5 / 60, 0.5, 2, 5, 10, 14, 20, 24)
_FAILED = [one for one in AttemptOutcome if one is not AttemptOutcome.ACCEPTED]


def a_delivery() -> Delivery:
    return queued(
        Delivery(
            id=an_id("dlv"),
            subscription_id=an_id("sub"),
            event_id="evt_1",
            event_type="orders.order.confirmed",
            resource_id=an_id("ord"),
            event_time=NOW,
            state=DeliveryState.MISSED,
            create_time=NOW,
            update_time=NOW,
            body=b"{}",
        ),
        NOW,
    )


def an_attempt(outcome: AttemptOutcome, time: datetime = NOW) -> Attempt:
    return Attempt(time=time, duration_ms=3, outcome=outcome)


@given(st.lists(st.sampled_from(list(AttemptOutcome)), min_size=1, max_size=12), st.text("abc", min_size=1, max_size=9))
def test_a_delivery_follows_the_schedule_to_its_end(outcomes: list[AttemptOutcome], key: str) -> None:
    """The oracle counts failures itself: the tenth is the last, a success ends it, and the waits are those of the
    standard, up to a tenth longer."""
    delivery, now, failures, ended = a_delivery(), NOW, 0, False
    for outcome in outcomes:
        if ended:
            break
        assert delivery.next_attempt_time is not None
        now = delivery.next_attempt_time
        delivery = attempted(delivery, an_attempt(outcome, now), pause=timedelta(0), now=now)
        if outcome is AttemptOutcome.ACCEPTED:
            ended = True
            assert delivery.state is DeliveryState.DELIVERED
            continue
        failures += 1
        if failures == 10:
            ended = True
            assert delivery.state is DeliveryState.GIVEN_UP
            continue
        assert delivery.state is DeliveryState.PENDING
        assert delivery.next_attempt_time is not None
        waited = (delivery.next_attempt_time - now) / timedelta(hours=1)
        assert _HOURS[failures - 1] - 1e-6 <= waited <= _HOURS[failures - 1] * 1.1 + 1e-6
    assert (delivery.queue is None) is ended
    assert (delivery.next_attempt_time is None) is ended


@given(st.text(max_size=20))
def test_ten_attempts_take_about_75_hours(key: str) -> None:
    waits = [delay_after(count, key) for count in range(1, 10)]
    total = sum((one for one in waits if one is not None), timedelta(0))
    assert timedelta(hours=75) <= total <= timedelta(hours=84)
    assert delay_after(10, key) is None
    assert waits == [delay_after(count, key) for count in range(1, 10)]


def test_two_deliveries_do_not_come_back_at_the_same_instant() -> None:
    assert len({delay_after(3, f"dlv_{number}") for number in range(50)}) == 50


@given(st.integers(0, 10**12))
def test_retry_after_in_seconds_is_kept_up_to_its_bound(seconds: int) -> None:
    assert asked_pause(f" {seconds} ", NOW) == min(timedelta(seconds=min(seconds, 10**9)), RETRY_AFTER_AT_MOST)


@given(st.integers(-100_000, 1_000_000))
def test_retry_after_as_a_date_is_kept_up_to_its_bound(seconds: int) -> None:
    header = format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)
    assert asked_pause(header, NOW) == min(max(timedelta(seconds=seconds), timedelta(0)), RETRY_AFTER_AT_MOST)


@given(st.text(max_size=64))
def test_any_header_is_read_and_none_raises(text: str) -> None:
    assert timedelta(0) <= asked_pause(text, NOW) <= RETRY_AFTER_AT_MOST


@pytest.mark.parametrize("text", ["", "soon", "-5", "1e9", "9" * 64, "Wed, 99 Foo 2026", "٣"])
def test_a_header_that_says_no_time_asks_for_no_pause_or_the_longest(text: str) -> None:
    assert asked_pause(text, NOW) in (timedelta(0), RETRY_AFTER_AT_MOST)


@given(st.timedeltas(timedelta(0), RETRY_AFTER_AT_MOST))
def test_the_next_attempt_is_not_before_the_receiver_wants_it(pause: timedelta) -> None:
    after = attempted(a_delivery(), an_attempt(AttemptOutcome.REFUSED), pause=pause, now=NOW)
    assert after.next_attempt_time is not None
    assert after.next_attempt_time >= NOW + pause


def test_a_failure_after_days_without_anything_to_send_loses_no_receiver() -> None:
    once = after_attempts(Receiver(id=an_id("sub")), accepted=False, pause=timedelta(0), now=NOW)
    later = NOW + timedelta(days=30)
    again = after_attempts(once, accepted=False, pause=timedelta(0), now=later)
    assert again.failing_since == later
    assert not is_lost(again, later)


@given(st.lists(st.tuples(st.booleans(), st.timedeltas(timedelta(seconds=1), timedelta(days=2))), max_size=20))
def test_a_receiver_is_lost_when_nothing_succeeded_for_five_days(steps: list[tuple[bool, timedelta]]) -> None:
    """The oracle remembers the first failure after the last success."""
    receiver, now = Receiver(id=an_id("sub")), NOW
    first: datetime | None = None
    for accepted, wait in steps:
        now += wait
        receiver = after_attempts(receiver, accepted=accepted, pause=timedelta(0), now=now)
        first = None if accepted else first or now
        assert receiver.failing_since == first
        assert is_lost(receiver, now) is (first is not None and now - first >= DISABLED_AFTER)
        paused = receiver.pause_time - now if receiver.pause_time is not None else timedelta(0)
        assert timedelta(0) <= paused <= timedelta(minutes=5)
        assert (paused > timedelta(0)) is not accepted
