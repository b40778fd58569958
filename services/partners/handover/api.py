"""The gRPC side of handovers: decode, call one use case, encode."""

from libs.call import Call
from libs.decisions.api import shown
from libs.pb.prm.partners import v1 as pb
from libs.store.paging import page_end
from services.partners.handover import usecases, wire
from services.partners.handover.usecases import FOUR_EYES
from services.partners.settings import Env


class Api:
    """The RPCs of handovers."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def OpenHandover(self, request: pb.OpenHandoverRequest, call: Call) -> pb.OpenHandoverResponse:
        done = await self._env.run(usecases.open_handover, wire.OPEN.decode(request, call=call))
        return pb.OpenHandoverResponse(handover=wire.handover(done))

    async def ConfirmHandover(self, request: pb.ConfirmHandoverRequest, call: Call) -> pb.ConfirmHandoverResponse:
        done = await FOUR_EYES.run(self._env, wire.CONFIRM.decode(request, call=call))
        return pb.ConfirmHandoverResponse(handover=wire.handover(done.resource), decision=shown(done.decision))

    async def CancelHandover(self, request: pb.CancelHandoverRequest, call: Call) -> pb.CancelHandoverResponse:
        done = await self._env.run(usecases.cancel_handover, wire.CANCEL.decode(request, call=call))
        return pb.CancelHandoverResponse(handover=wire.handover(done))

    async def GetHandover(self, request: pb.GetHandoverRequest, call: Call) -> pb.GetHandoverResponse:
        found = await usecases.get_handover(self._env, wire.GET.decode(request, call=call))
        return pb.GetHandoverResponse(handover=wire.handover(found))

    async def ListHandovers(self, request: pb.ListHandoversRequest, call: Call) -> pb.ListHandoversResponse:
        page = await usecases.list_handovers(self._env, wire.LIST.decode(request, call=call))
        found = [wire.handover(loaded.value) for loaded in page.rows]
        return pb.ListHandoversResponse(handovers=found, **page_end(page))

    async def ListHandoverItems(self, request: pb.ListHandoverItemsRequest, call: Call) -> pb.ListHandoverItemsResponse:
        page = await usecases.list_handover_items(self._env, wire.LIST_ITEMS.decode(request, call=call))
        found = [wire.ITEM.encode(loaded.value) for loaded in page.rows]
        return pb.ListHandoverItemsResponse(items=found, **page_end(page))
