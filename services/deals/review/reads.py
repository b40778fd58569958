"""The deadline of the vendor's decision, in working days of the customer's country."""

from datetime import datetime

from libs.deadlines import Calendar, Deadline, Rule, WorkingDays, business_calendar, due_at, explain
from services.deals.claims.domain.registration import Registration
from services.deals.claims.domain.states import Review
from services.deals.review.domain.transitions import resumed
from services.deals.settings import Env


def decision_due(env: Env, reg: Registration, now: datetime) -> datetime:
    """When the decision is due. The clock runs from the first submission, or from `now`, without its pauses; an open
    pause ends at `now`."""
    start = reg.clock_began or now
    due = due_at(_rule(env), _calendar(env, reg), start=start, pauses=resumed(reg, now))
    assert due is not None, "no pause is open"
    return due


def decision_deadline(env: Env, reg: Registration) -> Deadline | None:
    """The deadline of the decision, explained; in ACTION_REQUIRED the clock is paused. None if no decision is awaited
    or no clock was started."""
    if reg.clock_began is None or (reg.decision_due_time is None and reg.review is not Review.ACTION_REQUIRED):
        return None
    return explain(_rule(env), _calendar(env, reg), start=reg.clock_began, pauses=reg.pauses)


def _rule(env: Env) -> Rule:
    return Rule("vendor-decision", 1, WorkingDays(days=env.settings.policy.decision_days))


def _calendar(env: Env, reg: Registration) -> Calendar:
    return business_calendar(reg.customer.country, env.directory.here.time_zone)
