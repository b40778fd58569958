"""The policy of the partners service, and the typed environment of its use cases."""

from typing import Annotated

import msgspec

from libs import env
from libs.decisions.four_eyes import Deciding, DecisionPolicy
from libs.decisions.limits import Currency, Units
from libs.store.keyed_locks import KeyedLocks


class Policy(DecisionPolicy, frozen=True, kw_only=True):
    """The settings of a vendor, each `PRM_PARTNERS_<NAME>`. funding_request_alone_up_to, fund_claim_alone_up_to: the
    largest request, and claim, of a fund that one person may approve, in whole units by currency; without an amount for
    its currency it always needs two. scorecard_notice_days: how many days before it applies a version of a scorecard
    model is published."""

    funding_request_alone_up_to: dict[Currency, Units] = msgspec.field(default_factory=dict)
    fund_claim_alone_up_to: dict[Currency, Units] = msgspec.field(default_factory=dict)
    scorecard_notice_days: Annotated[int, msgspec.Meta(ge=0, le=366)] = 30


class Settings(Deciding, frozen=True, kw_only=True):
    """The policy, and the locks by which calls of this process wait for each other."""

    policy: Policy = Policy()
    locks: KeyedLocks = msgspec.field(default_factory=KeyedLocks)


Env = env.Env[Settings]
