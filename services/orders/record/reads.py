"""The latest day that a caller may name as begun."""

from datetime import date, timedelta

from services.orders.settings import Env

_AHEAD_OF_UTC = timedelta(hours=14)  # the time zone furthest ahead


def latest_day(env: Env) -> date:
    """The last day that has begun in any time zone."""
    return (env.clock.now() + _AHEAD_OF_UTC).date()
