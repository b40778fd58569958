"""The gRPC side of claims: decode, call one use case, encode."""

from libs.call import Call
from libs.pb.prm.deals import v1 as pb
from libs.store.paging import page_end
from services.deals.claims import usecases, wire
from services.deals.claims.wire import registration
from services.deals.settings import Env


class Api:
    """The RPCs for the draft of a claim, and for the list of claims."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def CreateRegistration(
        self, request: pb.CreateRegistrationRequest, call: Call
    ) -> pb.CreateRegistrationResponse:
        reg = await self._env.run(usecases.create_registration, wire.CREATE.decode(request, call=call))
        return pb.CreateRegistrationResponse(registration=registration(reg, call))

    async def ListRegistrations(self, request: pb.ListRegistrationsRequest, call: Call) -> pb.ListRegistrationsResponse:
        page = await usecases.list_registrations(self._env, wire.LIST.decode(request, call=call))
        found = [registration(loaded.value, call) for loaded in page.rows]
        return pb.ListRegistrationsResponse(registrations=found, **page_end(page))

    async def UpdateRegistration(
        self, request: pb.UpdateRegistrationRequest, call: Call
    ) -> pb.UpdateRegistrationResponse:
        reg = await self._env.run(usecases.update_registration, wire.update(request, call))
        return pb.UpdateRegistrationResponse(registration=registration(reg, call))
