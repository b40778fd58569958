"""Returns: protobuf to commands and documents to protobuf."""

from libs.mapping import Mapper
from libs.pb.prm.orders.v1 import fulfillment_requests_pb2 as requests
from libs.pb.prm.orders.v1 import return_pb2
from services.orders.domain.returns import Return
from services.orders.usecases import returns

_RETURN = Mapper(Return, return_pb2.Return)

AUTHORIZE = Mapper(returns.AuthorizeReturn, requests.AuthorizeReturnRequest)
RECEIVE = Mapper(returns.ReceiveReturn, requests.ReceiveReturnRequest)
INSPECT = Mapper(returns.InspectReturn, requests.InspectReturnRequest)


def returned(one: Return) -> return_pb2.Return:
    """A return as callers see it."""
    return _RETURN.encode(one)
