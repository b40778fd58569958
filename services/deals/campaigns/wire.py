"""Protobuf to commands, and campaigns to protobuf, by field name."""

import msgspec

from libs.call import Call
from libs.mapping import Mapper
from libs.messaging.envelope import Envelope
from libs.messaging.events import EventCodec
from libs.pb.prm.deals import v1 as pb
from libs.rpc.imports import row_hash
from libs.store.paging import page_end
from libs.store.port import Page
from services.deals.campaigns.domain.campaign import Campaign, CampaignChanges, Participation, Touch
from services.deals.campaigns.usecases import measuring, planning, taking_part, touching
from services.deals.campaigns.usecases.tallying import MarkTallies
from services.deals.customers import wire as histories
from services.deals.customers.domain.entries import News

CREATE = Mapper(planning.CreateCampaign, pb.CreateCampaignRequest)
MOVE = Mapper(planning.MoveCampaign, pb.MoveCampaignRequest)
GET = Mapper(planning.GetCampaign, pb.GetCampaignRequest)
LIST = Mapper(planning.ListCampaigns, pb.ListCampaignsRequest)
INVITE = Mapper(taking_part.InvitePartner, pb.InvitePartnerRequest)
ANSWER = Mapper(taking_part.AnswerInvitation, pb.AnswerInvitationRequest)
RECORD = Mapper(taking_part.RecordAttendance, pb.RecordAttendanceRequest)
GET_PARTICIPATION = Mapper(taking_part.GetParticipation, pb.GetParticipationRequest)
LIST_PARTICIPATIONS = Mapper(taking_part.ListParticipations, pb.ListParticipationsRequest)
TOUCH = Mapper(touching.RecordTouch, pb.RecordTouchRequest)
LIST_TOUCHES = Mapper(touching.ListTouches, pb.ListTouchesRequest)
GET_RESULT = Mapper(measuring.GetCampaignResult, pb.GetCampaignResultRequest)
CAMPAIGN = Mapper(Campaign, pb.Campaign)
PARTICIPATION = Mapper(Participation, pb.Participation)
TOUCHED = Mapper(Touch, pb.Touch)
RESULT = Mapper(measuring.CampaignResult, pb.CampaignResult)
_ROW = Mapper(planning.ImportCampaign, pb.ImportCampaignRow)
_CHANGES = Mapper(CampaignChanges, pb.UpdateCampaignRequest)
_INVITED = Mapper(Campaign, pb.InvitedCampaign)


class TouchPayload(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of the events that are needed."""

    lead_id: str = ""
    registration_id: str = ""


def touched(envelope: Envelope, call: Call) -> MarkTallies:
    """The command for an event that names a lead, a claim, or a claim that was made of a lead."""
    told = EventCodec.decode(envelope, TouchPayload)
    return MarkTallies(call=call, lead_id=told.lead_id, registration_id=told.registration_id)


def order(envelope: Envelope, call: Call) -> News | None:
    """What an event says of an order; None if it changes no result."""
    command = histories.document(envelope, call)
    return command.news if command else None


def row(message: pb.ImportCampaignRow, call: Call) -> planning.ImportCampaign:
    """The command for an imported row; equal rows have equal hashes."""
    return _ROW.decode(message, call=call, row_hash=row_hash(message))


def update(request: pb.UpdateCampaignRequest, call: Call) -> planning.UpdateCampaign:
    """The command; its changes are the fields that the update mask names."""
    changes = _CHANGES.decode_masked(request)
    return planning.UpdateCampaign(call=call, id=request.id, etag=request.etag, changes=changes)


def campaigns(page: Page[Campaign]) -> pb.ListCampaignsResponse:
    """A page of campaigns to protobuf."""
    rows = [CAMPAIGN.encode(loaded.value) for loaded in page.rows]
    return pb.ListCampaignsResponse(campaigns=rows, **page_end(page))


def participation(one: Participation, campaign: Campaign) -> pb.Participation:
    """A participation with what its partner may see of the campaign."""
    return PARTICIPATION.encode(one, campaign=_INVITED.encode(campaign))


def participations(found: taking_part.ShownPage) -> pb.ListParticipationsResponse:
    """A page of participations to protobuf."""
    values = [loaded.value for loaded in found.page.rows]
    rows = [participation(one, found.campaigns[one.campaign_id]) for one in values]
    return pb.ListParticipationsResponse(participations=rows, **page_end(found.page))


def touches(page: Page[Touch]) -> pb.ListTouchesResponse:
    """A page of touches to protobuf."""
    return pb.ListTouchesResponse(touches=[TOUCHED.encode(loaded.value) for loaded in page.rows], **page_end(page))
