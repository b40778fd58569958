"""An act is offered in the states in which the domain of its service allows it, and in no other."""

from collections.abc import Collection, Mapping
from enum import Enum

from google.type.date_pb2 import Date

from libs.decisions.decision import DecisionState
from libs.pb.prm.deals import v1 as pb
from libs.pb.prm.orders.v1.invoice_pb2 import Payment
from services.compliance.breaches.domain import breach
from services.compliance.consent.domain import consent
from services.compliance.handling import domain as handling
from services.compliance.holds import domain as holds
from services.compliance.measures import domain as measures
from services.compliance.package.domain import export
from services.compliance.requests.domain.moves import MOVES as REQUESTS
from services.compliance.requests.domain.moves import OPEN as OPEN_REQUESTS
from services.compliance.requests.domain.moves import Move
from services.compliance.requests.domain.states import ANSWERED_BY_PACKAGE, RequestState, RequestType
from services.compliance.transfers.domain import transfer
from services.console.book import PAGES
from services.console.methods import METHODS
from services.console.pages import Book
from services.console.states import WHEN, allows
from services.deals.adjudication.domain import states as cases
from services.deals.campaigns.domain import states as campaigns
from services.deals.claims.domain import states as claims
from services.deals.leads.domain import states as leads
from services.hooks.subscriptions.domain import states as subscriptions
from services.orders.billing.domain import states as invoices
from services.orders.diversion.domain import case as diversion
from services.orders.record.domain import states as orders
from services.orders.returns.domain import states as returns
from services.partners.agreement.domain import states as agreements
from services.partners.certification.domain import states as certificates
from services.partners.conduct.domain import states as conduct
from services.partners.funds.domain.states import CLAIM_MOVES, REQUEST_MOVES, ClaimMove, RequestMove
from services.partners.funds.domain.states import FundingRequestState as FundingRequests
from services.partners.handover import domain as handovers
from services.partners.plan.domain import states as plans
from services.partners.plan.domain.states import PlanMove
from services.partners.record.domain import states as partners
from services.partners.scorecard.domain.card import ScorecardState
from services.tickets.record.domain import states as tickets

READY = {RequestState.READY_FOR_REVIEW}
IDENTITY = REQUESTS[Move.CHECK_IDENTITY].sources | {RequestState.ON_HOLD}
PENDING = {DecisionState.PENDING}

