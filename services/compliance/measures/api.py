"""The gRPC side of measures: decode, call one use case, encode."""

from libs.call import Call
from libs.decisions.api import shown
from libs.pb.prm.compliance import v1 as pb
from services.compliance.measures import usecases, wire
from services.compliance.measures.usecases import FOUR_EYES
from services.compliance.measures.wire import MEASURE
from services.compliance.settings import Env


class Api:
    """The RPCs of measures."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def BeginRectification(
        self, request: pb.BeginRectificationRequest, call: Call
    ) -> pb.BeginRectificationResponse:
        begun = await self._env.run(usecases.begin_rectification, wire.BEGIN_RECTIFICATION.decode(request, call=call))
        return pb.BeginRectificationResponse(measure=MEASURE.encode(begun))

    async def BeginRestriction(self, request: pb.BeginRestrictionRequest, call: Call) -> pb.BeginRestrictionResponse:
        begun = await self._env.run(usecases.begin_restriction, wire.BEGIN_RESTRICTION.decode(request, call=call))
        return pb.BeginRestrictionResponse(measure=MEASURE.encode(begun))

    async def LiftRestriction(self, request: pb.LiftRestrictionRequest, call: Call) -> pb.LiftRestrictionResponse:
        lifted = await self._env.run(usecases.lift_restriction, wire.LIFT.decode(request, call=call))
        return pb.LiftRestrictionResponse(measure=MEASURE.encode(lifted))

    async def DecideObjection(self, request: pb.DecideObjectionRequest, call: Call) -> pb.DecideObjectionResponse:
        done = await FOUR_EYES.run(self._env, wire.DECIDE.decode(request, call=call))
        return pb.DecideObjectionResponse(measure=MEASURE.encode(done.resource), decision=shown(done.decision))

    async def GetMeasure(self, request: pb.GetMeasureRequest, call: Call) -> pb.GetMeasureResponse:
        found = await usecases.get_measure(self._env, wire.GET.decode(request, call=call))
        return pb.GetMeasureResponse(measure=MEASURE.encode(found))
