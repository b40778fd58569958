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
from libs.pb.prm.deals.v1 import registration_pb2 as deals
from libs.pb.prm.orders.v1 import order_pb2 as orders
from libs.pb.prm.partners.v1 import (
    contact_pb2,
    decision_events_pb2,
    partner_pb2,
    partners_events_pb2,
    partners_import_pb2,
    territory_pb2,
)
from libs.pb.prm.partners.v1 import contact_requests_pb2 as contact_requests
from libs.pb.prm.partners.v1 import partners_requests_pb2 as requests
from libs.pb.prm.partners.v1 import territory_requests_pb2 as territory_requests
from libs.pb.prm.tickets.v1 import clock_pb2 as tickets
from libs.privacy.subject_data import SubjectDataLocated
from libs.rpc.imports import row_hash
from services.partners.domain import events
from services.partners.domain.activity import PartnerActivity, Report
from services.partners.domain.contact import Contact
from services.partners.domain.partner import Partner
from services.partners.domain.profile import Profile
from services.partners.domain.states import PartnerKind
from services.partners.domain.territory import TerritoryGrant
from services.partners.usecases import activity, applications, contacts, decisions, hierarchy, imports, territories

EVENTS = EventCodec(
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
    partners_events_pb2,
    decision_events_pb2,
)


class PlacedProfile(Profile, frozen=True, kw_only=True):
    """What an update may set."""

    kind: PartnerKind | None  # type: ignore[assignment]  # a mask may name it and leave it empty; the domain refuses that
    parent_partner_id: str = ""


PARTNER = Mapper(Partner, partner_pb2.Partner)
CONTACT = Mapper(Contact, contact_pb2.Contact)
TERRITORY = Mapper(TerritoryGrant, territory_pb2.TerritoryGrant)
ACTIVITY = Mapper(PartnerActivity, partner_pb2.PartnerActivity)

GET = Mapper(applications.GetPartner, requests.GetPartnerRequest)
LIST = Mapper(applications.ListPartners, requests.ListPartnersRequest)
START_VETTING = Mapper(decisions.StartVetting, requests.StartVettingRequest)
APPROVE = Mapper(decisions.ApprovePartner, requests.ApprovePartnerRequest)
REJECT = Mapper(decisions.RejectPartner, requests.RejectPartnerRequest)
SUSPEND = Mapper(decisions.SuspendPartner, requests.SuspendPartnerRequest)
REINSTATE = Mapper(decisions.ReinstatePartner, requests.ReinstatePartnerRequest)
TERMINATE = Mapper(decisions.TerminatePartner, requests.TerminatePartnerRequest)
SET_TIER = Mapper(decisions.SetTier, requests.SetTierRequest)
SET_DOWNLINE_ACCESS = Mapper(decisions.SetDownlineAccess, requests.SetDownlineAccessRequest)
LIST_DOWNLINE = Mapper(hierarchy.ListDownline, requests.ListDownlineRequest)
ADD_CONTACT = Mapper(contacts.AddContact, contact_requests.AddContactRequest)
REMOVE_CONTACT = Mapper(contacts.RemoveContact, contact_requests.RemoveContactRequest)
LIST_CONTACTS = Mapper(contacts.ListContacts, contact_requests.ListContactsRequest)
GRANT = Mapper(territories.GrantTerritory, territory_requests.GrantTerritoryRequest)
REVOKE = Mapper(territories.RevokeTerritory, territory_requests.RevokeTerritoryRequest)
LIST_TERRITORIES = Mapper(territories.ListTerritories, territory_requests.ListTerritoriesRequest)
_APPLICATION = Mapper(Profile, requests.ApplyPartnerRequest)
_CHANGES = Mapper(PlacedProfile, requests.UpdatePartnerRequest)
_CONTACT_CHANGES = Mapper(contacts.AddContact, contact_requests.UpdateContactRequest)
_ROW = Mapper(imports.ImportPartner, partners_import_pb2.ImportPartnerRow)
_ROW_PROFILE = Mapper(Profile, partners_import_pb2.ImportPartnerRow)


def seen(found: applications.SeenPartner) -> requests.GetPartnerResponse:
    """A partner with what others report of it."""
    below = ACTIVITY.encode(found.downline_activity) if found.downline_activity else None
    return requests.GetPartnerResponse(
        partner=PARTNER.encode(found.partner), activity=ACTIVITY.encode(found.activity), downline_activity=below
    )


def apply(request: requests.ApplyPartnerRequest, call: Call) -> applications.ApplyPartner:
    """What an applicant says about itself."""
    return applications.ApplyPartner(
        call=call, profile=_APPLICATION.decode(request), parent_partner_id=request.parent_partner_id
    )


def update(request: requests.UpdatePartnerRequest, call: Call) -> applications.UpdatePartner:
    """The fields that the mask names."""
    changes = _CHANGES.decode_masked(request, list(request.update_mask.paths))
    return applications.UpdatePartner(call=call, id=request.id, etag=request.etag, changes=changes)


def update_contact(request: contact_requests.UpdateContactRequest, call: Call) -> contacts.UpdateContact:
    """The fields that the mask names."""
    changes = _CONTACT_CHANGES.decode_masked(request, list(request.update_mask.paths))
    return contacts.UpdateContact(call=call, id=request.id, etag=request.etag, changes=changes)


def row(message: partners_import_pb2.ImportPartnerRow, call: Call) -> imports.ImportPartner:
    """An imported row."""
    return _ROW.decode(message, call=call, profile=_ROW_PROFILE.decode(message), row_hash=row_hash(message))


def below(one: hierarchy.Below) -> partner_pb2.DownlinePartner:
    """A partner of a downline as callers see it."""
    return partner_pb2.DownlinePartner(partner=PARTNER.encode(one.partner), depth=one.depth)


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


_WAS_APPROVED = frozenset({deals.REVIEW_APPROVED, deals.REVIEW_EXPIRED, deals.REVIEW_CONVERTED})
_STANDS = frozenset({orders.ORDER_STATE_CONFIRMED, orders.ORDER_STATE_IN_FULFILLMENT, orders.ORDER_STATE_COMPLETED})

REPORTS: Mapping[str, Callable[[Told], tuple[str, Report]]] = {
    "deals.registration.approved": lambda told: (told.registration_id, Report(approved=True)),
    "deals.registration.converted": lambda told: (told.registration_id, Report(approved=True, converted=True)),
    "deals.registration.imported": lambda told: (
        told.registration_id,
        Report(approved=told.review in _WAS_APPROVED, converted=told.review == deals.REVIEW_CONVERTED),
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
        Report(filed=True, breached=told.sla_outcome == tickets.SLA_OUTCOME_BREACHED),
    ),
    "tickets.deadline.breached": lambda told: (told.ticket_id, Report(breached=True)),
}


def report(envelope: Envelope, call: Call) -> activity.RecordReport:
    """What an event of a peer says of a partner."""
    told = EventCodec.decode(envelope, Told)
    told_of, news = REPORTS[envelope.subject.split(".", 2)[2]](told)
    return activity.RecordReport(call=call, id=told_of, partner_id=told.partner_id, report=news)
