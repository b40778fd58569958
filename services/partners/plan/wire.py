"""Protobuf to commands; plans, initiatives and attainments to protobuf, by field name."""

from libs.call import Call
from libs.mapping import Mapper, to_wire
from libs.pb.prm.partners import v1 as pb
from services.partners.plan.domain.initiative import Initiative, InitiativeChanges
from services.partners.plan.domain.plan import Plan
from services.partners.plan.usecases import attainment, initiatives, plans

DRAFT = Mapper(plans.DraftPlan, pb.DraftPlanRequest)
REVISE = Mapper(plans.RevisePlan, pb.RevisePlanRequest)
PROPOSE = Mapper(plans.ProposePlan, pb.ProposePlanRequest)
AGREE = Mapper(plans.AgreePlan, pb.AgreePlanRequest)
RETURN = Mapper(plans.ReturnPlan, pb.ReturnPlanRequest)
CLOSE = Mapper(plans.ClosePlan, pb.ClosePlanRequest)
CANCEL = Mapper(plans.CancelPlan, pb.CancelPlanRequest)
GET = Mapper(plans.GetPlan, pb.GetPlanRequest)
LIST = Mapper(plans.ListPlans, pb.ListPlansRequest)
GET_ATTAINMENT = Mapper(attainment.GetPlanAttainment, pb.GetPlanAttainmentRequest)
STANDING = Mapper(attainment.PlanStanding, pb.GetPlanAttainmentResponse)
INITIATIVE = Mapper(Initiative, pb.Initiative)
ADD_INITIATIVE = Mapper(initiatives.AddInitiative, pb.AddInitiativeRequest)
CLOSE_INITIATIVE = Mapper(initiatives.CloseInitiative, pb.CloseInitiativeRequest)
LIST_INITIATIVES = Mapper(initiatives.ListInitiatives, pb.ListInitiativesRequest)
_CHANGES = Mapper(InitiativeChanges, pb.UpdateInitiativeRequest)
_PLAN = Mapper(Plan, pb.Plan)


def plan(found: Plan) -> pb.Plan:
    """The plan, with the days that follow from its targets."""
    return _PLAN.encode(found, first_day=to_wire(found.first_day), last_day=to_wire(found.last_day))


def update_initiative(request: pb.UpdateInitiativeRequest, call: Call) -> initiatives.UpdateInitiative:
    """The command with the fields that the update mask names."""
    changes = _CHANGES.decode_masked(request)
    return initiatives.UpdateInitiative(call=call, id=request.id, etag=request.etag, changes=changes)
