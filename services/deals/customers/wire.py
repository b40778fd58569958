"""Protobuf and events to commands, records and histories to protobuf, by field name."""

from collections.abc import Sequence
from datetime import date

import msgspec

from libs.call import Call
from libs.mapping import Mapper
from libs.messaging.envelope import Envelope
from libs.messaging.events import EventCodec
from libs.money import Money
from libs.pb.prm.deals import v1 as pb
from libs.store.paging import page_end
from libs.store.port import Page
from services.deals.customers.domain.customers import EndCustomer, shown
from services.deals.customers.domain.entries import DocumentType, News
from services.deals.customers.domain.notes import CompetitorNote
from services.deals.customers.domain.proposals import MergeProposal
from services.deals.customers.usecases import lists, merging, proposing
from services.deals.customers.usecases.filing import FileClaim, FileDocument

GET = Mapper(lists.GetCustomer, pb.GetCustomerRequest)
LIST = Mapper(lists.ListCustomers, pb.ListCustomersRequest)
HISTORY = Mapper(lists.ListOfCustomer, pb.GetCustomerHistoryRequest)
PROPOSE = Mapper(proposing.ProposeMerges, pb.ProposeMergesRequest)
LIST_PROPOSALS = Mapper(lists.ListMergeProposals, pb.ListMergeProposalsRequest)
DISMISS = Mapper(proposing.DismissProposal, pb.DismissProposalRequest)
MERGE = Mapper(merging.MergeCustomers, pb.MergeCustomersRequest)
UNDO = Mapper(merging.UndoMerge, pb.UndoMergeRequest)
ADD_NOTE = Mapper(lists.AddCompetitorNote, pb.AddCompetitorNoteRequest)
LIST_NOTES = Mapper(lists.ListOfCustomer, pb.ListCompetitorNotesRequest)
PROPOSAL = Mapper(MergeProposal, pb.MergeProposal)
NOTE = Mapper(CompetitorNote, pb.CompetitorNote)
_CUSTOMER = Mapper(EndCustomer, pb.EndCustomer)
_DOCUMENT = Mapper(lists.CustomerDocument, pb.CustomerDocument)

_ORDERS = {f"orders.order.{name}" for name in ("created", "confirmed", "completed", "closed", "canceled")}
_TICKETS = {f"tickets.ticket.{name}" for name in ("created", "resolved", "closed", "reopened")}
_HANDED_OVER = {"orders.order.handed_over", "tickets.ticket.handed_over"}


class ClaimPayload(msgspec.Struct, frozen=True, kw_only=True):
    """The field of events about claims that is needed."""

    registration_id: str


class DocumentPayload(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of events about orders and tickets that are needed."""

    partner_id: str
    order_id: str = ""
    ticket_id: str = ""
    registration_id: str = ""
    order_date: date | None = None
    total: Money | None = None
    canceled_total: Money | None = None


def customer(row: EndCustomer, call: Call) -> pb.EndCustomer:
    """A record as its caller may see it."""
    return _CUSTOMER.encode(shown(row, call.caller.partner_id))


def customers(page: Page[EndCustomer], call: Call) -> pb.ListCustomersResponse:
    """A page of records to protobuf."""
    rows = [customer(loaded.value, call) for loaded in page.rows]
    return pb.ListCustomersResponse(customers=rows, **page_end(page))


def history(rows: lists.Rows) -> pb.GetCustomerHistoryResponse:
    """A page of a history to protobuf."""
    documents = [_DOCUMENT.encode(one) for one in rows.found]
    return pb.GetCustomerHistoryResponse(documents=documents, next_page_token=rows.next_page_token)


def proposals(page: Page[MergeProposal]) -> pb.ListMergeProposalsResponse:
    """A page of proposals to protobuf."""
    rows = [PROPOSAL.encode(loaded.value) for loaded in page.rows]
    return pb.ListMergeProposalsResponse(proposals=rows, **page_end(page))


def notes(found: Sequence[CompetitorNote], token: str) -> pb.ListCompetitorNotesResponse:
    """A page of notes to protobuf."""
    return pb.ListCompetitorNotesResponse(notes=[NOTE.encode(one) for one in found], next_page_token=token)


def claim(envelope: Envelope, call: Call) -> FileClaim:
    """The command for an event about a claim."""
    told = EventCodec.decode(envelope, ClaimPayload)
    return FileClaim(call=call, registration_id=told.registration_id)


def document(envelope: Envelope, call: Call) -> FileDocument | None:
    """The command for an event about an order or a ticket; None for one that says nothing of its place, partner or
    state."""
    subject = envelope.subject.split(".", 2)[2]
    if subject not in _ORDERS | _TICKETS | _HANDED_OVER:
        return None
    told = EventCodec.decode(envelope, DocumentPayload)
    is_order = bool(told.order_id) and not told.ticket_id
    news = News(
        document_id=told.order_id if is_order else told.ticket_id,
        partner_id=told.partner_id,
        type=DocumentType.ORDER if is_order else DocumentType.TICKET,
        parent_id=told.registration_id if is_order else told.order_id,
        version=envelope.version,
        state="" if subject in _HANDED_OVER else subject.rpartition(".")[2].upper(),
        time=envelope.time,
        day=told.order_date,
        amount=told.total,
        canceled_amount=told.canceled_total,
    )
    return FileDocument(call=call, news=news)
