"""Protobuf to commands, by field name."""

from libs.mapping import Mapper
from libs.pb.prm.tickets import v1 as pb
from services.tickets.linking import usecases

MERGE = Mapper(usecases.MergeTicket, pb.MergeTicketRequest)
SPLIT = Mapper(usecases.SplitTicket, pb.SplitTicketRequest)
