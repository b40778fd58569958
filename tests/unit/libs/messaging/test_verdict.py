"""Which failures are tried again, and for how long."""

import pytest

from libs.errors import Contended, Duplicate, EtagMismatch, InvalidInput, NotFound, StoreUnavailable, WrongCell
from libs.messaging.verdict import ATTEMPTS_AT_MOST, HEAL_ATTEMPTS, Verdict, delay_seconds, judge
from libs.store.port import LimitExceeded, UniqueViolation, VersionConflict

FOR_EVER = 10**6


@pytest.mark.parametrize(
    ("err", "attempts"),
    [
        (StoreUnavailable("away"), FOR_EVER),
        (Contended("busy"), ATTEMPTS_AT_MOST - 1),
        (EtagMismatch("order", "1", "2"), ATTEMPTS_AT_MOST - 1),
        (VersionConflict("order", "1"), ATTEMPTS_AT_MOST - 1),
        (UniqueViolation("order", "number"), ATTEMPTS_AT_MOST - 1),
        (TimeoutError(), ATTEMPTS_AT_MOST - 1),
        (NotFound("partner", "1"), HEAL_ATTEMPTS - 1),
        (InvalidInput([]), 0),
        (WrongCell("x", here="a", cell="b", endpoint=""), 0),
        (Duplicate("order", "number"), 0),
        (LimitExceeded("too large"), 0),
        (ValueError("a bug"), 0),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_an_effect_is_tried_again_as_often_as_it_may_help(err: Exception, attempts: int) -> None:
    assert [judge(err, one) for one in (1, 2, attempts) if 0 < one <= attempts] == [
        Verdict.AGAIN for one in (1, 2, attempts) if 0 < one <= attempts
    ]
    if attempts < FOR_EVER:
        assert judge(err, attempts + 1) is Verdict.BURY


def test_pauses_grow_to_five_seconds() -> None:
    assert [delay_seconds(attempts) for attempts in (1, 2, 3, 4, 5, 6, FOR_EVER)] == [0.25, 0.5, 1, 2, 4, 5, 5]


def test_what_may_heal_has_half_a_minute() -> None:
    assert sum(delay_seconds(attempts) for attempts in range(1, HEAL_ATTEMPTS)) == pytest.approx(27.75)
