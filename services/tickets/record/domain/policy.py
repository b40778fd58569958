"""Service policies (how fast the vendor promises to respond and solve), and the terms of one ticket."""

from collections.abc import Mapping

import msgspec

from libs.deadlines import OFFICE_HOURS, BusinessTime, Calendar, ElapsedTime, Hours, Rule
from services.tickets.record.domain.states import ClockType, Priority

Allowance = BusinessTime | ElapsedTime


class Targets(msgspec.Struct, frozen=True, kw_only=True):
    """The time that each clock allows."""

    first_response: Allowance
    next_response: Allowance
    resolution: Allowance


class ServicePolicy(msgspec.Struct, frozen=True, kw_only=True):
    """A version of a policy; any change needs a new version. hours: of every working day of the country. warn_percent:
    the share of the allowed time after which the vendor is warned (1 to 99). ValueError if incomplete."""

    id: str
    version: int
    targets: Mapping[Priority, Targets]
    hours: tuple[Hours, ...] = OFFICE_HOURS
    warn_percent: int = 75

    def __post_init__(self) -> None:
        if set(self.targets) != set(Priority) or not 0 < self.warn_percent < 100 or not self.hours:
            raise ValueError("a service policy has targets for every priority, hours, and warns between 1 and 99 %")


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """The terms of one ticket. They are stored with it, so that a later change of the policy does not affect its clocks
    and their explanations."""

    calendar: Calendar
    first_response: Rule
    next_response: Rule
    resolution: Rule
    warn_percent: int

    def rule(self, type: ClockType) -> Rule:
        """The rule of a clock."""
        return {
            ClockType.FIRST_RESPONSE: self.first_response,
            ClockType.NEXT_RESPONSE: self.next_response,
            ClockType.RESOLUTION: self.resolution,
        }[type]


def terms_of(policy: ServicePolicy, priority: Priority, calendar: Calendar) -> Terms:
    """The terms of the policy for a ticket of this priority."""
    targets = policy.targets[priority]
    return Terms(
        calendar=calendar,
        first_response=Rule("first-response", policy.version, targets.first_response),
        next_response=Rule("next-response", policy.version, targets.next_response),
        resolution=Rule("resolution", policy.version, targets.resolution),
        warn_percent=policy.warn_percent,
    )
