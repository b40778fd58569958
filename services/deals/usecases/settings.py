"""The policy of deal registration, and the typed environment of its use cases."""

from collections.abc import Mapping
from datetime import timedelta

from libs.deadlines import Rule, WorkingDays
from libs.messaging import outbox
from libs.privacy.subject_data import Disclosing


class Settings(Disclosing, frozen=True, kw_only=True):
    """What a vendor decides for its programme. claims_per_tier: open claims a partner of that tier may hold."""

    protection: timedelta = timedelta(days=90)
    extension: timedelta = timedelta(days=60)
    expiry_warning: timedelta = timedelta(days=14)
    decision: Rule = Rule("vendor-decision", 1, WorkingDays(days=5))
    claims_per_tier: Mapping[str, int] = {}
    claims_without_tier: int = 200

    def claims_allowed(self, tier: str) -> int:
        """How many open claims a tier allows."""
        return self.claims_per_tier.get(tier, self.claims_without_tier)


Env = outbox.Env[Settings]
