"""Protobuf to commands and traces to protobuf, by field name."""

from libs.cross_checks.domain import CellCheck
from libs.mapping import Mapper
from libs.pb.prm.common import v1 as common
from libs.pb.prm.orders import v1 as pb
from services.orders.tracing import usecases
from services.orders.tracing.domain import Trace

TRACE = Mapper(usecases.TraceSerial, pb.TraceSerialRequest)
GET = Mapper(usecases.GetTrace, pb.GetTraceRequest)

_TRACE = Mapper(Trace, pb.Trace)
_CELL = Mapper(CellCheck, common.CellCheck)


def shown(found: usecases.Traced) -> pb.Trace:
    """A trace with what is known of the piece."""
    trace = _TRACE.encode(found.trace)
    trace.shipment_id = found.shipment_id
    trace.cells.extend(_CELL.encode(one) for one in found.cells)
    return trace
