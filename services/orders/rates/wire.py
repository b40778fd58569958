"""Protobuf to commands and exchange rates to protobuf, by field name."""

from libs.exchange import AverageRate, ExchangeRate, RateTable
from libs.mapping import Mapper
from libs.pb.prm.orders import v1 as pb
from services.orders.rates import usecases

TABLE = Mapper(RateTable, pb.RateTable)
RATE = Mapper(ExchangeRate, pb.ExchangeRate)
AVERAGE = Mapper(AverageRate, pb.AverageRate)
PUT = Mapper(usecases.PutRates, pb.PutRatesRequest)
GET = Mapper(usecases.GetRate, pb.GetRateRequest)
GET_AVERAGE = Mapper(usecases.GetAverageRate, pb.GetAverageRateRequest)
GET_TABLE = Mapper(usecases.GetRateTable, pb.GetRateTableRequest)
LIST = Mapper(usecases.ListRates, pb.ListRatesRequest)
