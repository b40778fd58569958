"""Protobuf to commands, and versions of incentive plans to protobuf, by field name."""

from collections.abc import Iterable

from libs.errors import Violation
from libs.mapping import Mapper
from libs.pb.prm.orders import v1 as pb
from services.orders.incentives import usecases
from services.orders.incentives.domain.plan import Plan

PLAN = Mapper(Plan, pb.IncentivePlan)
DRAFT = Mapper(usecases.DraftIncentivePlan, pb.DraftIncentivePlanRequest)
CHECK = Mapper(usecases.GetIncentivePlan, pb.CheckIncentivePlanRequest)
PUBLISH = Mapper(usecases.PublishIncentivePlan, pb.PublishIncentivePlanRequest)
RETIRE = Mapper(usecases.RetireIncentivePlan, pb.RetireIncentivePlanRequest)
GET = Mapper(usecases.GetIncentivePlan, pb.GetIncentivePlanRequest)
LIST = Mapper(usecases.ListIncentivePlans, pb.ListIncentivePlansRequest)


def faults(found: Iterable[Violation]) -> pb.CheckIncentivePlanResponse:
    """The answer with the faults of a plan."""
    made = [pb.PlanFault(field=one.field, description=one.description, reason=one.reason) for one in found]
    return pb.CheckIncentivePlanResponse(faults=made)
