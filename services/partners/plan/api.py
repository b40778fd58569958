"""The gRPC side of joint plans: decode, call one use case, encode."""

from libs.call import Call
from libs.pb.prm.partners import v1 as pb
from libs.store.paging import page_end
from services.partners.plan import wire
from services.partners.plan.usecases import attainment, initiatives, plans
from services.partners.settings import Env


class Api:
    """The RPCs for joint plans and their initiatives."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def DraftPlan(self, request: pb.DraftPlanRequest, call: Call) -> pb.DraftPlanResponse:
        plan = await self._env.run(plans.draft_plan, wire.DRAFT.decode(request, call=call))
        return pb.DraftPlanResponse(plan=wire.plan(plan))

    async def RevisePlan(self, request: pb.RevisePlanRequest, call: Call) -> pb.RevisePlanResponse:
        plan = await self._env.run(plans.revise_plan, wire.REVISE.decode(request, call=call))
        return pb.RevisePlanResponse(plan=wire.plan(plan))

    async def ProposePlan(self, request: pb.ProposePlanRequest, call: Call) -> pb.ProposePlanResponse:
        plan = await self._env.run(plans.propose_plan, wire.PROPOSE.decode(request, call=call))
        return pb.ProposePlanResponse(plan=wire.plan(plan))

    async def AgreePlan(self, request: pb.AgreePlanRequest, call: Call) -> pb.AgreePlanResponse:
        plan = await self._env.run(plans.agree_plan, wire.AGREE.decode(request, call=call))
        return pb.AgreePlanResponse(plan=wire.plan(plan))

    async def ReturnPlan(self, request: pb.ReturnPlanRequest, call: Call) -> pb.ReturnPlanResponse:
        plan = await self._env.run(plans.return_plan, wire.RETURN.decode(request, call=call))
        return pb.ReturnPlanResponse(plan=wire.plan(plan))

    async def ClosePlan(self, request: pb.ClosePlanRequest, call: Call) -> pb.ClosePlanResponse:
        plan = await self._env.run(plans.close_plan, wire.CLOSE.decode(request, call=call))
        return pb.ClosePlanResponse(plan=wire.plan(plan))

    async def CancelPlan(self, request: pb.CancelPlanRequest, call: Call) -> pb.CancelPlanResponse:
        plan = await self._env.run(plans.cancel_plan, wire.CANCEL.decode(request, call=call))
        return pb.CancelPlanResponse(plan=wire.plan(plan))

    async def GetPlan(self, request: pb.GetPlanRequest, call: Call) -> pb.GetPlanResponse:
        plan = await plans.get_plan(self._env, wire.GET.decode(request, call=call))
        return pb.GetPlanResponse(plan=wire.plan(plan))

    async def ListPlans(self, request: pb.ListPlansRequest, call: Call) -> pb.ListPlansResponse:
        page = await plans.list_plans(self._env, wire.LIST.decode(request, call=call))
        found = [wire.plan(loaded.value) for loaded in page.rows]
        return pb.ListPlansResponse(plans=found, **page_end(page))

    async def GetPlanAttainment(self, request: pb.GetPlanAttainmentRequest, call: Call) -> pb.GetPlanAttainmentResponse:
        found = await attainment.get_plan_attainment(self._env, wire.GET_ATTAINMENT.decode(request, call=call))
        return wire.STANDING.encode(found)

    async def AddInitiative(self, request: pb.AddInitiativeRequest, call: Call) -> pb.AddInitiativeResponse:
        initiative = await self._env.run(initiatives.add_initiative, wire.ADD_INITIATIVE.decode(request, call=call))
        return pb.AddInitiativeResponse(initiative=wire.INITIATIVE.encode(initiative))

    async def UpdateInitiative(self, request: pb.UpdateInitiativeRequest, call: Call) -> pb.UpdateInitiativeResponse:
        initiative = await self._env.run(initiatives.update_initiative, wire.update_initiative(request, call))
        return pb.UpdateInitiativeResponse(initiative=wire.INITIATIVE.encode(initiative))

    async def CloseInitiative(self, request: pb.CloseInitiativeRequest, call: Call) -> pb.CloseInitiativeResponse:
        initiative = await self._env.run(initiatives.close_initiative, wire.CLOSE_INITIATIVE.decode(request, call=call))
        return pb.CloseInitiativeResponse(initiative=wire.INITIATIVE.encode(initiative))

    async def ListInitiatives(self, request: pb.ListInitiativesRequest, call: Call) -> pb.ListInitiativesResponse:
        page = await initiatives.list_initiatives(self._env, wire.LIST_INITIATIVES.decode(request, call=call))
        found = [wire.INITIATIVE.encode(loaded.value) for loaded in page.rows]
        return pb.ListInitiativesResponse(initiatives=found, **page_end(page))
