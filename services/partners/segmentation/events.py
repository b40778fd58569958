"""The events of segmentations; the protos document each of them."""

from datetime import date

import msgspec


class SegmentationModelPublished(msgspec.Struct, frozen=True, kw_only=True):
    segmentation_model_id: str
    code: str
    number: int
    effective_day: date


class SegmentationModelWithdrawn(msgspec.Struct, frozen=True, kw_only=True):
    segmentation_model_id: str
    code: str
    number: int


class SegmentationCompleted(msgspec.Struct, frozen=True, kw_only=True):
    model_code: str
    model_number: int
    quarter: date
    partner_count: int
