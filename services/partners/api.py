"""The gRPC side of partners: decode, call one use case, encode."""

from collections.abc import AsyncIterator
from functools import partial

from libs.call import Call
from libs.decisions.api import DecisionMethods, shown
from libs.imports import Imported
from libs.pb.prm.partners.v1 import contact_requests_pb2 as contact_pb
from libs.pb.prm.partners.v1 import decision_requests_pb2
from libs.pb.prm.partners.v1 import partners_import_pb2 as rows
from libs.pb.prm.partners.v1 import partners_requests_pb2 as pb
from libs.pb.prm.partners.v1 import territory_requests_pb2 as territory_pb
from libs.rpc.decode import Incoming
from libs.rpc.imports import row_check, take_batches
from services.partners import wire
from services.partners.usecases import applications, contacts, decisions, hierarchy, imports, territories
from services.partners.usecases.four_eyes import FOUR_EYES
from services.partners.usecases.settings import Env


class PartnerService(DecisionMethods):
    """prm.partners.v1.PartnerService; the proto says what each method promises."""

    def __init__(self, env: Env) -> None:
        super().__init__(env, FOUR_EYES, decision_requests_pb2)
        self._env = env
        self._check_row = row_check(rows.ImportPartnerRow, env.directory)

    async def ApplyPartner(self, request: pb.ApplyPartnerRequest, call: Call) -> pb.ApplyPartnerResponse:
        partner = await self._env.run(applications.apply_partner, wire.apply(request, call))
        return pb.ApplyPartnerResponse(partner=wire.PARTNER.encode(partner))

    async def GetPartner(self, request: pb.GetPartnerRequest, call: Call) -> pb.GetPartnerResponse:
        seen = await applications.get_partner(self._env, wire.GET.decode(request, call=call))
        return wire.seen(seen)

    async def ListPartners(self, request: pb.ListPartnersRequest, call: Call) -> pb.ListPartnersResponse:
        page = await applications.list_partners(self._env, wire.LIST.decode(request, call=call))
        found = [wire.PARTNER.encode(held.value) for held in page.rows]
        return pb.ListPartnersResponse(partners=found, next_page_token=page.next_cursor)

    async def UpdatePartner(self, request: pb.UpdatePartnerRequest, call: Call) -> pb.UpdatePartnerResponse:
        partner = await self._env.run(applications.update_partner, wire.update(request, call))
        return pb.UpdatePartnerResponse(partner=wire.PARTNER.encode(partner))

    async def StartVetting(self, request: pb.StartVettingRequest, call: Call) -> pb.StartVettingResponse:
        partner = await self._env.run(decisions.start_vetting, wire.START_VETTING.decode(request, call=call))
        return pb.StartVettingResponse(partner=wire.PARTNER.encode(partner))

    async def ApprovePartner(self, request: pb.ApprovePartnerRequest, call: Call) -> pb.ApprovePartnerResponse:
        partner = await self._env.run(decisions.approve_partner, wire.APPROVE.decode(request, call=call))
        return pb.ApprovePartnerResponse(partner=wire.PARTNER.encode(partner))

    async def RejectPartner(self, request: pb.RejectPartnerRequest, call: Call) -> pb.RejectPartnerResponse:
        partner = await self._env.run(decisions.reject_partner, wire.REJECT.decode(request, call=call))
        return pb.RejectPartnerResponse(partner=wire.PARTNER.encode(partner))

    async def SuspendPartner(self, request: pb.SuspendPartnerRequest, call: Call) -> pb.SuspendPartnerResponse:
        partner = await self._env.run(decisions.suspend_partner, wire.SUSPEND.decode(request, call=call))
        return pb.SuspendPartnerResponse(partner=wire.PARTNER.encode(partner))

    async def ReinstatePartner(self, request: pb.ReinstatePartnerRequest, call: Call) -> pb.ReinstatePartnerResponse:
        partner = await self._env.run(decisions.reinstate_partner, wire.REINSTATE.decode(request, call=call))
        return pb.ReinstatePartnerResponse(partner=wire.PARTNER.encode(partner))

    async def TerminatePartner(self, request: pb.TerminatePartnerRequest, call: Call) -> pb.TerminatePartnerResponse:
        done = await FOUR_EYES.run(self._env, wire.TERMINATE.decode(request, call=call))
        return pb.TerminatePartnerResponse(partner=wire.PARTNER.encode(done.resource), decision=shown(done.decision))

    async def SetTier(self, request: pb.SetTierRequest, call: Call) -> pb.SetTierResponse:
        partner = await self._env.run(decisions.set_tier, wire.SET_TIER.decode(request, call=call))
        return pb.SetTierResponse(partner=wire.PARTNER.encode(partner))

    async def SetDownlineAccess(self, request: pb.SetDownlineAccessRequest, call: Call) -> pb.SetDownlineAccessResponse:
        command = wire.SET_DOWNLINE_ACCESS.decode(request, call=call)
        partner = await self._env.run(decisions.set_downline_access, command)
        return pb.SetDownlineAccessResponse(partner=wire.PARTNER.encode(partner))

    async def ListDownline(self, request: pb.ListDownlineRequest, call: Call) -> pb.ListDownlineResponse:
        found, more = await hierarchy.list_downline(self._env, wire.LIST_DOWNLINE.decode(request, call=call))
        return pb.ListDownlineResponse(downline=[wire.below(one) for one in found], next_page_token=more)

    async def AddContact(self, request: contact_pb.AddContactRequest, call: Call) -> contact_pb.AddContactResponse:
        contact = await self._env.run(contacts.add_contact, wire.ADD_CONTACT.decode(request, call=call))
        return contact_pb.AddContactResponse(contact=wire.CONTACT.encode(contact))

    async def UpdateContact(
        self, request: contact_pb.UpdateContactRequest, call: Call
    ) -> contact_pb.UpdateContactResponse:
        contact = await self._env.run(contacts.update_contact, wire.update_contact(request, call))
        return contact_pb.UpdateContactResponse(contact=wire.CONTACT.encode(contact))

    async def RemoveContact(
        self, request: contact_pb.RemoveContactRequest, call: Call
    ) -> contact_pb.RemoveContactResponse:
        await self._env.run(contacts.remove_contact, wire.REMOVE_CONTACT.decode(request, call=call))
        return contact_pb.RemoveContactResponse(id=request.id)

    async def ListContacts(
        self, request: contact_pb.ListContactsRequest, call: Call
    ) -> contact_pb.ListContactsResponse:
        page = await contacts.list_contacts(self._env, wire.LIST_CONTACTS.decode(request, call=call))
        found = [wire.CONTACT.encode(held.value) for held in page.rows]
        return contact_pb.ListContactsResponse(contacts=found, next_page_token=page.next_cursor)

    async def GrantTerritory(
        self, request: territory_pb.GrantTerritoryRequest, call: Call
    ) -> territory_pb.GrantTerritoryResponse:
        grant = await self._env.run(territories.grant_territory, wire.GRANT.decode(request, call=call))
        return territory_pb.GrantTerritoryResponse(territory=wire.TERRITORY.encode(grant))

    async def RevokeTerritory(
        self, request: territory_pb.RevokeTerritoryRequest, call: Call
    ) -> territory_pb.RevokeTerritoryResponse:
        grant = await self._env.run(territories.revoke_territory, wire.REVOKE.decode(request, call=call))
        return territory_pb.RevokeTerritoryResponse(territory=wire.TERRITORY.encode(grant))

    async def ListTerritories(
        self, request: territory_pb.ListTerritoriesRequest, call: Call
    ) -> territory_pb.ListTerritoriesResponse:
        page = await territories.list_territories(self._env, wire.LIST_TERRITORIES.decode(request, call=call))
        found = [wire.TERRITORY.encode(held.value) for held in page.rows]
        return territory_pb.ListTerritoriesResponse(territories=found, next_page_token=page.next_cursor)

    async def ImportPartners(
        self, batches: AsyncIterator[Incoming[rows.ImportPartnersRequest]], call: Call
    ) -> AsyncIterator[rows.ImportPartnersResponse]:
        async for results in take_batches(batches, self._check_row, partial(self._import, call=call)):
            yield rows.ImportPartnersResponse(results=results)

    async def _import(self, row: rows.ImportPartnerRow, *, call: Call) -> Imported:
        return await self._env.run(imports.import_partner, wire.row(row, call))
