"""Protobuf and events to commands, tickets with their history to protobuf, by field name."""

import msgspec

from libs.call import Call
from libs.mapping import Mapper
from libs.messaging.envelope import Envelope
from libs.messaging.events import EventCodec
from libs.pb.prm.tickets import v1 as pb
from services.tickets.handling.usecases import filing, handling, orders
from services.tickets.record.wire import CHANGE, COMMENT, TICKET

CREATE = Mapper(filing.CreateTicket, pb.CreateTicketRequest)
GET = Mapper(filing.GetTicket, pb.GetTicketRequest)
LIST = Mapper(filing.ListTickets, pb.ListTicketsRequest)
ASSIGN = Mapper(handling.AssignTicket, pb.AssignTicketRequest)
COMMENT_ON = Mapper(handling.AddComment, pb.AddCommentRequest)
PAUSE = Mapper(handling.SetPending, pb.SetPendingRequest)
RESUME = Mapper(handling.ResumeTicket, pb.ResumeTicketRequest)
RESOLVE = Mapper(handling.ResolveTicket, pb.ResolveTicketRequest)
CLOSE = Mapper(handling.CloseTicket, pb.CloseTicketRequest)
REOPEN = Mapper(handling.ReopenTicket, pb.ReopenTicketRequest)


class OrderPayload(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of an order event that this service uses."""

    order_id: str
    partner_id: str


def ticket_with_history(found: filing.TicketWithHistory) -> pb.GetTicketResponse:
    """The answer with a ticket, its comments, work notes and changes."""
    return pb.GetTicketResponse(
        ticket=TICKET.encode(found.ticket),
        comments=[COMMENT.encode(one) for one in found.comments],
        work_notes=[COMMENT.encode(one) for one in found.work_notes],
        changes=[CHANGE.encode(one) for one in found.changes],
    )


def order_of(envelope: Envelope, call: Call) -> orders.KnowOrder:
    """The command to store the partner of an order, from any of its events."""
    found = EventCodec.decode(envelope, OrderPayload)
    return orders.KnowOrder(
        call=call, order_id=found.order_id, partner_id=found.partner_id, facts_version=envelope.version
    )
