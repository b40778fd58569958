"""The gRPC side of leads: decode, call one use case, encode."""

from collections.abc import AsyncIterator
from functools import partial

from libs.call import Call
from libs.imports import Imported
from libs.pb.prm.deals import v1 as pb
from libs.rpc.decode import Incoming
from libs.rpc.imports import row_check, take_batches
from services.deals.leads import wire
from services.deals.leads.usecases import answering, intake, judging, lists
from services.deals.settings import Env


class Api:
    """The RPCs about leads."""

    def __init__(self, env: Env) -> None:
        self._env = env
        self._check_row = row_check(pb.ImportLeadRow, env.directory)

    async def CreateLead(self, request: pb.CreateLeadRequest, call: Call) -> pb.CreateLeadResponse:
        found = await self._env.run(intake.create_lead, wire.CREATE.decode(request, call=call))
        return pb.CreateLeadResponse(lead=wire.lead(found, call))

    async def ImportLeads(
        self, batches: AsyncIterator[Incoming[pb.ImportLeadsRequest]], call: Call
    ) -> AsyncIterator[pb.ImportLeadsResponse]:
        async for results in take_batches(batches, self._check_row, self._env, partial(self._import, call=call)):
            yield pb.ImportLeadsResponse(results=results)

    async def GetLead(self, request: pb.GetLeadRequest, call: Call) -> pb.GetLeadResponse:
        found = await lists.get_lead(self._env, wire.GET.decode(request, call=call))
        return pb.GetLeadResponse(lead=wire.lead(found.lead, call, found.order_id))

    async def ListLeads(self, request: pb.ListLeadsRequest, call: Call) -> pb.ListLeadsResponse:
        return wire.leads(await lists.list_leads(self._env, wire.LIST.decode(request, call=call)), call)

    async def StateLeadBasis(self, request: pb.StateLeadBasisRequest, call: Call) -> pb.StateLeadBasisResponse:
        found = await self._env.run(judging.state_lead_basis, wire.STATE_BASIS.decode(request, call=call))
        return pb.StateLeadBasisResponse(lead=wire.lead(found, call))

    async def QualifyLead(self, request: pb.QualifyLeadRequest, call: Call) -> pb.QualifyLeadResponse:
        found = await self._env.run(judging.qualify_lead, wire.QUALIFY.decode(request, call=call))
        return pb.QualifyLeadResponse(lead=wire.lead(found, call))

    async def DisqualifyLead(self, request: pb.DisqualifyLeadRequest, call: Call) -> pb.DisqualifyLeadResponse:
        found = await self._env.run(judging.disqualify_lead, wire.DISQUALIFY.decode(request, call=call))
        return pb.DisqualifyLeadResponse(lead=wire.lead(found, call))

    async def AcceptLead(self, request: pb.AcceptLeadRequest, call: Call) -> pb.AcceptLeadResponse:
        found = await self._env.run(answering.accept_lead, wire.ACCEPT.decode(request, call=call))
        return pb.AcceptLeadResponse(lead=wire.lead(found, call))

    async def DeclineLead(self, request: pb.DeclineLeadRequest, call: Call) -> pb.DeclineLeadResponse:
        found = await self._env.run(answering.decline_lead, wire.DECLINE.decode(request, call=call))
        return pb.DeclineLeadResponse(lead=wire.lead(found, call))

    async def ConvertLead(self, request: pb.ConvertLeadRequest, call: Call) -> pb.ConvertLeadResponse:
        found = await self._env.run(answering.convert_lead, wire.CONVERT.decode(request, call=call))
        return pb.ConvertLeadResponse(lead=wire.lead(found, call))

    async def GetLeadStatistics(self, request: pb.GetLeadStatisticsRequest, call: Call) -> pb.GetLeadStatisticsResponse:
        found = await lists.get_lead_statistics(self._env, wire.GET_STATISTICS.decode(request, call=call))
        return pb.GetLeadStatisticsResponse(statistics=wire.STATISTICS.encode(found))

    async def PublishLeadScoring(
        self, request: pb.PublishLeadScoringRequest, call: Call
    ) -> pb.PublishLeadScoringResponse:
        found = await self._env.run(lists.publish_lead_scoring, wire.PUBLISH.decode(request, call=call))
        return pb.PublishLeadScoringResponse(scoring=wire.SCORING.encode(found))

    async def WithdrawLeadScoring(
        self, request: pb.WithdrawLeadScoringRequest, call: Call
    ) -> pb.WithdrawLeadScoringResponse:
        found = await self._env.run(lists.withdraw_lead_scoring, wire.WITHDRAW.decode(request, call=call))
        return pb.WithdrawLeadScoringResponse(scoring=wire.SCORING.encode(found))

    async def ListLeadScorings(self, request: pb.ListLeadScoringsRequest, call: Call) -> pb.ListLeadScoringsResponse:
        return wire.scorings(await lists.list_lead_scorings(self._env, wire.LIST_SCORINGS.decode(request, call=call)))

    async def _import(self, env: Env, request: pb.ImportLeadsRequest, row: pb.ImportLeadRow, *, call: Call) -> Imported:
        return await env.run(intake.import_lead, wire.row(row, call))
