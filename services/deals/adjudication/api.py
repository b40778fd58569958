"""The gRPC side of adjudications: decode, call one use case, encode."""

from libs.call import Call
from libs.pb.prm.deals import v1 as pb
from libs.store.paging import page_end
from services.deals.adjudication import wire
from services.deals.adjudication.usecases import cases, deciding, rules, sides
from services.deals.settings import Env


class Api:
    """The RPCs of the rule, cases, sides and appeals."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def DraftAdjudicationRule(
        self, request: pb.DraftAdjudicationRuleRequest, call: Call
    ) -> pb.DraftAdjudicationRuleResponse:
        done = await self._env.run(rules.draft_adjudication_rule, wire.DRAFT.decode(request, call=call))
        return pb.DraftAdjudicationRuleResponse(adjudication_rule=wire.RULE.encode(done))

    async def PublishAdjudicationRule(
        self, request: pb.PublishAdjudicationRuleRequest, call: Call
    ) -> pb.PublishAdjudicationRuleResponse:
        done = await self._env.run(rules.publish_adjudication_rule, wire.PUBLISH.decode(request, call=call))
        return pb.PublishAdjudicationRuleResponse(adjudication_rule=wire.RULE.encode(done))

    async def WithdrawAdjudicationRule(
        self, request: pb.WithdrawAdjudicationRuleRequest, call: Call
    ) -> pb.WithdrawAdjudicationRuleResponse:
        done = await self._env.run(rules.withdraw_adjudication_rule, wire.WITHDRAW.decode(request, call=call))
        return pb.WithdrawAdjudicationRuleResponse(adjudication_rule=wire.RULE.encode(done))

    async def OpenAdjudication(self, request: pb.OpenAdjudicationRequest, call: Call) -> pb.OpenAdjudicationResponse:
        done = await self._env.run(cases.open_adjudication, wire.OPEN.decode(request, call=call))
        return pb.OpenAdjudicationResponse(adjudication=wire.CASE.encode(done))

    async def RecordInvitation(self, request: pb.RecordInvitationRequest, call: Call) -> pb.RecordInvitationResponse:
        done = await self._env.run(sides.record_invitation, wire.RECORD.decode(request, call=call))
        return pb.RecordInvitationResponse(adjudication_side=wire.SIDE.encode(done))

    async def DecideAdjudication(
        self, request: pb.DecideAdjudicationRequest, call: Call
    ) -> pb.DecideAdjudicationResponse:
        done = await self._env.run(deciding.decide_adjudication, wire.DECIDE.decode(request, call=call))
        return pb.DecideAdjudicationResponse(adjudication=wire.CASE.encode(done))

    async def DecideAdjudicationAppeal(
        self, request: pb.DecideAdjudicationAppealRequest, call: Call
    ) -> pb.DecideAdjudicationAppealResponse:
        done = await self._env.run(deciding.decide_adjudication_appeal, wire.DECIDE_APPEAL.decode(request, call=call))
        return pb.DecideAdjudicationAppealResponse(adjudication=wire.CASE.encode(done))

    async def AppealAdjudication(
        self, request: pb.AppealAdjudicationRequest, call: Call
    ) -> pb.AppealAdjudicationResponse:
        done = await self._env.run(sides.appeal_adjudication, wire.APPEAL.decode(request, call=call))
        return pb.AppealAdjudicationResponse(adjudication_side=wire.SIDE.encode(done))

    async def ListAdjudicationRules(
        self, request: pb.ListAdjudicationRulesRequest, call: Call
    ) -> pb.ListAdjudicationRulesResponse:
        page = await rules.list_adjudication_rules(self._env, wire.LIST_RULES.decode(request, call=call))
        found = [wire.RULE.encode(loaded.value) for loaded in page.rows]
        return pb.ListAdjudicationRulesResponse(adjudication_rules=found, **page_end(page))

    async def ListAdjudications(self, request: pb.ListAdjudicationsRequest, call: Call) -> pb.ListAdjudicationsResponse:
        page = await cases.list_adjudications(self._env, wire.LIST.decode(request, call=call))
        found = [wire.CASE.encode(loaded.value) for loaded in page.rows]
        return pb.ListAdjudicationsResponse(adjudications=found, **page_end(page))

    async def ListAdjudicationSides(
        self, request: pb.ListAdjudicationSidesRequest, call: Call
    ) -> pb.ListAdjudicationSidesResponse:
        page = await sides.list_adjudication_sides(self._env, wire.LIST_SIDES.decode(request, call=call))
        found = [wire.SIDE.encode(loaded.value) for loaded in page.rows]
        return pb.ListAdjudicationSidesResponse(adjudication_sides=found, **page_end(page))

    async def GetAdjudication(self, request: pb.GetAdjudicationRequest, call: Call) -> pb.GetAdjudicationResponse:
        return wire.whole(await cases.get_adjudication(self._env, wire.GET.decode(request, call=call)))

    async def GetAdjudicationStatistics(
        self, request: pb.GetAdjudicationStatisticsRequest, call: Call
    ) -> pb.GetAdjudicationStatisticsResponse:
        command = wire.STATISTICS.decode(request, call=call)
        return wire.statistics(await cases.get_adjudication_statistics(self._env, command))

    async def GetAdjudicationSide(
        self, request: pb.GetAdjudicationSideRequest, call: Call
    ) -> pb.GetAdjudicationSideResponse:
        found = await sides.get_adjudication_side(self._env, wire.GET_SIDE.decode(request, call=call))
        return pb.GetAdjudicationSideResponse(adjudication_side=wire.SIDE.encode(found))
