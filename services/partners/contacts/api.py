"""The gRPC side of contacts: decode, call one use case, encode."""

from libs.call import Call
from libs.pb.prm.partners import v1 as pb
from libs.store.paging import page_end
from services.partners.contacts import usecases, wire
from services.partners.settings import Env


class Api:
    """The RPCs for the contacts of a partner."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def AddContact(self, request: pb.AddContactRequest, call: Call) -> pb.AddContactResponse:
        contact = await self._env.run(usecases.add_contact, wire.ADD.decode(request, call=call))
        return pb.AddContactResponse(contact=wire.CONTACT.encode(contact))

    async def UpdateContact(self, request: pb.UpdateContactRequest, call: Call) -> pb.UpdateContactResponse:
        contact = await self._env.run(usecases.update_contact, wire.update(request, call))
        return pb.UpdateContactResponse(contact=wire.CONTACT.encode(contact))

    async def RemoveContact(self, request: pb.RemoveContactRequest, call: Call) -> pb.RemoveContactResponse:
        await self._env.run(usecases.remove_contact, wire.REMOVE.decode(request, call=call))
        return pb.RemoveContactResponse(id=request.id)

    async def GetContact(self, request: pb.GetContactRequest, call: Call) -> pb.GetContactResponse:
        contact = await usecases.get_contact(self._env, wire.GET.decode(request, call=call))
        return pb.GetContactResponse(contact=wire.CONTACT.encode(contact))

    async def ListContacts(self, request: pb.ListContactsRequest, call: Call) -> pb.ListContactsResponse:
        page = await usecases.list_contacts(self._env, wire.LIST.decode(request, call=call))
        found = [wire.CONTACT.encode(loaded.value) for loaded in page.rows]
        return pb.ListContactsResponse(contacts=found, **page_end(page))
