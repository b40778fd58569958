"""Protobuf to commands, and leads to protobuf, by field name."""

from libs.call import Call
from libs.mapping import Mapper, to_wire
from libs.pb.prm.deals import v1 as pb
from libs.rpc.imports import row_hash
from libs.store.paging import page_end
from libs.store.port import Page
from services.deals.leads.domain.lead import Lead
from services.deals.leads.domain.scoring import LeadScoring
from services.deals.leads.domain.states import LeadState
from services.deals.leads.domain.viewing import etag_of, shown
from services.deals.leads.usecases import answering, intake, judging, lists

CREATE = Mapper(intake.CreateLead, pb.CreateLeadRequest)
GET = Mapper(lists.GetLead, pb.GetLeadRequest)
LIST = Mapper(lists.ListLeads, pb.ListLeadsRequest)
STATE_BASIS = Mapper(judging.StateLeadBasis, pb.StateLeadBasisRequest)
QUALIFY = Mapper(judging.QualifyLead, pb.QualifyLeadRequest)
DISQUALIFY = Mapper(judging.DisqualifyLead, pb.DisqualifyLeadRequest)
ACCEPT = Mapper(answering.AcceptLead, pb.AcceptLeadRequest)
DECLINE = Mapper(answering.DeclineLead, pb.DeclineLeadRequest)
CONVERT = Mapper(answering.ConvertLead, pb.ConvertLeadRequest)
GET_STATISTICS = Mapper(lists.GetLeadStatistics, pb.GetLeadStatisticsRequest)
PUBLISH = Mapper(lists.PublishLeadScoring, pb.PublishLeadScoringRequest)
WITHDRAW = Mapper(lists.WithdrawLeadScoring, pb.WithdrawLeadScoringRequest)
LIST_SCORINGS = Mapper(lists.ListLeadScorings, pb.ListLeadScoringsRequest)
STATISTICS = Mapper(lists.LeadStatistics, pb.LeadStatistics)
SCORING = Mapper(LeadScoring, pb.LeadScoring)
_ROW = Mapper(intake.ImportLead, pb.ImportLeadRow)
_LEAD = Mapper(Lead, pb.Lead)


def row(message: pb.ImportLeadRow, call: Call) -> intake.ImportLead:
    """The command for an imported row; equal rows have equal hashes."""
    return _ROW.decode(message, call=call, row_hash=row_hash(message))


def lead(found: Lead, call: Call, order_id: str = "") -> pb.Lead:
    """A lead as its caller may see it."""
    one = shown(found, call.caller.partner_id)
    message = _LEAD.encode(one, country=one.customer.country, subdivision=one.customer.subdivision, order_id=order_id)
    message.etag = etag_of(found, call.caller.partner_id)
    if call.caller.partner_id and one.state is LeadState.OFFERED:
        message.ClearField("customer")
    if one.due_time is not None and one.state is LeadState.OFFERED:
        message.accept_by.CopyFrom(to_wire(one.due_time))
    if one.due_time is not None and one.state is LeadState.ACCEPTED:
        message.follow_up_by.CopyFrom(to_wire(one.due_time))
    return message


def leads(page: Page[Lead], call: Call) -> pb.ListLeadsResponse:
    """A page of leads to protobuf."""
    return pb.ListLeadsResponse(leads=[lead(loaded.value, call) for loaded in page.rows], **page_end(page))


def scorings(page: Page[LeadScoring]) -> pb.ListLeadScoringsResponse:
    """A page of versions to protobuf."""
    found = [SCORING.encode(loaded.value) for loaded in page.rows]
    return pb.ListLeadScoringsResponse(scorings=found, **page_end(page))
