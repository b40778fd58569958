"""The gRPC side of forecasts: decode, call one use case, encode."""

from libs.call import Call
from libs.pb.prm.deals import v1 as pb
from services.deals.forecast import wire
from services.deals.forecast.usecases import showing
from services.deals.settings import Env


class Api:
    """The RPCs about the forecast; all of them only read."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def GetForecast(self, request: pb.GetForecastRequest, call: Call) -> pb.GetForecastResponse:
        return wire.forecast(await showing.get_forecast(self._env, wire.FORECAST.decode(request, call=call)))

    async def GetStageChances(self, request: pb.GetStageChancesRequest, call: Call) -> pb.GetStageChancesResponse:
        return wire.chances(*await showing.get_stage_chances(self._env))

    async def ListForecastSnapshots(
        self, request: pb.ListForecastSnapshotsRequest, call: Call
    ) -> pb.ListForecastSnapshotsResponse:
        found = await showing.list_forecast_snapshots(self._env, wire.SNAPSHOTS.decode(request, call=call))
        return wire.snapshots(found)

    async def GetForecastAccuracy(
        self, request: pb.GetForecastAccuracyRequest, call: Call
    ) -> pb.GetForecastAccuracyResponse:
        return wire.compared(await showing.get_forecast_accuracy(self._env, wire.ACCURACY.decode(request, call=call)))

    async def ListSlippedDeals(self, request: pb.ListSlippedDealsRequest, call: Call) -> pb.ListSlippedDealsResponse:
        return wire.slipped(await showing.list_slipped_deals(self._env, wire.SLIPPED.decode(request, call=call)))
