"""What is not dunned, and what is again."""

from libs.call import Call
from libs.pb.prm.orders import v1 as pb
from services.orders.usecases import dunning
from services.orders.usecases.settings import Env
from services.orders.wire import billing as wire


class DunningMethods:
    """What callers do about dunning; the clock does the rest."""

    _env: Env

    async def SetDunningBlock(self, request: pb.SetDunningBlockRequest, call: Call) -> pb.SetDunningBlockResponse:
        done = await self._env.run(dunning.set_dunning_block, wire.SET_DUNNING_BLOCK.decode(request, call=call))
        return pb.SetDunningBlockResponse(invoice=wire.invoice(done))

    async def LiftDunningBlock(self, request: pb.LiftDunningBlockRequest, call: Call) -> pb.LiftDunningBlockResponse:
        done = await self._env.run(dunning.lift_dunning_block, wire.LIFT_DUNNING_BLOCK.decode(request, call=call))
        return pb.LiftDunningBlockResponse(invoice=wire.invoice(done))
