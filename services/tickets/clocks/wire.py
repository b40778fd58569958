"""Protobuf to commands and clocks to protobuf, by field name."""

from libs.mapping import Mapper
from libs.pb.prm.tickets import v1 as pb
from services.tickets.clocks import usecases
from services.tickets.record.domain.clock import Clock

CLOCK = Mapper(Clock, pb.Clock)
EXPLAIN = Mapper(usecases.ExplainDeadline, pb.ExplainDeadlineRequest)
