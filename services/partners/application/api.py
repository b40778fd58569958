"""The gRPC side of applications: decode, call one use case, encode."""

from libs.call import Call
from libs.decisions.api import shown
from libs.pb.prm.partners import v1 as pb
from libs.store.paging import page_end
from services.partners.application import wire
from services.partners.application.usecases import applications, transitions
from services.partners.application.usecases.transitions import FOUR_EYES
from services.partners.record.reads import possible_duplicates
from services.partners.record.wire import PARTNER
from services.partners.settings import Env


class Api:
    """The RPCs for a partner from application to termination."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def ApplyPartner(self, request: pb.ApplyPartnerRequest, call: Call) -> pb.ApplyPartnerResponse:
        partner = await self._env.run(applications.apply_partner, wire.apply(request, call))
        return wire.applied(partner, await possible_duplicates(self._env, partner, call=call))

    async def ListPartners(self, request: pb.ListPartnersRequest, call: Call) -> pb.ListPartnersResponse:
        page = await applications.list_partners(self._env, wire.LIST.decode(request, call=call))
        found = [PARTNER.encode(loaded.value) for loaded in page.rows]
        return pb.ListPartnersResponse(partners=found, **page_end(page))

    async def UpdatePartner(self, request: pb.UpdatePartnerRequest, call: Call) -> pb.UpdatePartnerResponse:
        partner = await self._env.run(applications.update_partner, wire.update(request, call))
        return pb.UpdatePartnerResponse(partner=PARTNER.encode(partner))

    async def StartVetting(self, request: pb.StartVettingRequest, call: Call) -> pb.StartVettingResponse:
        partner = await self._env.run(transitions.start_vetting, wire.START_VETTING.decode(request, call=call))
        return pb.StartVettingResponse(partner=PARTNER.encode(partner))

    async def ApprovePartner(self, request: pb.ApprovePartnerRequest, call: Call) -> pb.ApprovePartnerResponse:
        partner = await self._env.run(transitions.approve_partner, wire.APPROVE.decode(request, call=call))
        return pb.ApprovePartnerResponse(partner=PARTNER.encode(partner))

    async def RejectPartner(self, request: pb.RejectPartnerRequest, call: Call) -> pb.RejectPartnerResponse:
        partner = await self._env.run(transitions.reject_partner, wire.REJECT.decode(request, call=call))
        return pb.RejectPartnerResponse(partner=PARTNER.encode(partner))

    async def SuspendPartner(self, request: pb.SuspendPartnerRequest, call: Call) -> pb.SuspendPartnerResponse:
        partner = await self._env.run(transitions.suspend_partner, wire.SUSPEND.decode(request, call=call))
        return pb.SuspendPartnerResponse(partner=PARTNER.encode(partner))

    async def ReinstatePartner(self, request: pb.ReinstatePartnerRequest, call: Call) -> pb.ReinstatePartnerResponse:
        partner = await self._env.run(transitions.reinstate_partner, wire.REINSTATE.decode(request, call=call))
        return pb.ReinstatePartnerResponse(partner=PARTNER.encode(partner))

    async def TerminatePartner(self, request: pb.TerminatePartnerRequest, call: Call) -> pb.TerminatePartnerResponse:
        done = await FOUR_EYES.run(self._env, wire.TERMINATE.decode(request, call=call))
        return pb.TerminatePartnerResponse(partner=PARTNER.encode(done.resource), decision=shown(done.decision))

    async def SetTier(self, request: pb.SetTierRequest, call: Call) -> pb.SetTierResponse:
        partner = await self._env.run(transitions.set_tier, wire.SET_TIER.decode(request, call=call))
        return pb.SetTierResponse(partner=PARTNER.encode(partner))
