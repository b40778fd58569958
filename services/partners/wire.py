"""Protobuf to commands and documents to protobuf, by field name; what peers' events say of a partner."""

from collections.abc import Callable, Mapping
from datetime import date

import msgspec

from libs.call import Call
from libs.decisions.decision import EVENTS as DECISION_EVENTS
from libs.mapping import Mapper
from libs.messaging.envelope import Envelope
from libs.messaging.events import EventCodec
from libs.money import Money
from libs.pb.prm.deals import v1 as deals_pb
from libs.pb.prm.orders import v1 as orders_pb
from libs.pb.prm.partners import v1 as partners_pb
from libs.pb.prm.tickets import v1 as tickets_pb
from libs.rpc.imports import row_hash
from libs.subject_data import SubjectDataLocated
from services.partners.domain import events
from services.partners.domain.activity import PartnerActivity, Report
from services.partners.domain.contact import Contact
from services.partners.domain.partner import Partner
from services.partners.domain.profile import Profile
from services.partners.domain.states import PartnerKind
from services.partners.domain.territory import TerritoryGrant
from services.partners.usecases import activity, applications, contacts, decisions, hierarchy, imports, territories

EVENTS = EventCodec(
    "partners",
    (
        events.ContactAdded,
        events.ContactRemoved,
        events.ContactUpdated,
        events.PartnerApplied,
        events.PartnerApproved,
        events.PartnerDownlineAccessSet,
        events.PartnerImported,
        events.PartnerReinstated,
        events.PartnerRejected,
        events.PartnerSuspended,
        events.PartnerTerminated,
        events.PartnerTierSet,
        events.PartnerUpdated,
        events.PartnerVettingStarted,
        events.TerritoryGranted,
        events.TerritoryRevoked,
        SubjectDataLocated,
        *DECISION_EVENTS,
    ),
)


class PlacedProfile(Profile, frozen=True, kw_only=True):
    """What an update may set."""

    kind: PartnerKind | None  # type: ignore[assignment]  # a mask may name it and leave it empty; the domain refuses that
    parent_partner_id: str = ""


PARTNER = Mapper(Partner, partners_pb.Partner)
CONTACT = Mapper(Contact, partners_pb.Contact)
TERRITORY = Mapper(TerritoryGrant, partners_pb.TerritoryGrant)
ACTIVITY = Mapper(PartnerActivity, partners_pb.PartnerActivity)

GET = Mapper(applications.GetPartner, partners_pb.GetPartnerRequest)
LIST = Mapper(applications.ListPartners, partners_pb.ListPartnersRequest)
START_VETTING = Mapper(decisions.StartVetting, partners_pb.StartVettingRequest)
APPROVE = Mapper(decisions.ApprovePartner, partners_pb.ApprovePartnerRequest)
REJECT = Mapper(decisions.RejectPartner, partners_pb.RejectPartnerRequest)
SUSPEND = Mapper(decisions.SuspendPartner, partners_pb.SuspendPartnerRequest)
REINSTATE = Mapper(decisions.ReinstatePartner, partners_pb.ReinstatePartnerRequest)
TERMINATE = Mapper(decisions.TerminatePartner, partners_pb.TerminatePartnerRequest)
SET_TIER = Mapper(decisions.SetTier, partners_pb.SetTierRequest)
SET_DOWNLINE_ACCESS = Mapper(decisions.SetDownlineAccess, partners_pb.SetDownlineAccessRequest)
LIST_DOWNLINE = Mapper(hierarchy.ListDownline, partners_pb.ListDownlineRequest)
ADD_CONTACT = Mapper(contacts.AddContact, partners_pb.AddContactRequest)
REMOVE_CONTACT = Mapper(contacts.RemoveContact, partners_pb.RemoveContactRequest)
LIST_CONTACTS = Mapper(contacts.ListContacts, partners_pb.ListContactsRequest)
GRANT = Mapper(territories.GrantTerritory, partners_pb.GrantTerritoryRequest)
REVOKE = Mapper(territories.RevokeTerritory, partners_pb.RevokeTerritoryRequest)
LIST_TERRITORIES = Mapper(territories.ListTerritories, partners_pb.ListTerritoriesRequest)
_APPLICATION = Mapper(Profile, partners_pb.ApplyPartnerRequest)
_CHANGES = Mapper(PlacedProfile, partners_pb.UpdatePartnerRequest)
_CONTACT_CHANGES = Mapper(contacts.AddContact, partners_pb.UpdateContactRequest)
_ROW = Mapper(imports.ImportPartner, partners_pb.ImportPartnerRow)
_ROW_PROFILE = Mapper(Profile, partners_pb.ImportPartnerRow)


