"""Returns: protobuf to commands and documents to protobuf."""

from libs.mapping import Mapper
from libs.pb.prm.orders import v1 as pb
from services.orders.domain.returns import Return
from services.orders.usecases import returns

_RETURN = Mapper(Return, pb.Return)

AUTHORIZE = Mapper(returns.AuthorizeReturn, pb.AuthorizeReturnRequest)
RECEIVE = Mapper(returns.ReceiveReturn, pb.ReceiveReturnRequest)
INSPECT = Mapper(returns.InspectReturn, pb.InspectReturnRequest)


def returned(one: Return) -> pb.Return:
    """A return as callers see it."""
    return _RETURN.encode(one)
