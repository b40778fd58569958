"""Protobuf to commands, and returns to protobuf, by field name."""

from libs.mapping import Mapper
from libs.pb.prm.partners import v1 as pb
from services.partners.fund_returns import usecases
from services.partners.fund_returns.domain import FundReturn

ATTRIBUTE = Mapper(usecases.AttributeOrders, pb.AttributeOrdersRequest)
GET = Mapper(usecases.GetFundReturn, pb.GetFundReturnRequest)
RETURN = Mapper(FundReturn, pb.FundReturn)
