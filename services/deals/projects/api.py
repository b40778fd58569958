"""The gRPC side of projects: decode, call one use case, encode."""

from libs.call import Call
from libs.pb.prm.deals import v1 as pb
from services.deals.projects import usecases, wire
from services.deals.settings import Env


class Api:
    """The RPCs about the orders on a claim."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def GetProject(self, request: pb.GetProjectRequest, call: Call) -> pb.GetProjectResponse:
        found = await usecases.get_project(self._env, wire.GET.decode(request, call=call))
        return pb.GetProjectResponse(project=wire.PROJECT.encode(found))

    async def ListProjectOrders(self, request: pb.ListProjectOrdersRequest, call: Call) -> pb.ListProjectOrdersResponse:
        return wire.orders(await usecases.list_project_orders(self._env, wire.LIST.decode(request, call=call)))
