"""The policy of deal registration, and the typed environment of its use cases."""

from datetime import timedelta
from typing import Annotated

import msgspec

from libs import env
from libs.store.keyed_locks import KeyedLocks


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """What a vendor decides for its programme, from `PRM_DEALS_PROTECTION` on. decision_days: working days to decide.
    claims_per_tier: open claims a partner of that tier may hold. conflict_threshold: the score, 1 to 100, from which on
    a protected claim blocks another. A partner's people who took back claims_taken_back claims before their decision
    within taken_back_window may submit none until the window has moved on."""

    protection: timedelta = timedelta(days=90)
    extension: timedelta = timedelta(days=60)
    expiry_warning: timedelta = timedelta(days=14)
    decision_days: int = 5
    claims_per_tier: dict[str, int] = {}
    claims_without_tier: int = 200
    conflict_threshold: Annotated[int, msgspec.Meta(ge=1, le=100)] = 80
    claims_taken_back: Annotated[int, msgspec.Meta(ge=1, le=100)] = 10
    taken_back_window: timedelta = timedelta(days=1)

    def claims_allowed(self, tier: str) -> int:
        """How many open claims a tier allows."""
        return self.claims_per_tier.get(tier, self.claims_without_tier)


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The policy, and the locks on which calls of this process wait for each other."""

    policy: Policy = Policy()
    locks: KeyedLocks = msgspec.field(default_factory=KeyedLocks)


Env = env.Env[Settings]
