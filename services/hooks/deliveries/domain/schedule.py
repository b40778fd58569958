"""When a delivery is attempted again: ten attempts over about 75 hours."""

import hashlib
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

RETRY_AFTER_AT_MOST = timedelta(hours=24)
JITTER_PERCENT = 10
ATTEMPTS_AT_MOST = 10

_DELAYS = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""After each failed attempt but the last. Longer than an outage over a weekend, shorter than anybody would wait for."""

_DIGITS = 19


def delay_after(attempts: int, key: str) -> timedelta | None:
    """How long to wait after so many failed attempts, up to JITTER_PERCENT more than the schedule says; None after the
    last one. key: what spreads the deliveries, so that a receiver that comes back does not get all of them at once; the
    same key has the same delay."""
    if attempts >= ATTEMPTS_AT_MOST:
        return None
    base = _DELAYS[attempts - 1]
    hashed = hashlib.blake2b(f"{key}/{attempts}".encode(), digest_size=4).digest()
    return base + base * (JITTER_PERCENT / 100 * int.from_bytes(hashed, "big") / 2**32)


def asked_pause(retry_after: str, now: datetime) -> timedelta:
    """How long a receiver asks to be left alone by `Retry-After` (RFC 9110: seconds, or a date), RETRY_AFTER_AT_MOST at
    most; nothing for a header that says neither."""
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        seconds = int(text) if len(text) <= _DIGITS else RETRY_AFTER_AT_MOST.total_seconds()
        return min(timedelta(seconds=min(seconds, RETRY_AFTER_AT_MOST.total_seconds())), RETRY_AFTER_AT_MOST)
    try:
        until = parsedate_to_datetime(text)
    except (TypeError, ValueError, OverflowError):
        return timedelta(0)
    zoned = until if until.tzinfo is not None else until.replace(tzinfo=UTC)
    return min(max(zoned - now, timedelta(0)), RETRY_AFTER_AT_MOST)
