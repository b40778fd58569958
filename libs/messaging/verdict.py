"""What becomes of an event whose effect failed."""

from enum import Enum

from libs.errors import AppError, Code, StoreUnavailable, WrongCell
from libs.store.port import VersionConflict

HEAL_DELIVERIES = 8
DELIVERIES_AT_MOST = 20
DELAY_FIRST_SECONDS = 0.25
DELAY_MOST_SECONDS = 30.0


class Verdict(Enum):
    """DONE: it had its effect. HOLD: nothing can be done now, keep it and try again here. LATER: have it delivered
    again. BURY: it will never work, to the dead letters."""

    DONE = "DONE"
    HOLD = "HOLD"
    LATER = "LATER"
    BURY = "BURY"


def judge(err: BaseException, deliveries: int) -> Verdict:
    """After `deliveries` attempts, this one included, has failed with `err`.

    A store that is away is waited for, so that an outage buries nothing. Competition, timeouts and what says "repeat"
    are tried again up to 20 times. A missing document or a wrong state may heal, because what it needs may be under way
    in another event: 8 attempts over half a minute. Everything else is a refusal for good, or a bug.
    """
    if isinstance(err, StoreUnavailable):
        return Verdict.HOLD
    if isinstance(err, VersionConflict | TimeoutError):
        return _later_until(DELIVERIES_AT_MOST, deliveries)
    if not isinstance(err, AppError):
        return Verdict.BURY
    if err.retry_after_seconds is not None or err.code in (Code.UNAVAILABLE, Code.ABORTED):
        return _later_until(DELIVERIES_AT_MOST, deliveries)
    if err.code in (Code.NOT_FOUND, Code.FAILED_PRECONDITION) and not isinstance(err, WrongCell):
        return _later_until(HEAL_DELIVERIES, deliveries)
    return Verdict.BURY


def delay_seconds(deliveries: int) -> float:
    """How long to wait before the next delivery: 0.25, 0.5, 1, ... 30 seconds."""
    return min(DELAY_FIRST_SECONDS * 2.0 ** (deliveries - 1), DELAY_MOST_SECONDS)


def _later_until(most: int, deliveries: int) -> Verdict:
    return Verdict.LATER if deliveries < most else Verdict.BURY
