"""Protobuf to commands and returns to protobuf, by field name."""

from libs.mapping import Mapper
from libs.pb.prm.orders import v1 as pb
from services.orders.returns import usecases
from services.orders.returns.domain.rma import Return

RETURN = Mapper(Return, pb.Return)
AUTHORIZE = Mapper(usecases.AuthorizeReturn, pb.AuthorizeReturnRequest)
RECEIVE = Mapper(usecases.ReceiveReturn, pb.ReceiveReturnRequest)
INSPECT = Mapper(usecases.InspectReturn, pb.InspectReturnRequest)
