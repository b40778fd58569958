"""The gRPC side of campaigns: decode, call one use case, encode."""

from collections.abc import AsyncIterator
from functools import partial

from libs.call import Call
from libs.imports import Imported
from libs.pb.prm.deals import v1 as pb
from libs.rpc.decode import Incoming
from libs.rpc.imports import row_check, take_batches
from services.deals.campaigns import wire
from services.deals.campaigns.usecases import measuring, planning, taking_part, touching
from services.deals.settings import Env


class Api:
    """The RPCs about campaigns."""

    def __init__(self, env: Env) -> None:
        self._env = env
        self._check_row = row_check(pb.ImportCampaignRow, env.directory)

    async def CreateCampaign(self, request: pb.CreateCampaignRequest, call: Call) -> pb.CreateCampaignResponse:
        found = await self._env.run(planning.create_campaign, wire.CREATE.decode(request, call=call))
        return pb.CreateCampaignResponse(campaign=wire.CAMPAIGN.encode(found))

    async def ImportCampaigns(
        self, batches: AsyncIterator[Incoming[pb.ImportCampaignsRequest]], call: Call
    ) -> AsyncIterator[pb.ImportCampaignsResponse]:
        async for results in take_batches(batches, self._check_row, self._env, partial(self._import, call=call)):
            yield pb.ImportCampaignsResponse(results=results)

    async def UpdateCampaign(self, request: pb.UpdateCampaignRequest, call: Call) -> pb.UpdateCampaignResponse:
        found = await self._env.run(planning.update_campaign, wire.update(request, call))
        return pb.UpdateCampaignResponse(campaign=wire.CAMPAIGN.encode(found))

    async def MoveCampaign(self, request: pb.MoveCampaignRequest, call: Call) -> pb.MoveCampaignResponse:
        found = await self._env.run(planning.move_campaign, wire.MOVE.decode(request, call=call))
        return pb.MoveCampaignResponse(campaign=wire.CAMPAIGN.encode(found))

    async def GetCampaign(self, request: pb.GetCampaignRequest, call: Call) -> pb.GetCampaignResponse:
        found = await planning.get_campaign(self._env, wire.GET.decode(request, call=call))
        return pb.GetCampaignResponse(campaign=wire.CAMPAIGN.encode(found))

    async def ListCampaigns(self, request: pb.ListCampaignsRequest, call: Call) -> pb.ListCampaignsResponse:
        found = await planning.list_campaigns(self._env, wire.LIST.decode(request, call=call))
        return wire.campaigns(found)

    async def InvitePartner(self, request: pb.InvitePartnerRequest, call: Call) -> pb.InvitePartnerResponse:
        found = await self._env.run(taking_part.invite_partner, wire.INVITE.decode(request, call=call))
        return pb.InvitePartnerResponse(participation=wire.PARTICIPATION.encode(found))

    async def AnswerInvitation(self, request: pb.AnswerInvitationRequest, call: Call) -> pb.AnswerInvitationResponse:
        found = await self._env.run(taking_part.answer_invitation, wire.ANSWER.decode(request, call=call))
        return pb.AnswerInvitationResponse(participation=wire.PARTICIPATION.encode(found))

    async def RecordAttendance(self, request: pb.RecordAttendanceRequest, call: Call) -> pb.RecordAttendanceResponse:
        found = await self._env.run(taking_part.record_attendance, wire.RECORD.decode(request, call=call))
        return pb.RecordAttendanceResponse(participation=wire.PARTICIPATION.encode(found))

    async def GetParticipation(self, request: pb.GetParticipationRequest, call: Call) -> pb.GetParticipationResponse:
        found = await taking_part.get_participation(self._env, wire.GET_PARTICIPATION.decode(request, call=call))
        return pb.GetParticipationResponse(participation=wire.participation(*found))

    async def ListParticipations(
        self, request: pb.ListParticipationsRequest, call: Call
    ) -> pb.ListParticipationsResponse:
        found = await taking_part.list_participations(self._env, wire.LIST_PARTICIPATIONS.decode(request, call=call))
        return wire.participations(found)

    async def RecordTouch(self, request: pb.RecordTouchRequest, call: Call) -> pb.RecordTouchResponse:
        found = await self._env.run(touching.record_touch, wire.TOUCH.decode(request, call=call))
        return pb.RecordTouchResponse(touch=wire.TOUCHED.encode(found))

    async def ListTouches(self, request: pb.ListTouchesRequest, call: Call) -> pb.ListTouchesResponse:
        found = await touching.list_touches(self._env, wire.LIST_TOUCHES.decode(request, call=call))
        return wire.touches(found)

    async def GetCampaignResult(self, request: pb.GetCampaignResultRequest, call: Call) -> pb.GetCampaignResultResponse:
        found = await measuring.get_campaign_result(self._env, wire.GET_RESULT.decode(request, call=call))
        return pb.GetCampaignResultResponse(result=wire.RESULT.encode(found))

    async def _import(
        self, env: Env, request: pb.ImportCampaignsRequest, row: pb.ImportCampaignRow, *, call: Call
    ) -> Imported:
        return await env.run(planning.import_campaign, wire.row(row, call))
