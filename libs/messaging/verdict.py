"""What becomes of an event whose effect failed."""

from enum import Enum

from libs.errors import AppError, Code, StoreUnavailable, WrongCell
from libs.store.port import UniqueViolation, VersionConflict

HEAL_ATTEMPTS = 10
ATTEMPTS_AT_MOST = 20
DELAY_FIRST_SECONDS = 0.25
DELAY_MOST_SECONDS = 5.0


class Verdict(Enum):
    """DONE: it had its effect. AGAIN: try again after a while. BURY: it will never work, to the dead letters."""

    DONE = "DONE"
    AGAIN = "AGAIN"
    BURY = "BURY"


def judge(err: BaseException, attempts: int) -> Verdict:
    """After `attempts` attempts, this one included, have failed with errors like `err`.

    The consumer waits for a store that is unavailable, so an outage makes no dead letters. Competition, timeouts and
    what says "repeat" get 20 attempts. A missing document or a wrong state may be transient, because another event that
    has not arrived yet may supply what it needs: 10 attempts over half a minute. Everything else is a permanent refusal
    or a bug.
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
    """How long to wait before the next attempt: 0.25, 0.5, 1, 2, 4, then 5 seconds."""
    return min(DELAY_FIRST_SECONDS * 2.0 ** min(attempts - 1, 10), DELAY_MOST_SECONDS)


def _again_until(most: int, attempts: int) -> Verdict:
    return Verdict.AGAIN if attempts < most else Verdict.BURY
