"""Protobuf to commands and documents to protobuf, by field name."""

import msgspec

from libs.call import Call
from libs.mapping import Mapper
from libs.messaging.envelope import Envelope
from libs.messaging.events import EventCodec
from libs.pb.prm.tickets import v1 as pb
from libs.pb.prm.tickets.v1 import tickets_events_pb2
from libs.privacy.subject_data import SubjectDataLocated
from libs.rpc.imports import row_hash
from services.tickets.domain import events
from services.tickets.domain.clocks import Clock
from services.tickets.domain.satisfaction import SatisfactionReport
from services.tickets.domain.ticket import Comment, Ticket, TicketChange
from services.tickets.usecases import handling, imports, linking, orders, satisfaction, tickets

EVENTS = EventCodec(
    (
        events.CommentAdded,
        events.DeadlineBreached,
        events.DeadlineWarned,
        events.SatisfactionRecorded,
        events.SurveyOpened,
        events.TicketAssigned,
        events.TicketClosed,
        events.TicketCreated,
        events.TicketImported,
        events.TicketLinked,
        events.TicketMerged,
        events.TicketPaused,
        events.TicketReopened,
        events.TicketResolved,
        events.TicketResumed,
        SubjectDataLocated,
    ),
    tickets_events_pb2,
)

TICKET = Mapper(Ticket, pb.Ticket)
COMMENT = Mapper(Comment, pb.Comment)
CHANGE = Mapper(TicketChange, pb.TicketChange)
CLOCK = Mapper(Clock, pb.Clock)
REPORT = Mapper(SatisfactionReport, pb.SatisfactionReport)

CREATE = Mapper(tickets.CreateTicket, pb.CreateTicketRequest)
GET = Mapper(tickets.GetTicket, pb.GetTicketRequest)
LIST = Mapper(tickets.ListTickets, pb.ListTicketsRequest)
EXPLAIN = Mapper(tickets.ExplainDeadline, pb.ExplainDeadlineRequest)
ASSIGN = Mapper(handling.AssignTicket, pb.AssignTicketRequest)
COMMENT_ON = Mapper(handling.AddComment, pb.AddCommentRequest)
PAUSE = Mapper(handling.SetPending, pb.SetPendingRequest)
RESUME = Mapper(handling.ResumeTicket, pb.ResumeTicketRequest)
RESOLVE = Mapper(handling.ResolveTicket, pb.ResolveTicketRequest)
CLOSE = Mapper(handling.CloseTicket, pb.CloseTicketRequest)
REOPEN = Mapper(handling.ReopenTicket, pb.ReopenTicketRequest)
RATE = Mapper(handling.RecordSatisfaction, pb.RecordSatisfactionRequest)
MERGE = Mapper(linking.MergeTicket, pb.MergeTicketRequest)
SPLIT = Mapper(linking.SplitTicket, pb.SplitTicketRequest)
GET_REPORT = Mapper(satisfaction.GetSatisfactionReport, pb.GetSatisfactionReportRequest)
LIST_REPORTS = Mapper(satisfaction.ListSatisfactionReports, pb.ListSatisfactionReportsRequest)
_ROW = Mapper(imports.ImportTicket, pb.ImportTicketRow)


class OrderTold(msgspec.Struct, frozen=True, kw_only=True):
    """What tickets needs of any event of an order."""

    order_id: str
    partner_id: str


def told(found: tickets.Told) -> pb.GetTicketResponse:
    """A ticket with what was said and how it went."""
    return pb.GetTicketResponse(
        ticket=TICKET.encode(found.ticket),
        comments=[COMMENT.encode(one) for one in found.comments],
        work_notes=[COMMENT.encode(one) for one in found.work_notes],
        changes=[CHANGE.encode(one) for one in found.changes],
    )


def row(message: pb.ImportTicketRow, call: Call) -> imports.ImportTicket:
    """An imported row."""
    return _ROW.decode(message, call=call, row_hash=row_hash(message))


def order_of(envelope: Envelope, call: Call) -> orders.KnowOrder:
    """Whose an order is, from any event of it."""
    found = EventCodec.decode(envelope, OrderTold)
    return orders.KnowOrder(call=call, order_id=found.order_id, partner_id=found.partner_id)
