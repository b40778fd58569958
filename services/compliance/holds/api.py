"""The gRPC side of legal holds: decode, call one use case, encode."""

from libs.call import Call
from libs.decisions.api import shown
from libs.pb.prm.compliance import v1 as pb
from services.compliance.holds import usecases, wire
from services.compliance.holds.usecases import FOUR_EYES
from services.compliance.holds.wire import HOLD
from services.compliance.settings import Env


class Api:
    """The RPCs of legal holds."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def PlaceLegalHold(self, request: pb.PlaceLegalHoldRequest, call: Call) -> pb.PlaceLegalHoldResponse:
        done = await FOUR_EYES.run(self._env, wire.PLACE.decode(request, call=call))
        return pb.PlaceLegalHoldResponse(hold=wire.hold(done.resource), decision=shown(done.decision))

    async def ReleaseLegalHold(self, request: pb.ReleaseLegalHoldRequest, call: Call) -> pb.ReleaseLegalHoldResponse:
        done = await FOUR_EYES.run(self._env, wire.RELEASE.decode(request, call=call))
        return pb.ReleaseLegalHoldResponse(hold=HOLD.encode(done.resource), decision=shown(done.decision))

    async def ListLegalHolds(self, request: pb.ListLegalHoldsRequest, call: Call) -> pb.ListLegalHoldsResponse:
        page = await usecases.list_legal_holds(self._env, wire.LIST.decode(request, call=call))
        found = [HOLD.encode(loaded.value) for loaded in page.rows]
        return pb.ListLegalHoldsResponse(holds=found, next_page_token=page.next_cursor)
