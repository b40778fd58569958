"""Tickets, comments and changes to protobuf, by field name."""

from libs.mapping import Mapper
from libs.pb.prm.tickets import v1 as pb
from services.tickets.record.domain.ticket import Comment, Ticket, TicketChange

TICKET = Mapper(Ticket, pb.Ticket)
COMMENT = Mapper(Comment, pb.Comment)
CHANGE = Mapper(TicketChange, pb.TicketChange)
