"""The gRPC side of the pipeline: decode, call one use case, encode."""

from libs.call import Call
from libs.pb.prm.deals import v1 as pb
from services.deals.pipeline import wire
from services.deals.pipeline.usecases import outcomes
from services.deals.settings import Env


class Api:
    """The RPCs about deals and how they end."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def RecordOutcome(self, request: pb.RecordOutcomeRequest, call: Call) -> pb.RecordOutcomeResponse:
        deal = await self._env.run(outcomes.record_outcome, wire.RECORD.decode(request, call=call))
        return pb.RecordOutcomeResponse(deal=wire.DEAL.encode(deal))

    async def GetPipelineDeal(self, request: pb.GetPipelineDealRequest, call: Call) -> pb.GetPipelineDealResponse:
        return wire.shown(await outcomes.get_pipeline_deal(self._env, wire.GET.decode(request, call=call)))

    async def ListPipelineDeals(self, request: pb.ListPipelineDealsRequest, call: Call) -> pb.ListPipelineDealsResponse:
        return wire.deals(await outcomes.list_pipeline_deals(self._env, wire.LIST.decode(request, call=call)))

    async def GetWinRates(self, request: pb.GetWinRatesRequest, call: Call) -> pb.GetWinRatesResponse:
        return wire.rates(await outcomes.get_win_rates(self._env, wire.RATES.decode(request, call=call)))