DOMAIN: Mapping[str, Collection[Enum]] = {
    "deals.StartReview": claims.MAY_START_REVIEW,
    "deals.RecallRegistration": claims.MAY_RECALL,
    "deals.ApproveRegistration": claims.MAY_DECIDE,
    "deals.RejectRegistration": claims.MAY_DECIDE,
    "deals.RequestChanges": claims.MAY_DECIDE,
    "deals.SubmitRegistration": claims.MAY_SUBMIT,
    "deals.UpdateRegistration": claims.MAY_UPDATE,
    "deals.ExtendProtection": claims.MAY_EXTEND,
    "deals.ConvertRegistration": claims.MAY_CONVERT,
    "deals.AdvanceStage": claims.MAY_ADVANCE,
    "deals.WithdrawRegistration": claims.MAY_WITHDRAW,
    "deals.DecideAdjudication": cases.MAY_DECIDE,
    "deals.DecideAdjudicationAppeal": {cases.AdjudicationState.APPEALED},
    "deals.QualifyLead": leads.MAY_QUALIFY,
    "deals.DistributeLead": leads.MAY_DISTRIBUTE,
    "deals.AcceptLead": leads.MAY_ACCEPT,
    "deals.DeclineLead": leads.MAY_DECLINE,
    "deals.ConvertLead": leads.MAY_CONVERT,
    "deals.DisqualifyLead": leads.MAY_DISQUALIFY,
    "deals.MoveCampaign": {one for before in campaigns.CAMPAIGN_FROM.values() for one in before},
    "deals.InvitePartner": campaigns.MAY_INVITE,
    "deals.UpdateCampaign": campaigns.NOT_CANCELED,
    "partners.StartVetting": partners.MAY_START_VETTING,
    "partners.ApprovePartner": partners.MAY_APPROVE,
    "partners.RejectPartner": partners.MAY_REJECT,
    "partners.SuspendPartner": partners.MAY_SUSPEND,
    "partners.GrantTerritory": partners.MAY_BE_GRANTED,
    "partners.ReinstatePartner": partners.MAY_REINSTATE,
    "partners.SetTier": partners.MAY_SET_TIER,
    "partners.TerminatePartner": partners.MAY_TERMINATE,
    "partners.UpdatePartner": partners.MAY_UPDATE,
    "partners.AddContact": partners.MAY_ADD_CONTACT,
    "partners.DraftPlan": partners.MAY_UPDATE,
    "partners.PublishScorecard": {ScorecardState.CLOSED},
    "partners.SendAgreement": agreements.MAY_SEND,
    "partners.SignAgreement": agreements.MAY_SIGN,
    "partners.RenewAgreement": agreements.MAY_RENEW,
    "partners.TerminateAgreement": agreements.MAY_TERMINATE,
    "partners.RevokeCompletion": certificates.MAY_REVOKE,
    "partners.ApproveFundingRequest": REQUEST_MOVES[RequestMove.APPROVE][0],
    "partners.RejectFundingRequest": REQUEST_MOVES[RequestMove.REJECT][0],
    "partners.SubmitFundClaim": {FundingRequests.APPROVED},
    "partners.ApproveFundClaim": {CLAIM_MOVES[ClaimMove.APPROVE][0]},
    "partners.ReturnFundClaim": {CLAIM_MOVES[ClaimMove.RETURN][0]},
    "partners.PayFundClaim": {CLAIM_MOVES[ClaimMove.PAY][0]},
    "partners.DecideConductCase": {state for state, after in conduct.MOVES.items() if after},
    "partners.SubmitConductStatement": conduct.MAY_STATE,
    "partners.AppealConductCase": conduct.MAY_APPEAL,
    "partners.RevisePlan": plans.MOVES[PlanMove.REVISE][0],
    "partners.ProposePlan": plans.MOVES[PlanMove.PROPOSE][0],
    "partners.AgreePlan": plans.MOVES[PlanMove.AGREE][0],
    "partners.ReturnPlan": plans.MOVES[PlanMove.RETURN][0],
    "partners.ClosePlan": plans.MOVES[PlanMove.CLOSE][0],
    "partners.CancelPlan": plans.MOVES[PlanMove.CANCEL][0],
    "partners.AddInitiative": plans.OPEN,
    "partners.UpdateInitiative": plans.MAY_CHANGE_INITIATIVE,
    "partners.CloseInitiative": plans.MAY_CHANGE_INITIATIVE,
    "partners.ConfirmHandover": handovers.MAY_CONFIRM,
    "partners.CancelHandover": handovers.MAY_CANCEL,
    "orders.SetCreditTerms": orders.MAY_HAVE_TERMS,
    "orders.SubmitOrder": orders.MAY_SUBMIT,
    "orders.ReleaseHold": orders.MAY_RELEASE,
    "orders.UpdateOrder": orders.MAY_UPDATE,
    "orders.RecordShipment": orders.MAY_SHIP,
    "orders.IssueInvoice": orders.MAY_INVOICE,
    "orders.AuthorizeReturn": orders.MAY_RETURN,
    "orders.CancelOrder": orders.MAY_CANCEL,
    "orders.CloseOrder": orders.MAY_CLOSE,
    "orders.SetDunningBlock": invoices.MAY_DUN,
    "orders.ReceiveReturn": returns.MAY_RECEIVE,
    "orders.InspectReturn": returns.MAY_INSPECT,
    "orders.DecideDiversionCase": diversion.MAY_DECIDE,
    "tickets.AssignTicket": tickets.MAY_ASSIGN,
    "tickets.AddComment": tickets.MAY_COMMENT,
    "tickets.CloseTicket": tickets.MAY_CLOSE,
    "tickets.SetPending": tickets.MAY_PAUSE,
    "tickets.ResumeTicket": tickets.MAY_RESUME,
    "tickets.ResolveTicket": tickets.MAY_RESOLVE,
    "tickets.ReopenTicket": tickets.MAY_REOPEN,
    "tickets.RecordSatisfaction": tickets.MAY_RATE,
    "compliance.IssueCode": IDENTITY,
    "compliance.ConfirmCode": IDENTITY,
    "compliance.RecordIdentityCheck": IDENTITY,
    "compliance.BeginErasure": READY,
    "compliance.BeginRectification": READY,
    "compliance.BeginRestriction": READY,
    "compliance.CompleteRequest": REQUESTS[Move.COMPLETE].sources,
    "compliance.PauseRequest": REQUESTS[Move.PAUSE].sources,
    "compliance.ResumeRequest": REQUESTS[Move.RESUME].sources,
    "compliance.DenyRequest": REQUESTS[Move.DENY].sources,
    "compliance.WithdrawRequest": REQUESTS[Move.WITHDRAW].sources,
    "compliance.AcknowledgeReceipt": OPEN_REQUESTS,
    "compliance.ExtendDeadline": OPEN_REQUESTS,
    "compliance.RecordRecipientTold": handling.MAY_TELL,
    "compliance.ExportRequest": export.EXPORTABLE,
    "compliance.PlaceLegalHold": holds.SEARCHED,
    "compliance.ReleaseLegalHold": {holds.LegalHoldState.ACTIVE},
    "compliance.AmendBreach": breach.OPEN,
    "compliance.RecordNotice": breach.OPEN,
    "compliance.CloseBreach": breach.OPEN,
    "compliance.PublishTransfer": transfer.MAY_PUBLISH,
    "compliance.FileTransfer": transfer.MAY_FILE,
    "compliance.EndTransfer": transfer.MAY_END,
    "compliance.WithdrawConsent": consent.GIVEN,
    "hooks.DisableSubscription": subscriptions.ACTIVE,
    "hooks.RedeliverSince": subscriptions.ACTIVE,
    "hooks.EnableSubscription": subscriptions.DISABLED,
    **{
        f"{one}.{act}Decision": PENDING
        for one in ("partners", "orders", "compliance")
        for act in ("Confirm", "Decline")
    },
}
# Of other fields than the state of the document.
TYPES: Mapping[str, Collection[Enum]] = {
    "compliance.BeginErasure": {RequestType.ERASURE},
    "compliance.BeginRectification": measures.RECTIFIED,
    "compliance.BeginRestriction": measures.RESTRICTED,
    "compliance.DecideObjection": {RequestType.OBJECTION},
    "compliance.ExportRequest": ANSWERED_BY_PACKAGE,
    "compliance.CompleteRequest": set(RequestType) - ANSWERED_BY_PACKAGE - {RequestType.ERASURE},
}
STANDING = {"deals.AppealAdjudication": {"LOST"}}
WHILE_EMPTY = {
    "orders.ReversePayment": "reverse_date",
    "orders.RecordDelivery": "deliver_date",
    "deals.AppealAdjudication": "appeal_time",
}
# What no state of the document itself forbids.
IN_EVERY_STATE = {
    *(
        "partners.RatePartner",
        "partners.StateScorecard",
        "partners.AgreeScorecardActions",
        "partners.DecideConductAppeal",
    ),
    *("deals.RecordInvitation", "orders.RecordPayment", "orders.IssueCreditNote", "orders.LiftDunningBlock"),
    *("compliance.LiftRestriction", "hooks.Redeliver"),
}
STATE_FIELDS = ("state", "review", "status", "standing")


