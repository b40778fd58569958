"""The events of data quality; the protos document each of them."""

import msgspec

from services.partners.quality.domain.rules import QualityDimension, QualityRule
from services.partners.quality.domain.states import QualityDismissal, QualityFindingState


class QualityFindingEvent(msgspec.Struct, frozen=True, kw_only=True):
    """The fields that every event of a finding has."""

    quality_finding_id: str
    partner_id: str
    contact_id: str
    rule: QualityRule
    dimension: QualityDimension


class QualityFindingOpened(QualityFindingEvent, frozen=True, kw_only=True):
    pass


class QualityFindingClosed(QualityFindingEvent, frozen=True, kw_only=True):
    state: QualityFindingState


class QualityFindingDismissed(QualityFindingEvent, frozen=True, kw_only=True):
    dismissal: QualityDismissal


class QualityRecordConfirmed(msgspec.Struct, frozen=True, kw_only=True):
    partner_id: str
    contact_id: str
