"""Protobuf to commands and clocks to protobuf, by field name."""

from libs.mapping import Mapper
from libs.pb.prm.compliance import v1 as pb
from services.compliance.clocks import usecases
from services.compliance.clocks.domain.clock import StatutoryClock

CLOCK = Mapper(StatutoryClock, pb.StatutoryClock)

GET = Mapper(usecases.GetClock, pb.GetClockRequest)
EXPLAIN = Mapper(usecases.ExplainDeadline, pb.ExplainDeadlineRequest)
LIST = Mapper(usecases.ListDeadlines, pb.ListDeadlinesRequest)
ACKNOWLEDGE = Mapper(usecases.AcknowledgeReceipt, pb.AcknowledgeReceiptRequest)
EXTEND = Mapper(usecases.ExtendDeadline, pb.ExtendDeadlineRequest)