def declared(act: str, *fields: str) -> set[str]:
    """The states of these fields in which an act is offered."""
    return {name for when in WHEN[act] if when.field in fields for name in when.states}


def test_an_act_is_offered_in_the_states_that_its_domain_allows() -> None:
    allowed = {act: {one.name for one in states} for act, states in DOMAIN.items()}
    assert {act: declared(act, *STATE_FIELDS) for act in DOMAIN} == allowed


def test_an_act_is_offered_for_the_types_and_standings_that_its_domain_allows() -> None:
    assert {act: declared(act, "type") for act in TYPES} == {
        act: {one.name for one in types} for act, types in TYPES.items()
    }
    assert {act: declared(act, "standing") for act in STANDING} == STANDING
    assert {act: next(one.field for one in WHEN[act] if not one.states) for act in WHILE_EMPTY} == WHILE_EMPTY


def test_no_line_is_left_unchecked() -> None:
    assert set(WHEN) == {*DOMAIN, *TYPES, *STANDING, *WHILE_EMPTY}


def test_every_act_on_a_document_with_states_says_in_which() -> None:
    book = Book(PAGES)
    offered = {
        act
        for document in book.documents.values()
        for act in document.acts
        if (of := METHODS[document.method].descriptor.output_type.fields_by_name[document.field].message_type)
        and any(name in of.fields_by_name for name in STATE_FIELDS)
    }
    offered |= {act for one in book.lists.values() for act in one.row_acts}
    assert offered - set(WHEN) == IN_EVERY_STATE


def test_a_document_offers_what_its_state_allows() -> None:
    claim = pb.Registration(review=pb.REVIEW_SUBMITTED)
    assert allows(claim, "deals.StartReview")
    assert not allows(claim, "deals.ApproveRegistration")
    assert allows(claim, "deals.RecordInvitation")
    assert not allows(pb.Registration(), "deals.StartReview")
    assert allows(Payment(), "orders.ReversePayment")
    assert not allows(Payment(reverse_date=Date(year=2026, month=1, day=1)), "orders.ReversePayment")
