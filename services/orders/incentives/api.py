"""The gRPC side of incentive plans: decode, call one use case, encode."""

from libs.call import Call
from libs.pb.prm.orders import v1 as pb
from libs.store.paging import page_end
from services.orders.incentives import usecases, wire
from services.orders.settings import Env


class Api:
    """The RPCs for versions of incentive plans."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def DraftPlan(self, request: pb.DraftPlanRequest, call: Call) -> pb.DraftPlanResponse:
        plan = await self._env.run(usecases.draft_plan, wire.DRAFT.decode(request, call=call))
        return pb.DraftPlanResponse(plan=wire.PLAN.encode(plan))

    async def CheckPlan(self, request: pb.CheckPlanRequest, call: Call) -> pb.CheckPlanResponse:
        return wire.faults(await usecases.check_plan(self._env, wire.CHECK.decode(request, call=call)))

    async def PublishPlan(self, request: pb.PublishPlanRequest, call: Call) -> pb.PublishPlanResponse:
        plan = await self._env.run(usecases.publish_plan, wire.PUBLISH.decode(request, call=call))
        return pb.PublishPlanResponse(plan=wire.PLAN.encode(plan))

    async def RetirePlan(self, request: pb.RetirePlanRequest, call: Call) -> pb.RetirePlanResponse:
        plan = await self._env.run(usecases.retire_plan, wire.RETIRE.decode(request, call=call))
        return pb.RetirePlanResponse(plan=wire.PLAN.encode(plan))

    async def GetPlan(self, request: pb.GetPlanRequest, call: Call) -> pb.GetPlanResponse:
        plan = await usecases.get_plan(self._env, wire.GET.decode(request, call=call))
        return pb.GetPlanResponse(plan=wire.PLAN.encode(plan))

    async def ListPlans(self, request: pb.ListPlansRequest, call: Call) -> pb.ListPlansResponse:
        page = await usecases.list_plans(self._env, wire.LIST.decode(request, call=call))
        found = [wire.PLAN.encode(loaded.value) for loaded in page.rows]
        return pb.ListPlansResponse(plans=found, **page_end(page))
