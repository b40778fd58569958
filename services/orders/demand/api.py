"""The gRPC side of demand: decode, call one use case, encode."""

from libs.call import Call
from libs.pb.prm.orders import v1 as pb
from libs.store.paging import page_end
from services.orders.demand import usecases, wire
from services.orders.settings import Env


class Api:
    """The RPCs that forecast demand."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def ForecastDemand(self, request: pb.ForecastDemandRequest, call: Call) -> pb.ForecastDemandResponse:
        made = await self._env.run(usecases.forecast_demand, wire.FORECAST.decode(request, call=call))
        return pb.ForecastDemandResponse(forecast=wire.MADE.encode(made))

    async def GetDemandForecast(self, request: pb.GetDemandForecastRequest, call: Call) -> pb.GetDemandForecastResponse:
        found = await usecases.get_demand_forecast(self._env, wire.GET.decode(request, call=call))
        return pb.GetDemandForecastResponse(
            forecast=wire.MADE.encode(found.forecast), outcome=wire.OUTCOME.encode(found.outcome)
        )

    async def ListDemandForecasts(
        self, request: pb.ListDemandForecastsRequest, call: Call
    ) -> pb.ListDemandForecastsResponse:
        page = await usecases.list_demand_forecasts(self._env, wire.LIST.decode(request, call=call))
        found = [wire.MADE.encode(loaded.value) for loaded in page.rows]
        return pb.ListDemandForecastsResponse(forecasts=found, **page_end(page))
