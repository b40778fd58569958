"""The gRPC side of approval chains: decode, call one use case, encode."""

from libs.call import Call
from libs.pb.prm.deals import v1 as pb
from libs.store.paging import page_end
from services.deals.approval import usecases, wire
from services.deals.settings import Env


class Api:
    """The RPCs of the rule, deputies and previews."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def DraftApprovalRule(self, request: pb.DraftApprovalRuleRequest, call: Call) -> pb.DraftApprovalRuleResponse:
        done = await self._env.run(usecases.draft_approval_rule, wire.DRAFT.decode(request, call=call))
        return pb.DraftApprovalRuleResponse(approval_rule=wire.RULE.encode(done))

    async def PublishApprovalRule(
        self, request: pb.PublishApprovalRuleRequest, call: Call
    ) -> pb.PublishApprovalRuleResponse:
        done = await self._env.run(usecases.publish_approval_rule, wire.PUBLISH.decode(request, call=call))
        return pb.PublishApprovalRuleResponse(approval_rule=wire.RULE.encode(done))

    async def WithdrawApprovalRule(
        self, request: pb.WithdrawApprovalRuleRequest, call: Call
    ) -> pb.WithdrawApprovalRuleResponse:
        done = await self._env.run(usecases.withdraw_approval_rule, wire.WITHDRAW.decode(request, call=call))
        return pb.WithdrawApprovalRuleResponse(approval_rule=wire.RULE.encode(done))

    async def PutApprovalDeputy(self, request: pb.PutApprovalDeputyRequest, call: Call) -> pb.PutApprovalDeputyResponse:
        done = await self._env.run(usecases.put_approval_deputy, wire.PUT.decode(request, call=call))
        return pb.PutApprovalDeputyResponse(approval_deputy=wire.DEPUTY.encode(done))

    async def ListApprovalRules(self, request: pb.ListApprovalRulesRequest, call: Call) -> pb.ListApprovalRulesResponse:
        page = await usecases.list_approval_rules(self._env, wire.LIST_RULES.decode(request, call=call))
        found = [wire.RULE.encode(loaded.value) for loaded in page.rows]
        return pb.ListApprovalRulesResponse(approval_rules=found, **page_end(page))

    async def ListApprovalDeputies(
        self, request: pb.ListApprovalDeputiesRequest, call: Call
    ) -> pb.ListApprovalDeputiesResponse:
        page = await usecases.list_approval_deputies(self._env, wire.LIST_DEPUTIES.decode(request, call=call))
        found = [wire.DEPUTY.encode(loaded.value) for loaded in page.rows]
        return pb.ListApprovalDeputiesResponse(approval_deputies=found, **page_end(page))

    async def PreviewApproval(self, request: pb.PreviewApprovalRequest, call: Call) -> pb.PreviewApprovalResponse:
        return wire.CHAIN.encode(await usecases.preview_approval(self._env, wire.PREVIEW.decode(request, call=call)))
