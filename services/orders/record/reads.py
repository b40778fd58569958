"""Loaders and writes of orders that higher slices may use, and the days that count."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from services.orders.settings import Env

_AHEAD_OF_UTC = timedelta(hours=14)  # it is tomorrow somewhere already


def today(env: Env) -> date:
    """The day it is now where the cell is."""
    return env.clock.now().astimezone(ZoneInfo(env.directory.here.time_zone)).date()


def latest_day(env: Env) -> date:
    """The last day that has begun anywhere."""
    return (env.clock.now() + _AHEAD_OF_UTC).date()
