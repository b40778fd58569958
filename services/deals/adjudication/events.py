"""The events of adjudications; the protos document each of them."""

from datetime import date, datetime

import msgspec

from services.deals.adjudication.domain.sides import AdjudicationFactKind
from services.deals.adjudication.domain.states import AdjudicationReason


class AdjudicationRulePublished(msgspec.Struct, frozen=True, kw_only=True):
    adjudication_rule_id: str
    number: int
    effective_day: date


class AdjudicationRuleWithdrawn(msgspec.Struct, frozen=True, kw_only=True):
    adjudication_rule_id: str
    number: int


class AdjudicationOpened(msgspec.Struct, frozen=True, kw_only=True):
    adjudication_id: str
    registration_ids: tuple[str, ...]


class AdjudicationDecided(msgspec.Struct, frozen=True, kw_only=True):
    adjudication_id: str
    winner_registration_id: str
    reason: AdjudicationReason
    on_appeal: bool
    appeal_due_time: datetime | None


class AdjudicationSettled(msgspec.Struct, frozen=True, kw_only=True):
    adjudication_id: str
    winner_registration_id: str


class AdjudicationReopened(msgspec.Struct, frozen=True, kw_only=True):
    adjudication_id: str
    ended_registration_id: str


class AdjudicationSideEvent(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of every event about a side."""

    adjudication_side_id: str
    registration_id: str
    partner_id: str


class AdjudicationAppealed(AdjudicationSideEvent, frozen=True, kw_only=True):
    pass


class AdjudicationClaimDefeated(AdjudicationSideEvent, frozen=True, kw_only=True):
    pass


class AdjudicationFactRecorded(AdjudicationSideEvent, frozen=True, kw_only=True):
    kind: AdjudicationFactKind
