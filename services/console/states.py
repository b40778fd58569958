"""In which states of its document an act is offered. The cell decides; this keeps buttons from pages where it would
refuse. `tests/unit/console/test_states.py` compares each line with the domain of its service."""

from collections.abc import Mapping
from typing import Any

import msgspec
from google.protobuf.message import Message

from services.console.wording import short_value


class When(msgspec.Struct, frozen=True):
    """field: of the document, an enum. states: the values with which the act is offered, without the prefix of their
    enum; none: while the field is empty."""

    field: str
    states: frozenset[str]

    def holds(self, found: Message) -> bool:
        """Whether the document is in one of the states."""
        field: Any = found.DESCRIPTOR.fields_by_name[self.field]
        if field.enum_type is None:
            return not found.HasField(self.field)
        value = field.enum_type.values_by_number.get(getattr(found, self.field))
        return value is not None and short_value(field.enum_type.name, value.name) in self.states


_CLAIMING = "SUBMITTED UNDER_REVIEW ACTION_REQUIRED APPROVED"
_ADMITTED = "ACTIVE SUSPENDED"
_APPLYING = "APPLIED VETTING"
_UNVERIFIED = "RECEIVED VERIFYING_IDENTITY"
_WORKING = f"{_UNVERIFIED} IN_PROGRESS READY_FOR_REVIEW"
_HANDLED = "NEW OPEN PENDING HELD"
_LADDER = "NOTICE WARNING FINE SUSPENSION TERMINATION"

