"""The vendor's own deadline for a decision, on the business calendar of the customer's country."""

from datetime import datetime
from functools import cache

from libs.deadlines import (
    Calendar,
    Deadline,
    HolidaysUnknown,
    Hours,
    Rule,
    WorkingDays,
    due_at,
    explain,
    national_calendar,
)
from services.deals.domain.moves import resumed
from services.deals.domain.registration import Registration
from services.deals.usecases.settings import Env

_HOURS = (Hours(9 * 60, 17 * 60),)
_WEEKDAYS = 5


def decision_due(env: Env, reg: Registration, now: datetime) -> datetime:
    """When a decision is due if the clock runs from the first submission on, less what the partner took."""
    start = reg.submit_time or now
    calendar = _calendar(reg.customer.country, env.directory.here.time_zone)
    due = due_at(_rule(env), calendar, start=start, pauses=resumed(reg, now))
    assert due is not None, "no pause is open"
    return due


def decision_deadline(env: Env, reg: Registration) -> Deadline | None:
    """Why the decision is due when it is; None before submission and after the decision."""
    if reg.submit_time is None or reg.decide_time is not None or reg.close_time is not None:
        return None
    calendar = _calendar(reg.customer.country, env.directory.here.time_zone)
    return explain(_rule(env), calendar, start=reg.submit_time, pauses=reg.pauses)


def _rule(env: Env) -> Rule:
    return Rule("vendor-decision", 1, WorkingDays(days=env.settings.policy.decision_days))


@cache
def _calendar(country: str, time_zone: str) -> Calendar:
    try:
        return national_calendar(country, time_zone, hours=_HOURS)
    except HolidaysUnknown:
        weekly = tuple(_HOURS if day < _WEEKDAYS else () for day in range(7))
        return Calendar(id="weekdays", version=1, time_zone=time_zone, weekly=weekly)
