"""The gRPC side of dunning: decode, call one use case, encode."""

from libs.call import Call
from libs.pb.prm.orders import v1 as pb
from services.orders.billing.wire import INVOICE
from services.orders.dunning import usecases, wire
from services.orders.settings import Env


class Api:
    """The RPCs for dunning blocks; jobs do the dunning."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def SetDunningBlock(self, request: pb.SetDunningBlockRequest, call: Call) -> pb.SetDunningBlockResponse:
        done = await self._env.run(usecases.set_dunning_block, wire.SET_BLOCK.decode(request, call=call))
        return pb.SetDunningBlockResponse(invoice=INVOICE.encode(done))

    async def LiftDunningBlock(self, request: pb.LiftDunningBlockRequest, call: Call) -> pb.LiftDunningBlockResponse:
        done = await self._env.run(usecases.lift_dunning_block, wire.LIFT_BLOCK.decode(request, call=call))
        return pb.LiftDunningBlockResponse(invoice=INVOICE.encode(done))
