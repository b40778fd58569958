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

    async def DraftIncentivePlan(
        self, request: pb.DraftIncentivePlanRequest, call: Call
    ) -> pb.DraftIncentivePlanResponse:
        plan = await self._env.run(usecases.draft_plan, wire.DRAFT.decode(request, call=call))
        return pb.DraftIncentivePlanResponse(plan=wire.PLAN.encode(plan))

    async def CheckIncentivePlan(
        self, request: pb.CheckIncentivePlanRequest, call: Call
    ) -> pb.CheckIncentivePlanResponse:
        return wire.faults(await usecases.check_plan(self._env, wire.CHECK.decode(request, call=call)))

    async def PublishIncentivePlan(
        self, request: pb.PublishIncentivePlanRequest, call: Call
    ) -> pb.PublishIncentivePlanResponse:
        plan = await self._env.run(usecases.publish_plan, wire.PUBLISH.decode(request, call=call))
        return pb.PublishIncentivePlanResponse(plan=wire.PLAN.encode(plan))

    async def RetireIncentivePlan(
        self, request: pb.RetireIncentivePlanRequest, call: Call
    ) -> pb.RetireIncentivePlanResponse:
        plan = await self._env.run(usecases.retire_plan, wire.RETIRE.decode(request, call=call))
        return pb.RetireIncentivePlanResponse(plan=wire.PLAN.encode(plan))

    async def GetIncentivePlan(self, request: pb.GetIncentivePlanRequest, call: Call) -> pb.GetIncentivePlanResponse:
        plan = await usecases.get_plan(self._env, wire.GET.decode(request, call=call))
        return pb.GetIncentivePlanResponse(plan=wire.PLAN.encode(plan))

    async def ListIncentivePlans(
        self, request: pb.ListIncentivePlansRequest, call: Call
    ) -> pb.ListIncentivePlansResponse:
        page = await usecases.list_plans(self._env, wire.LIST.decode(request, call=call))
        found = [wire.PLAN.encode(loaded.value) for loaded in page.rows]
        return pb.ListIncentivePlansResponse(plans=found, **page_end(page))
