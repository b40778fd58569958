"""The policy of the partners service, and the typed environment of its use cases."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from libs import env
from libs.decisions.four_eyes import Deciding, DecisionPolicy
from libs.decisions.limits import Currency, Units
from libs.lifetime import Lane
from libs.matching import NameIndex
from libs.store.keyed_locks import KeyedLocks


class Policy(DecisionPolicy, frozen=True, kw_only=True):
    """The settings of a vendor, each `PRM_PARTNERS_<NAME>`. funding_request_alone_up_to, fund_claim_alone_up_to: the
    largest request, and claim, of a fund that one person may approve, in whole units by currency; without an amount for
    its currency it always needs two. fund_agreement_required: whether a partner that never had an agreement in force
    can have no funds. tier_override_alone_up_to: the highest rank of a level that one person may give a partner against
    its programme. screening_required: whether a partner is approved only after all its candidates were judged;
    screening_near_basis_points: from which probability on a name on a list that is written differently is a candidate,
    in basis points; 10,000: none is.
    conduct_decay, conduct_decay_months: how points of conduct decay, see `services/partners/conduct/domain/points.py`.
    conduct_statement_days: for how many working days the vendor waits for what a partner says about a case.
    conduct_appeal_days: within how many days the partner can appeal. scorecard_notice_days: how many days before it
    applies a version of a scorecard model is published; segmentation_notice_days: the same for segmentation models.
    quality_stale_months: after how many months without a change or confirmation a record is no longer current.
    quality_closed_days: how many days a finding of data quality is kept after it was mended or lapsed."""

    funding_request_alone_up_to: dict[Currency, Units] = msgspec.field(default_factory=dict)
    fund_claim_alone_up_to: dict[Currency, Units] = msgspec.field(default_factory=dict)
    fund_agreement_required: bool = False
    tier_override_alone_up_to: Annotated[int, Meta(ge=0, le=100)] = 0
    screening_required: bool = False
    screening_near_basis_points: Annotated[int, Meta(ge=1, le=10_000)] = 7_500
    conduct_decay: Literal["EXPIRY", "HALF_LIFE"] = "HALF_LIFE"
    conduct_decay_months: Annotated[int, Meta(ge=1, le=120)] = 12
    conduct_statement_days: Annotated[int, Meta(ge=1, le=90)] = 10
    conduct_appeal_days: Annotated[int, Meta(ge=1, le=366)] = 30
    scorecard_notice_days: Annotated[int, Meta(ge=0, le=366)] = 30
    segmentation_notice_days: Annotated[int, Meta(ge=0, le=366)] = 30
    quality_stale_months: Annotated[int, Meta(ge=1, le=120)] = 12
    quality_closed_days: Annotated[int, Meta(ge=90, le=3_650)] = 1_095


class ScreeningIndex(msgspec.Struct):
    """The names of all screening lists, as this process has filed them; None before it needed them (`screening`)."""

    index: NameIndex | None = None


class Settings(Deciding, frozen=True, kw_only=True):
    """The policy, and the locks by which calls of this process wait for each other. measuring: the lane of the jobs
    that measure one partner after the other, so that calls run between two of them. screening: the names on lists."""

    policy: Policy = Policy()
    locks: KeyedLocks = msgspec.field(default_factory=KeyedLocks)
    measuring: Lane = msgspec.field(default_factory=Lane)
    screening: ScreeningIndex = msgspec.field(default_factory=ScreeningIndex)


Env = env.Env[Settings]
