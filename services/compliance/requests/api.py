"""The gRPC side of requests: decode, call one use case, encode."""

from libs.call import Call
from libs.pb.prm.compliance import v1 as pb
from libs.store.paging import page_end
from services.compliance.requests import usecases, wire
from services.compliance.requests.wire import REQUEST
from services.compliance.settings import Env


class Api:
    """The RPCs that create, get and list requests of data subjects."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def CreateRequest(self, request: pb.CreateRequestRequest, call: Call) -> pb.CreateRequestResponse:
        created = await self._env.run(usecases.create_request, wire.CREATE.decode(request, call=call))
        return pb.CreateRequestResponse(request=REQUEST.encode(created))

    async def GetRequest(self, request: pb.GetRequestRequest, call: Call) -> pb.GetRequestResponse:
        found = await usecases.get_request(self._env, wire.GET.decode(request, call=call))
        return wire.shown(found)

    async def ListRequests(self, request: pb.ListRequestsRequest, call: Call) -> pb.ListRequestsResponse:
        page = await usecases.list_requests(self._env, wire.LIST.decode(request, call=call))
        found = [REQUEST.encode(loaded.value) for loaded in page.rows]
        return pb.ListRequestsResponse(requests=found, **page_end(page))
