"""The gRPC side of the distribution: decode, call one use case, encode."""

from libs.call import Call
from libs.pb.prm.deals import v1 as pb
from services.deals.lead_distribution import wire
from services.deals.lead_distribution.usecases import distributing, lists, picking
from services.deals.leads.wire import lead
from services.deals.settings import Env


class Api:
    """The RPCs about the distribution of leads."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def DistributeLead(self, request: pb.DistributeLeadRequest, call: Call) -> pb.DistributeLeadResponse:
        found = await self._env.run(distributing.distribute_lead, wire.DISTRIBUTE.decode(request, call=call))
        return pb.DistributeLeadResponse(lead=lead(found, call))

    async def ListPoolLeads(self, request: pb.ListPoolLeadsRequest, call: Call) -> pb.ListPoolLeadsResponse:
        return wire.pool(await lists.list_pool_leads(self._env, wire.LIST_POOL.decode(request, call=call)))

    async def PickLead(self, request: pb.PickLeadRequest, call: Call) -> pb.PickLeadResponse:
        found = await self._env.run(picking.pick_lead, wire.PICK.decode(request, call=call))
        return pb.PickLeadResponse(lead=lead(found, call))

    async def ListLeadRounds(self, request: pb.ListLeadRoundsRequest, call: Call) -> pb.ListLeadRoundsResponse:
        return wire.rounds(await lists.list_lead_rounds(self._env, wire.LIST_ROUNDS.decode(request, call=call)))
