"""Protobuf to commands and forecasts to protobuf, by field name."""

from libs.mapping import Mapper
from libs.pb.prm.orders import v1 as pb
from services.orders.demand import usecases
from services.orders.demand.domain.forecast import DemandForecast, Outcome

FORECAST = Mapper(usecases.ForecastDemand, pb.ForecastDemandRequest)
GET = Mapper(usecases.GetDemandForecast, pb.GetDemandForecastRequest)
LIST = Mapper(usecases.ListDemandForecasts, pb.ListDemandForecastsRequest)

MADE = Mapper(DemandForecast, pb.DemandForecast)
OUTCOME = Mapper(Outcome, pb.DemandOutcome)
