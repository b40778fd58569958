"""The policy of deal registration, and the typed environment of its use cases."""

from collections.abc import Collection
from datetime import timedelta
from typing import Annotated

import msgspec

from libs import env
from libs.cross_checks.subjects import CheckPolicy
from libs.partner import PartnerFacts
from libs.store.keyed_locks import KeyedLocks

ANY_LINE = "*"
Days = Annotated[int, msgspec.Meta(ge=1, le=3_650)]


class StageDays(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """For how many days a claim is protected from the moment on at which its deal reaches a stage."""

    prospect: Days
    qualified: Days
    technical_validation: Days
    business_validation: Days
    committed: Days


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """The policy of a vendor, one `PRM_DEALS_<FIELD>` variable per field. protection, extension: how long they last.
    expiry_warning: how long before the end of protection the warning is published. decision_days: working days for a
    decision. claims_per_tier: open claims that a partner of a tier may hold. conflict_threshold: the score at which a
    protected claim blocks another. claims_taken_back: a partner whose people took back so many claims before the
    decision within taken_back_window can submit none until the first of them has left the window.
    approval_awaits_cells: whether no claim is approved before every other cell has answered whether it knows the
    customer. questions_per_day: how many claims a cell may ask another about in a day. agreement_required: whether a
    partner that never had an agreement in force can submit none. lead_accept_days: working days of its country in which
    a partner can accept a lead. lead_refusals: after how many a lead goes into the pool. leads_per_partner: it has so
    many open leads at most. lead_picks: a partner picks so many within lead_pick_window. lead_cool_down: how long a
    partner that had a lead does not get it again. lead_shelf: after that a lead that nobody has taken expires.
    rule_notice_days: how many days before it applies a version of a rule is published. adjudication_appeal_days: within
    how many working days the partner of a claim that lost a case can appeal. stage_days: how long each stage protects,
    by product line, `*` for every other one; a claim of several has the longest, and one with a product line without
    any has protection and extension alone. direct_checks_per_day: of how many customers a seller of the vendor may ask
    in a day whether they are protected. lapsed_after_days: after how many days without a purchase a customer is to be
    won back."""

    protection: timedelta = timedelta(days=90)
    extension: timedelta = timedelta(days=60)
    expiry_warning: timedelta = timedelta(days=14)
    decision_days: int = 5
    claims_per_tier: dict[str, int] = {}
    claims_without_tier: int = 200
    conflict_threshold: Annotated[int, msgspec.Meta(ge=1, le=100)] = 80
    claims_taken_back: Annotated[int, msgspec.Meta(ge=1, le=100)] = 10
    taken_back_window: timedelta = timedelta(days=1)
    approval_awaits_cells: bool = False
    questions_per_day: Annotated[int, msgspec.Meta(ge=0)] = 1_000
    agreement_required: bool = False
    lead_accept_days: Annotated[int, msgspec.Meta(ge=1, le=60)] = 2
    lead_refusals: Annotated[int, msgspec.Meta(ge=1, le=50)] = 3
    leads_per_partner: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 50
    lead_picks: Annotated[int, msgspec.Meta(ge=1, le=1_000)] = 5
    lead_pick_window: timedelta = timedelta(days=7)
    lead_cool_down: timedelta = timedelta(days=30)
    lead_shelf: timedelta = timedelta(days=180)
    rule_notice_days: Annotated[int, msgspec.Meta(ge=0, le=366)] = 14
    stage_days: dict[str, StageDays] = msgspec.field(default_factory=dict)
    adjudication_appeal_days: Annotated[int, msgspec.Meta(ge=1, le=60)] = 10
    direct_checks_per_day: Annotated[int, msgspec.Meta(ge=0, le=100_000)] = 50
    lapsed_after_days: Annotated[int, msgspec.Meta(ge=1, le=3_650)] = 365

    def claims_allowed(self, partner: PartnerFacts) -> int:
        """How many open claims a partner may hold: as its level in the partner programme says, else as its tier."""
        if partner.claim_limit is not None:
            return partner.claim_limit
        return self.claims_per_tier.get(partner.tier, self.claims_without_tier)

    def protection_of(self, partner: PartnerFacts | None, *, staged: timedelta | None = None) -> timedelta:
        """How long an approved claim of a partner is protected: as its level in the partner programme says, else as its
        stage, else as everybody's. partner: None if it is not known here. staged: of `stage_protection`."""
        days = partner.protection_days if partner else None
        return staged or self.protection if days is None else timedelta(days=days)

    def stage_protection(self, product_lines: Collection[str], stage: str) -> timedelta | None:
        """How long a claim on these product lines is protected from the moment on at which it reaches a stage, by the
        name of the stage. None if stages do not protect it: without days for one of its product lines, or in a final
        stage."""
        found = [self.stage_days.get(line, self.stage_days.get(ANY_LINE)) for line in product_lines]
        days = [getattr(one, stage.lower(), None) for one in found]
        longest = max((one for one in days if one is not None), default=None)
        return None if longest is None or None in days else timedelta(days=longest)


class Backlog(msgspec.Struct):
    """How many customers this process has entered since it last filed some under their terms (`matching`)."""

    unfiled: int = 0


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The policy, the locks that make calls of this process wait for each other, how other cells are asked, and how
    many customers wait to be filed."""

    policy: Policy = Policy()
    locks: KeyedLocks = msgspec.field(default_factory=KeyedLocks)
    checks: CheckPolicy = msgspec.field(default_factory=CheckPolicy)
    backlog: Backlog = msgspec.field(default_factory=Backlog)


Env = env.Env[Settings]
