"""Loaders and writes of orders that higher slices may use, and the days that count."""

from datetime import date, timedelta

from services.orders.settings import Env

_AHEAD_OF_UTC = timedelta(hours=14)  # it is tomorrow somewhere already


def latest_day(env: Env) -> date:
    """The last day that has begun anywhere."""
    return (env.clock.now() + _AHEAD_OF_UTC).date()
