"""The gRPC side of the segmentation of end customers: decode, call one use case, encode."""

from libs.call import Call
from libs.pb.prm.deals import v1 as pb
from libs.store.paging import page_end
from services.deals.customer_segmentation import wire
from services.deals.customer_segmentation.usecases import results, rules
from services.deals.settings import Env


class Api:
    """The RPCs of the rule and of what it found."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def DraftCustomerSegmentationRule(
        self, request: pb.DraftCustomerSegmentationRuleRequest, call: Call
    ) -> pb.DraftCustomerSegmentationRuleResponse:
        done = await self._env.run(rules.draft_customer_segmentation_rule, wire.DRAFT.decode(request, call=call))
        return pb.DraftCustomerSegmentationRuleResponse(customer_segmentation_rule=wire.RULE.encode(done))

    async def PublishCustomerSegmentationRule(
        self, request: pb.PublishCustomerSegmentationRuleRequest, call: Call
    ) -> pb.PublishCustomerSegmentationRuleResponse:
        done = await self._env.run(rules.publish_customer_segmentation_rule, wire.PUBLISH.decode(request, call=call))
        return pb.PublishCustomerSegmentationRuleResponse(customer_segmentation_rule=wire.RULE.encode(done))

    async def WithdrawCustomerSegmentationRule(
        self, request: pb.WithdrawCustomerSegmentationRuleRequest, call: Call
    ) -> pb.WithdrawCustomerSegmentationRuleResponse:
        done = await self._env.run(rules.withdraw_customer_segmentation_rule, wire.WITHDRAW.decode(request, call=call))
        return pb.WithdrawCustomerSegmentationRuleResponse(customer_segmentation_rule=wire.RULE.encode(done))

    async def ListCustomerSegmentationRules(
        self, request: pb.ListCustomerSegmentationRulesRequest, call: Call
    ) -> pb.ListCustomerSegmentationRulesResponse:
        page = await rules.list_customer_segmentation_rules(self._env, wire.LIST_RULES.decode(request, call=call))
        found = [wire.RULE.encode(loaded.value) for loaded in page.rows]
        return pb.ListCustomerSegmentationRulesResponse(customer_segmentation_rules=found, **page_end(page))

    async def GetCustomerSegmentation(
        self, request: pb.GetCustomerSegmentationRequest, call: Call
    ) -> pb.GetCustomerSegmentationResponse:
        found = await results.get_customer_segmentation(self._env, wire.GET.decode(request, call=call))
        return wire.segmentation(found)

    async def ListCustomerSegments(
        self, request: pb.ListCustomerSegmentsRequest, call: Call
    ) -> pb.ListCustomerSegmentsResponse:
        return wire.segments(await results.list_customer_segments(self._env, wire.LIST.decode(request, call=call)))

    async def GetCustomerSegment(
        self, request: pb.GetCustomerSegmentRequest, call: Call
    ) -> pb.GetCustomerSegmentResponse:
        found = await results.get_customer_segment(self._env, wire.GET_ONE.decode(request, call=call))
        return pb.GetCustomerSegmentResponse(segment=wire.SEGMENT.encode(found))
