"""The policy of orders, and the typed environment of their use cases."""

from enum import Enum
from itertools import pairwise
from typing import Annotated

import msgspec
from msgspec import Meta

from libs import env
from libs.decisions.four_eyes import Deciding, DecisionPolicy
from libs.money import LIMIT_UNITS
from libs.store.keyed_locks import KeyedLocks

Days = Annotated[int, Meta(ge=1, le=1000)]


class DunningPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many days after the due date each step is due, the first one first; none: nobody is dunned. ValueError unless
    they rise strictly, so that days lie between two steps."""

    days_past_due: Annotated[tuple[Days, ...], Meta(max_length=9)] = (7, 21, 35)

    def __post_init__(self) -> None:
        if any(later <= earlier for earlier, later in pairwise(self.days_past_due)):
            raise ValueError("days_past_due must rise from step to step")


class AllocationPolicy(Enum):
    """Who allocates the open credits of partners to their invoices: callers alone, or the clock, the oldest credit to
    the invoice that is due first."""

    BY_CALL = "BY_CALL"
    OLDEST_FIRST = "OLDEST_FIRST"


Currency = Annotated[str, Meta(pattern="^[A-Z]{3}$")]


Units = Annotated[int, Meta(ge=0, le=LIMIT_UNITS)]


class RepeatedNumberPolicy(Enum):
    """What becomes of an imported order whose purchase order number another order of its partner has."""

    WARN = "WARN"
    REFUSE = "REFUSE"


class Policy(DecisionPolicy, frozen=True, kw_only=True):
    """What a vendor decides, as `PRM_ORDERS_<NAME>`. terms_days_without_account: days to pay for partners without
    credit terms. release_alone_up_to: of how many whole units a held order may be that one person releases, by
    currency; in one that is not named it always takes two. credit_alone_up_to: to how many whole units one person may
    raise a credit limit, alike. dunning: the steps of asking for what is overdue. allocation: who allocates credits.
    repeated_purchase_order_number: what becomes of an imported order with the number of another."""

    terms_days_without_account: int = 30
    release_alone_up_to: dict[Currency, Units] = msgspec.field(default_factory=dict)
    credit_alone_up_to: dict[Currency, Units] = msgspec.field(default_factory=dict)
    dunning: DunningPolicy = DunningPolicy()
    allocation: AllocationPolicy = AllocationPolicy.BY_CALL
    repeated_purchase_order_number: RepeatedNumberPolicy = RepeatedNumberPolicy.WARN


class Settings(Deciding, frozen=True, kw_only=True):
    """The policy, what finding a person needs, and the lines in which calls of this process wait for each other."""

    policy: Policy = Policy()
    locks: KeyedLocks = msgspec.field(default_factory=KeyedLocks)


Env = env.Env[Settings]
