"""The policy of the orders service, and the typed environment of its use cases."""

from enum import Enum
from itertools import pairwise
from typing import Annotated

import msgspec
from msgspec import Meta

from libs import env
from libs.cross_checks.subjects import CheckPolicy
from libs.decisions.four_eyes import Deciding, DecisionPolicy
from libs.decisions.limits import Currency, Units
from libs.store.keyed_locks import KeyedLocks

Days = Annotated[int, Meta(ge=1, le=1000)]


class DunningPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """days_past_due: how many days after the due date each dunning step is due, in order; empty: invoices are not
    dunned. ValueError unless the days rise strictly from step to step."""

    days_past_due: Annotated[tuple[Days, ...], Meta(max_length=9)] = (7, 21, 35)

    def __post_init__(self) -> None:
        if any(later <= earlier for earlier, later in pairwise(self.days_past_due)):
            raise ValueError("days_past_due must rise from step to step")


class StockPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When the stock of partners is flagged, and how much is proposed. window_days: the days up to the last report
    whose sales count. low_days, high_days: fewer and more days of cover are flagged. target_days: what an order fills
    up to. aged_days: older pieces are aged. silent_days: after so many days without a report the figures are doubtful.
    ValueError unless low_days <= target_days <= high_days."""

    window_days: Days = 56
    low_days: Days = 14
    target_days: Days = 45
    high_days: Days = 120
    aged_days: Days = 180
    silent_days: Days = 35

    def __post_init__(self) -> None:
        if not self.low_days <= self.target_days <= self.high_days:
            raise ValueError("low_days, target_days and high_days must not fall")


class AllocationPolicy(Enum):
    """How open partner credits are allocated to invoices. BY_CALL: only by calls; OLDEST_FIRST: also by a job, the
    oldest credit to the invoice that is due first."""

    BY_CALL = "BY_CALL"
    OLDEST_FIRST = "OLDEST_FIRST"


class RepeatedNumberPolicy(Enum):
    """What an import does with an order whose purchase order number another order of the same partner has."""

    WARN = "WARN"
    REFUSE = "REFUSE"


class Policy(DecisionPolicy, frozen=True, kw_only=True):
    """The settings of a vendor, each `PRM_ORDERS_<NAME>`. terms_days_without_account: days to pay for partners without
    credit terms. release_alone_up_to: the largest held order, in whole units by currency, that one person may release;
    without an amount for its currency an order always needs two. credit_alone_up_to: the highest credit limit that one
    person may set, likewise. dunning: the dunning steps. allocation: how credits are allocated.
    repeated_purchase_order_number: what an import does with a repeated number. questions_per_day: how many pieces a
    cell may ask another about in a day. agreement_required: whether the orders of a partner that never had an agreement
    in force are held. stock: when the stock of a partner is flagged."""

    terms_days_without_account: int = 30
    release_alone_up_to: dict[Currency, Units] = msgspec.field(default_factory=dict)
    credit_alone_up_to: dict[Currency, Units] = msgspec.field(default_factory=dict)
    dunning: DunningPolicy = DunningPolicy()
    allocation: AllocationPolicy = AllocationPolicy.BY_CALL
    repeated_purchase_order_number: RepeatedNumberPolicy = RepeatedNumberPolicy.WARN
    questions_per_day: Annotated[int, Meta(ge=0)] = 1_000
    agreement_required: bool = False
    stock: StockPolicy = StockPolicy()


class Settings(Deciding, frozen=True, kw_only=True):
    """The policy, the locks by which calls of this process wait for each other, and how other cells are asked."""

    policy: Policy = Policy()
    locks: KeyedLocks = msgspec.field(default_factory=KeyedLocks)
    checks: CheckPolicy = msgspec.field(default_factory=CheckPolicy)


Env = env.Env[Settings]
