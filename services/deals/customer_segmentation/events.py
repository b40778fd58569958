"""The events of the segmentation of end customers; the protos document each of them."""

from datetime import date

import msgspec


class CustomerSegmentationRulePublished(msgspec.Struct, frozen=True, kw_only=True):
    customer_segmentation_rule_id: str
    number: int
    effective_day: date


class CustomerSegmentationRuleWithdrawn(msgspec.Struct, frozen=True, kw_only=True):
    customer_segmentation_rule_id: str
    number: int


class CustomerSegmentationCompleted(msgspec.Struct, frozen=True, kw_only=True):
    rule_number: int
    quarter: date
    customer_count: int