def apply(request: partners_pb.ApplyPartnerRequest, call: Call) -> applications.ApplyPartner:
    """What an applicant says about itself."""
    return applications.ApplyPartner(
        call=call, profile=_APPLICATION.decode(request), parent_partner_id=request.parent_partner_id
    )


def update(request: partners_pb.UpdatePartnerRequest, call: Call) -> applications.UpdatePartner:
    """The fields that the mask names."""
    changes = _CHANGES.decode_masked(request, list(request.update_mask.paths))
    return applications.UpdatePartner(call=call, id=request.id, etag=request.etag, changes=changes)


def update_contact(request: partners_pb.UpdateContactRequest, call: Call) -> contacts.UpdateContact:
    """The fields that the mask names."""
    changes = _CONTACT_CHANGES.decode_masked(request, list(request.update_mask.paths))
    return contacts.UpdateContact(call=call, id=request.id, etag=request.etag, changes=changes)


def row(message: partners_pb.ImportPartnerRow, call: Call) -> imports.ImportPartner:
    """An imported row."""
    return _ROW.decode(message, call=call, profile=_ROW_PROFILE.decode(message), row_hash=row_hash(message))


def below(one: hierarchy.Below) -> partners_pb.DownlinePartner:
    """A partner of a downline as callers see it."""
    return partners_pb.DownlinePartner(partner=PARTNER.encode(one.partner), depth=one.depth)


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What an event of a peer may tell of a partner; states as the numbers of the peer's enum."""

    partner_id: str
    registration_id: str = ""
    order_id: str = ""
    invoice_id: str = ""
    ticket_id: str = ""
    review: int = 0
    state: int = 0
    sla_outcome: int = 0
    confirmed: bool = False
    total: Money | None = None
    order_date: date | None = None


_WAS_APPROVED = frozenset({deals_pb.REVIEW_APPROVED, deals_pb.REVIEW_EXPIRED, deals_pb.REVIEW_CONVERTED})
_STANDS = frozenset(
    {orders_pb.ORDER_STATE_CONFIRMED, orders_pb.ORDER_STATE_IN_FULFILLMENT, orders_pb.ORDER_STATE_COMPLETED}
)

REPORTS: Mapping[str, Callable[[Told], tuple[str, Report]]] = {
    "deals.registration.approved": lambda told: (told.registration_id, Report(approved=True)),
    "deals.registration.converted": lambda told: (told.registration_id, Report(approved=True, converted=True)),
    "deals.registration.imported": lambda told: (
        told.registration_id,
        Report(approved=told.review in _WAS_APPROVED, converted=told.review == deals_pb.REVIEW_CONVERTED),
    ),
    "orders.order.confirmed": lambda told: (
        told.order_id,
        Report(ordered=True, total=told.total, order_date=told.order_date),
    ),
    "orders.order.canceled": lambda told: (told.order_id, Report(canceled=True)),
    "orders.order.imported": lambda told: (
        told.order_id,
        Report(ordered=told.state in _STANDS, total=told.total, order_date=told.order_date),
    ),
    "orders.invoice.fell_overdue": lambda told: (told.invoice_id, Report(overdue=True)),
    "orders.invoice.paid": lambda told: (told.invoice_id, Report(settled=True)),
    "tickets.ticket.created": lambda told: (told.ticket_id, Report(filed=True)),
    "tickets.ticket.imported": lambda told: (
        told.ticket_id,
        Report(filed=True, breached=told.sla_outcome == tickets_pb.SLA_OUTCOME_BREACHED),
    ),
    "tickets.deadline.breached": lambda told: (told.ticket_id, Report(breached=True)),
}


def report(envelope: Envelope, call: Call) -> activity.RecordReport:
    """What an event of a peer says of a partner."""
    told = EventCodec.decode(envelope, Told)
    told_of, news = REPORTS[envelope.subject.split(".", 2)[2]](told)
    return activity.RecordReport(call=call, id=told_of, partner_id=told.partner_id, report=news)