# Service, field, states, acts.
_LINES = (
    ("deals", "review", "SUBMITTED", "StartReview RecallRegistration"),
    ("deals", "review", "UNDER_REVIEW", "ApproveRegistration RejectRegistration RequestChanges"),
    ("deals", "review", "DRAFT ACTION_REQUIRED", "SubmitRegistration UpdateRegistration"),
    ("deals", "review", "APPROVED", "ExtendProtection ConvertRegistration"),
    ("deals", "review", f"DRAFT {_CLAIMING}", "AdvanceStage WithdrawRegistration"),
    ("deals", "state", "OPEN", "DecideAdjudication"),
    ("deals", "state", "APPEALED", "DecideAdjudicationAppeal"),
    ("deals", "standing", "LOST", "AppealAdjudication"),
    ("deals", "appeal_time", "", "AppealAdjudication"),
    ("deals", "state", "NEW", "QualifyLead"),
    ("deals", "state", "QUALIFIED", "DistributeLead"),
    ("deals", "state", "OFFERED", "AcceptLead"),
    ("deals", "state", "OFFERED ACCEPTED", "DeclineLead"),
    ("deals", "state", "ACCEPTED", "ConvertLead"),
    ("deals", "state", "NEW QUALIFIED IN_POOL OFFERED ACCEPTED", "DisqualifyLead"),
    ("deals", "state", "PLANNED RUNNING", "MoveCampaign InvitePartner"),
    ("deals", "state", "PLANNED RUNNING ENDED", "UpdateCampaign"),
    ("partners", "status", "APPLIED", "StartVetting"),
    ("partners", "status", "VETTING", "ApprovePartner"),
    ("partners", "status", _APPLYING, "RejectPartner"),
    ("partners", "status", "ACTIVE", "SuspendPartner GrantTerritory"),
    ("partners", "status", "SUSPENDED", "ReinstatePartner"),
    ("partners", "status", _ADMITTED, "SetTier TerminatePartner"),
    ("partners", "status", f"{_APPLYING} {_ADMITTED}", "UpdatePartner AddContact DraftPlan"),
    ("partners", "state", "CLOSED", "PublishScorecard"),
    ("partners", "state", "DRAFT", "SendAgreement"),
    ("partners", "state", "SENT", "SignAgreement"),
    ("partners", "state", "ACTIVE", "RenewAgreement"),
    ("partners", "state", "ACTIVE NOTICE_GIVEN", "TerminateAgreement"),
    ("partners", "state", "VALID", "RevokeCompletion"),
    ("partners", "state", "SUBMITTED", "ApproveFundingRequest RejectFundingRequest ApproveFundClaim ReturnFundClaim"),
    ("partners", "state", "APPROVED", "SubmitFundClaim PayFundClaim"),
    ("partners", "state", f"REPORTED UNDER_INVESTIGATION {_LADDER}", "DecideConductCase SubmitConductStatement"),
    ("partners", "state", f"{_LADDER} CLOSED", "AppealConductCase"),
    ("partners", "state", "DRAFT", "RevisePlan ProposePlan"),
    ("partners", "state", "PROPOSED", "AgreePlan ReturnPlan"),
    ("partners", "state", "AGREED", "ClosePlan"),
    ("partners", "state", "DRAFT PROPOSED AGREED", "CancelPlan AddInitiative"),
    ("partners", "state", "PLANNED IN_PROGRESS", "UpdateInitiative CloseInitiative"),
    ("partners", "state", "ASKED LISTED", "ConfirmHandover CancelHandover"),
    ("orders", "status", f"{_APPLYING} {_ADMITTED}", "SetCreditTerms"),
    ("orders", "state", "DRAFT HELD", "SubmitOrder"),
    ("orders", "state", "HELD", "ReleaseHold"),
    ("orders", "state", "DRAFT", "UpdateOrder"),
    ("orders", "state", "CONFIRMED IN_FULFILLMENT", "RecordShipment IssueInvoice"),
    ("orders", "state", "IN_FULFILLMENT COMPLETED", "AuthorizeReturn"),
    ("orders", "state", "DRAFT HELD CONFIRMED", "CancelOrder"),
    ("orders", "state", "IN_FULFILLMENT", "CloseOrder"),
    ("orders", "state", "ISSUED PARTIALLY_PAID", "SetDunningBlock"),
    ("orders", "state", "AUTHORIZED", "ReceiveReturn"),
    ("orders", "state", "RECEIVED", "InspectReturn"),
    ("orders", "state", "OPEN", "DecideDiversionCase"),
    ("orders", "reverse_date", "", "ReversePayment"),
    ("orders", "deliver_date", "", "RecordDelivery"),
    ("tickets", "state", _HANDLED, "AssignTicket"),
    ("tickets", "state", f"{_HANDLED} RESOLVED", "AddComment CloseTicket"),
    ("tickets", "state", "OPEN", "SetPending"),
    ("tickets", "state", "PENDING HELD", "ResumeTicket"),
    ("tickets", "state", "OPEN PENDING HELD", "ResolveTicket"),
    ("tickets", "state", "RESOLVED CLOSED", "ReopenTicket RecordSatisfaction"),
    ("compliance", "state", f"{_UNVERIFIED} ON_HOLD", "IssueCode ConfirmCode RecordIdentityCheck"),
    ("compliance", "state", "READY_FOR_REVIEW", "BeginErasure BeginRectification BeginRestriction CompleteRequest"),
    ("compliance", "type", "ERASURE", "BeginErasure"),
    ("compliance", "type", "RECTIFICATION", "BeginRectification"),
    ("compliance", "type", "RESTRICTION OBJECTION", "BeginRestriction"),
    ("compliance", "type", "OBJECTION", "DecideObjection"),
    ("compliance", "type", "ACCESS PORTABILITY", "ExportRequest"),
    ("compliance", "type", "RECTIFICATION RESTRICTION OBJECTION OPT_OUT COMPLAINT", "CompleteRequest"),
    ("compliance", "state", _WORKING, "PauseRequest"),
    ("compliance", "state", "ON_HOLD", "ResumeRequest"),
    ("compliance", "state", f"{_WORKING} ON_HOLD", "DenyRequest WithdrawRequest AcknowledgeReceipt ExtendDeadline"),
    ("compliance", "state", "READY_FOR_REVIEW COMPLETED PARTIALLY_COMPLETED", "RecordRecipientTold"),
    ("compliance", "state", "READY_FOR_REVIEW COMPLETED", "ExportRequest"),
    ("compliance", "state", "READY_FOR_REVIEW ON_HOLD DENIED WITHDRAWN", "PlaceLegalHold"),
    ("compliance", "state", "ACTIVE", "ReleaseLegalHold"),
    ("compliance", "state", "OPEN", "AmendBreach RecordNotice CloseBreach"),
    ("compliance", "state", "DRAFT", "PublishTransfer"),
    ("compliance", "state", "DRAFT PUBLISHED", "FileTransfer EndTransfer"),
    ("compliance", "state", "GIVEN", "WithdrawConsent"),
    ("hooks", "state", "ACTIVE", "DisableSubscription RedeliverSince"),
    ("hooks", "state", "DISABLED", "EnableSubscription"),
    *((one, "state", "PENDING", "ConfirmDecision DeclineDecision") for one in ("partners", "orders", "compliance")),
)


def _read() -> dict[str, tuple[When, ...]]:
    found: dict[str, tuple[When, ...]] = {}
    for service, field, states, acts in _LINES:
        for act in acts.split():
            key = f"{service}.{act}"
            found[key] = (*found.get(key, ()), When(field, frozenset(states.split())))
    return found


WHEN: Mapping[str, tuple[When, ...]] = _read()


def allows(found: Message, act: str) -> bool:
    """Whether a document is in a state in which the act is offered; an act without a line is offered in every one."""
    return all(when.holds(found) for when in WHEN.get(act, ()))
