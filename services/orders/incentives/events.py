"""The events of incentive plans; the protos document each of them."""

from datetime import date

import msgspec


class PlanEvent(msgspec.Struct, frozen=True, kw_only=True):
    """The base of the events of plans."""

    incentive_plan_id: str
    code: str
    number: int


class IncentivePlanDrafted(PlanEvent, frozen=True, kw_only=True):
    pass


class IncentivePlanPublished(PlanEvent, frozen=True, kw_only=True):
    effective_day: date


class IncentivePlanRetired(PlanEvent, frozen=True, kw_only=True):
    last_day: date
