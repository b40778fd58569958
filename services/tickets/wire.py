"""Protobuf to commands and documents to protobuf, by field name."""

import msgspec

from libs.call import Call
from libs.mapping import Mapper
from libs.messaging.envelope import Envelope
from libs.messaging.events import EventCodec
from libs.pb.prm.tickets.v1 import (
    clock_pb2,
    comment_pb2,
    satisfaction_pb2,
    ticket_pb2,
    tickets_events_pb2,
    tickets_import_pb2,
)
from libs.pb.prm.tickets.v1 import linking_requests_pb2 as links
from libs.pb.prm.tickets.v1 import tickets_requests_pb2 as requests
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

TICKET = Mapper(Ticket, ticket_pb2.Ticket)
COMMENT = Mapper(Comment, comment_pb2.Comment)
CHANGE = Mapper(TicketChange, ticket_pb2.TicketChange)
CLOCK = Mapper(Clock, clock_pb2.Clock)
REPORT = Mapper(SatisfactionReport, satisfaction_pb2.SatisfactionReport)

CREATE = Mapper(tickets.CreateTicket, requests.CreateTicketRequest)
GET = Mapper(tickets.GetTicket, requests.GetTicketRequest)
LIST = Mapper(tickets.ListTickets, requests.ListTicketsRequest)
EXPLAIN = Mapper(tickets.ExplainDeadline, requests.ExplainDeadlineRequest)
ASSIGN = Mapper(handling.AssignTicket, requests.AssignTicketRequest)
COMMENT_ON = Mapper(handling.AddComment, requests.AddCommentRequest)
PAUSE = Mapper(handling.SetPending, requests.SetPendingRequest)
RESUME = Mapper(handling.ResumeTicket, requests.ResumeTicketRequest)
RESOLVE = Mapper(handling.ResolveTicket, requests.ResolveTicketRequest)
CLOSE = Mapper(handling.CloseTicket, requests.CloseTicketRequest)
REOPEN = Mapper(handling.ReopenTicket, requests.ReopenTicketRequest)
RATE = Mapper(handling.RecordSatisfaction, requests.RecordSatisfactionRequest)
MERGE = Mapper(linking.MergeTicket, links.MergeTicketRequest)
SPLIT = Mapper(linking.SplitTicket, links.SplitTicketRequest)
GET_REPORT = Mapper(satisfaction.GetSatisfactionReport, requests.GetSatisfactionReportRequest)
LIST_REPORTS = Mapper(satisfaction.ListSatisfactionReports, requests.ListSatisfactionReportsRequest)
_ROW = Mapper(imports.ImportTicket, tickets_import_pb2.ImportTicketRow)


class OrderTold(msgspec.Struct, frozen=True, kw_only=True):
    """What tickets needs of any event of an order."""

    order_id: str
    partner_id: str


def told(found: tickets.Told) -> requests.GetTicketResponse:
    """A ticket with what was said and how it went."""
    return requests.GetTicketResponse(
        ticket=TICKET.encode(found.ticket),
        comments=[COMMENT.encode(one) for one in found.comments],
        work_notes=[COMMENT.encode(one) for one in found.work_notes],
        changes=[CHANGE.encode(one) for one in found.changes],
    )


def row(message: tickets_import_pb2.ImportTicketRow, call: Call) -> imports.ImportTicket:
    """An imported row."""
    return _ROW.decode(message, call=call, row_hash=row_hash(message))


def order_of(envelope: Envelope, call: Call) -> orders.KnowOrder:
    """Whose an order is, from any event of it."""
    found = EventCodec.decode(envelope, OrderTold)
    return orders.KnowOrder(call=call, order_id=found.order_id, partner_id=found.partner_id)
