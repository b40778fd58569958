"""Protobuf to commands and price lists to protobuf, by field name."""

from libs.mapping import Mapper
from libs.pb.prm.orders import v1 as pb
from services.orders.pricing import usecases
from services.orders.pricing.domain import PriceList

PRICE_LIST = Mapper(PriceList, pb.PriceList)
PUT = Mapper(usecases.PutPriceList, pb.PutPriceListRequest)
GET = Mapper(usecases.GetPriceList, pb.GetPriceListRequest)
