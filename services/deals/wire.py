"""Protobuf to commands and documents to protobuf, by field name."""

import msgspec

from libs.call import Call
from libs.mapping import Mapper
from libs.messaging.envelope import Envelope
from libs.messaging.events import EventCodec
from libs.pb.prm.deals import v1 as pb
from libs.rpc.imports import row_hash
from libs.subject_data import SubjectDataLocated
from services.deals.domain import events
from services.deals.domain.matching import Conflict
from services.deals.domain.registration import Registration
from services.deals.domain.viewing import shown
from services.deals.usecases import decisions, drafts, imports, matching, protection

EVENTS = EventCodec(
    "deals",
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
)

_REGISTRATION = Mapper(Registration, pb.Registration)
_CONFLICT = Mapper(Conflict, pb.Conflict)

CREATE = Mapper(drafts.CreateRegistration, pb.CreateRegistrationRequest)
GET = Mapper(drafts.GetRegistration, pb.GetRegistrationRequest)
LIST = Mapper(drafts.ListRegistrations, pb.ListRegistrationsRequest)
SUBMIT = Mapper(decisions.SubmitRegistration, pb.SubmitRegistrationRequest)
RECALL = Mapper(decisions.RecallRegistration, pb.RecallRegistrationRequest)
START_REVIEW = Mapper(decisions.StartReview, pb.StartReviewRequest)
REQUEST_CHANGES = Mapper(decisions.RequestChanges, pb.RequestChangesRequest)
APPROVE = Mapper(decisions.ApproveRegistration, pb.ApproveRegistrationRequest)
REJECT = Mapper(decisions.RejectRegistration, pb.RejectRegistrationRequest)
WITHDRAW = Mapper(protection.WithdrawRegistration, pb.WithdrawRegistrationRequest)
EXTEND = Mapper(protection.ExtendProtection, pb.ExtendProtectionRequest)
ADVANCE = Mapper(protection.AdvanceStage, pb.AdvanceStageRequest)
CONVERT = Mapper(protection.ConvertRegistration, pb.ConvertRegistrationRequest)
LIST_CONFLICTS = Mapper(matching.ListConflicts, pb.ListConflictsRequest)
_ROW = Mapper(imports.ImportRegistration, pb.ImportRegistrationRow)
_CHANGES = Mapper(drafts.CreateRegistration, pb.UpdateRegistrationRequest)


class OrderTold(msgspec.Struct, frozen=True, kw_only=True):
    """What deals needs of an order's creation."""

    order_id: str
    partner_id: str
    registration_id: str = ""
    from_conversion: bool = False


def registration(reg: Registration, call: Call) -> pb.Registration:
    """A claim as its caller may see it."""
    return _REGISTRATION.encode(shown(reg, call.caller.partner_id))


def conflict(one: Conflict) -> pb.Conflict:
    """A rival as callers see it."""
    return _CONFLICT.encode(one)


def update(request: pb.UpdateRegistrationRequest, call: Call) -> drafts.UpdateRegistration:
    """The fields that the mask names."""
    changes = _CHANGES.decode_masked(request, list(request.update_mask.paths))
    return drafts.UpdateRegistration(call=call, id=request.id, etag=request.etag, changes=changes)


def row(message: pb.ImportRegistrationRow, call: Call) -> imports.ImportRegistration:
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
