"""Reads of the clocks that higher slices may use."""

from libs.deadlines import business_calendar
from services.tickets.record.domain.policy import Terms, terms_of
from services.tickets.record.domain.states import Priority
from services.tickets.settings import Env


def promised(env: Env, priority: Priority, country: str) -> Terms:
    """The terms of the current policy for a new ticket of this priority and country."""
    policy = env.settings.policy
    return terms_of(policy, priority, business_calendar(country, env.directory.here.time_zone, policy.hours))
