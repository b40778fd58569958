"""Protobuf to commands and documents to protobuf, by field name."""

import msgspec

from libs.call import Call
from libs.deadlines import Deadline
from libs.mapping import Mapper
from libs.messaging.envelope import Envelope
from libs.messaging.events import EventCodec
from libs.pb.prm.deals.v1 import conflict_pb2, deals_events_pb2, deals_import_pb2, registration_pb2
from libs.pb.prm.deals.v1 import deals_requests_pb2 as requests
from libs.privacy.subject_data import SubjectDataLocated
from libs.rpc.deadline import encode_deadline
from libs.rpc.imports import row_hash
from services.deals.domain import events
from services.deals.domain.matching import Conflict
from services.deals.domain.registration import Registration
from services.deals.domain.viewing import shown
from services.deals.usecases import decisions, drafts, imports, matching, protection

EVENTS = EventCodec(
    (
        events.ConflictFound,
        events.ConflictOverridden,
        events.ProbingFound,
        events.RegistrationApproved,
        events.RegistrationCanceled,
        events.RegistrationChangesRequested,
        events.RegistrationConverted,
        events.RegistrationCreated,
        events.RegistrationDecisionBreached,
        events.RegistrationExpired,
        events.RegistrationExpiryWarned,
        events.RegistrationExtended,
        events.RegistrationImported,
        events.RegistrationRecalled,
        events.RegistrationRejected,
        events.RegistrationReviewStarted,
        events.RegistrationStageAdvanced,
        events.RegistrationSubmitted,
        events.RegistrationUpdated,
        events.RegistrationWithdrawn,
        SubjectDataLocated,
    ),
    deals_events_pb2,
)

_REGISTRATION = Mapper(Registration, registration_pb2.Registration)
_CONFLICT = Mapper(Conflict, conflict_pb2.Conflict)

CREATE = Mapper(drafts.CreateRegistration, requests.CreateRegistrationRequest)
GET = Mapper(drafts.GetRegistration, requests.GetRegistrationRequest)
LIST = Mapper(drafts.ListRegistrations, requests.ListRegistrationsRequest)
SUBMIT = Mapper(decisions.SubmitRegistration, requests.SubmitRegistrationRequest)
RECALL = Mapper(decisions.RecallRegistration, requests.RecallRegistrationRequest)
START_REVIEW = Mapper(decisions.StartReview, requests.StartReviewRequest)
REQUEST_CHANGES = Mapper(decisions.RequestChanges, requests.RequestChangesRequest)
APPROVE = Mapper(decisions.ApproveRegistration, requests.ApproveRegistrationRequest)
REJECT = Mapper(decisions.RejectRegistration, requests.RejectRegistrationRequest)
WITHDRAW = Mapper(protection.WithdrawRegistration, requests.WithdrawRegistrationRequest)
EXTEND = Mapper(protection.ExtendProtection, requests.ExtendProtectionRequest)
ADVANCE = Mapper(protection.AdvanceStage, requests.AdvanceStageRequest)
CONVERT = Mapper(protection.ConvertRegistration, requests.ConvertRegistrationRequest)
LIST_CONFLICTS = Mapper(matching.ListConflicts, requests.ListConflictsRequest)
_ROW = Mapper(imports.ImportRegistration, deals_import_pb2.ImportRegistrationRow)
_CHANGES = Mapper(drafts.CreateRegistration, requests.UpdateRegistrationRequest)


class OrderTold(msgspec.Struct, frozen=True, kw_only=True):
    """What deals needs of an order's creation."""

    order_id: str
    partner_id: str
    registration_id: str = ""
    from_conversion: bool = False


def registration(reg: Registration, call: Call) -> registration_pb2.Registration:
    """A claim as its caller may see it."""
    return _REGISTRATION.encode(shown(reg, call.caller.partner_id))


def seen(
    reg: Registration, deadline: Deadline | None, claims_taken_back: int, call: Call
) -> requests.GetRegistrationResponse:
    """A claim with the vendor's deadline, if one runs, and how many claims its partner took back lately."""
    return requests.GetRegistrationResponse(
        registration=registration(reg, call),
        decision_deadline=encode_deadline(deadline) if deadline else None,
        claims_taken_back=claims_taken_back,
    )


def conflict(one: Conflict) -> conflict_pb2.Conflict:
    """A rival as callers see it."""
    return _CONFLICT.encode(one)


def update(request: requests.UpdateRegistrationRequest, call: Call) -> drafts.UpdateRegistration:
    """The fields that the mask names."""
    changes = _CHANGES.decode_masked(request, list(request.update_mask.paths))
    return drafts.UpdateRegistration(call=call, id=request.id, etag=request.etag, changes=changes)


def row(message: deals_import_pb2.ImportRegistrationRow, call: Call) -> imports.ImportRegistration:
    """An imported row."""
    return _ROW.decode(message, call=call, row_hash=row_hash(message))


def link_order(envelope: Envelope, call: Call) -> protection.LinkOrder | None:
    """The order that was made of a claim; None for one that somebody made, whatever id he wrote on it."""
    told = EventCodec.decode(envelope, OrderTold)
    if not told.from_conversion:
        return None
    return protection.LinkOrder(
        call=call, registration_id=told.registration_id, partner_id=told.partner_id, order_id=told.order_id
    )
