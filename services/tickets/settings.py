"""The service policy of tickets, and the typed environment of the use cases."""

import msgspec

from libs import env
from libs.deadlines import BusinessTime
from services.tickets.record.domain.policy import ServicePolicy, Targets
from services.tickets.record.domain.states import Priority


def _hours(first_response: int, next_response: int, resolution: int) -> Targets:
    return Targets(
        first_response=BusinessTime(hours=first_response),
        next_response=BusinessTime(hours=next_response),
        resolution=BusinessTime(hours=resolution),
    )


STANDARD = ServicePolicy(
    id="standard",
    version=1,
    targets={
        Priority.CRITICAL: _hours(1, 2, 8),
        Priority.HIGH: _hours(2, 4, 16),
        Priority.MODERATE: _hours(4, 8, 40),
        Priority.LOW: _hours(8, 16, 80),
        Priority.PLANNING: _hours(16, 40, 160),
    },
)


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """policy: the service policy of the vendor, which new tickets follow."""

    policy: ServicePolicy = STANDARD


Env = env.Env[Settings]
