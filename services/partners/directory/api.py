"""The gRPC side of the directory: decode, call one use case, encode."""

from libs.call import Call
from libs.pb.prm.partners import v1 as pb
from libs.store.paging import page_end
from services.partners.directory import usecases, wire
from services.partners.settings import Env


class Api:
    """The RPCs that show the directory."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def LookupOrganisation(
        self, request: pb.LookupOrganisationRequest, call: Call
    ) -> pb.LookupOrganisationResponse:
        found = await usecases.lookup_organisation(self._env, wire.LOOKUP.decode(request, call=call))
        return pb.LookupOrganisationResponse(organisation=wire.ORGANISATION.encode(found))

    async def ListOrganisations(self, request: pb.ListOrganisationsRequest, call: Call) -> pb.ListOrganisationsResponse:
        page = await usecases.list_organisations(self._env, wire.LIST.decode(request, call=call))
        found = [wire.ORGANISATION.encode(loaded.value) for loaded in page.rows]
        return pb.ListOrganisationsResponse(organisations=found, **page_end(page))
