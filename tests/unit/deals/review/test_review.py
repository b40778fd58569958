"""What submissions and requests for changes keep, and when a missed decision is told."""

from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from services.deals.claims.domain.states import Review
from services.deals.review.domain import transitions
from tests.builders import NOW
from tests.unit.deals.registrations import KEYS, a_registration

LATER = NOW + timedelta(days=1)
INSTANT = timedelta(microseconds=1)


def test_the_first_submission_decides_who_was_first() -> None:
    asked = replace(a_registration(Review.ACTION_REQUIRED), submit_time=NOW)
    again, _ = transitions.submit(asked, keys=KEYS, conflicts=0, near=0, due=LATER, now=LATER)
    assert again.submit_time == NOW


def test_asking_the_partner_stops_the_clock_and_its_answer_lets_it_run_on() -> None:
    asked, _ = transitions.request_changes(a_registration(Review.UNDER_REVIEW), ("lines",), note=None, now=NOW)
    answered, _ = transitions.submit(asked, keys=KEYS, conflicts=0, near=0, due=LATER, now=LATER)
    assert [(pause.since, pause.until) for pause in asked.pauses] == [(NOW, None)]
    assert [(pause.since, pause.until) for pause in answered.pauses] == [(NOW, LATER)]


@pytest.mark.parametrize(
    ("due", "breached", "told"),
    [
        (None, False, False),
        (LATER + INSTANT, False, False),
        (LATER, False, True),
        (NOW, False, True),
        (NOW, True, False),
    ],
)
def test_a_missed_decision_is_told_from_its_instant_on_and_once(
    due: datetime | None, breached: bool, told: bool
) -> None:
    reg = replace(a_registration(Review.SUBMITTED), decision_due_time=due, decision_breached=breached)
    made = transitions.breach_decision(reg, now=LATER)
    assert (made is not None) == told
    if made is not None:
        changed, event = made
        assert (changed, event.decision_due_time) == (replace(reg, decision_breached=True, update_time=LATER), due)
