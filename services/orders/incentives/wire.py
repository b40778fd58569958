"""Protobuf to commands, and versions of incentive plans to protobuf, by field name."""

from collections.abc import Iterable

from libs.errors import Violation
from libs.mapping import Mapper
from libs.pb.prm.orders import v1 as pb
from services.orders.incentives import usecases
from services.orders.incentives.domain.plan import Plan

PLAN = Mapper(Plan, pb.IncentivePlan)
DRAFT = Mapper(usecases.DraftPlan, pb.DraftPlanRequest)
CHECK = Mapper(usecases.GetPlan, pb.CheckPlanRequest)
PUBLISH = Mapper(usecases.PublishPlan, pb.PublishPlanRequest)
RETIRE = Mapper(usecases.RetirePlan, pb.RetirePlanRequest)
GET = Mapper(usecases.GetPlan, pb.GetPlanRequest)
LIST = Mapper(usecases.ListPlans, pb.ListPlansRequest)


def faults(found: Iterable[Violation]) -> pb.CheckPlanResponse:
    """The answer with the faults of a plan."""
    made = [pb.PlanFault(field=one.field, description=one.description, reason=one.reason) for one in found]
    return pb.CheckPlanResponse(faults=made)
