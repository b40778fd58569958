"""Decides what to do with an event whose handling failed."""

from enum import Enum

from libs.errors import AppError, Code, StoreUnavailable, WrongCell
from libs.store.port import UniqueViolation, VersionConflict

HEAL_ATTEMPTS = 10
ATTEMPTS_AT_MOST = 20
DELAY_FIRST_SECONDS = 0.25
DELAY_MOST_SECONDS = 5.0


class Verdict(Enum):
    """The decision about an event. DONE: it has had its effect. AGAIN: try again later. BURY: make it a dead letter."""

    DONE = "DONE"
    AGAIN = "AGAIN"
    BURY = "BURY"


def judge(err: BaseException, attempts: int) -> Verdict:
    """The verdict (AGAIN or BURY) after attempt number `attempts`, counted from 1, failed with `err`.

    StoreUnavailable is tried again without limit, so an outage makes no dead letters. Conflicts, timeouts and errors
    that ask to be repeated get 20 attempts. A missing document or a wrong state gets 10 attempts over half a minute,
    because an event that has not arrived yet may correct it. Any other error is a permanent refusal or a bug.
    """
    if isinstance(err, StoreUnavailable):
        return Verdict.AGAIN
    if isinstance(err, VersionConflict | UniqueViolation | TimeoutError):
        return _again_until(ATTEMPTS_AT_MOST, attempts)
    if not isinstance(err, AppError):
        return Verdict.BURY
    if err.retry_after_seconds is not None or err.code in (Code.UNAVAILABLE, Code.ABORTED):
        return _again_until(ATTEMPTS_AT_MOST, attempts)
    if err.code in (Code.NOT_FOUND, Code.FAILED_PRECONDITION) and not isinstance(err, WrongCell):
        return _again_until(HEAL_ATTEMPTS, attempts)
    return Verdict.BURY


def delay_seconds(attempts: int) -> float:
    """The pause before the next attempt: 0.25, 0.5, 1, 2, 4, then always 5 seconds."""
    return min(DELAY_FIRST_SECONDS * 2.0 ** min(attempts - 1, 10), DELAY_MOST_SECONDS)


def _again_until(most: int, attempts: int) -> Verdict:
    return Verdict.AGAIN if attempts < most else Verdict.BURY
