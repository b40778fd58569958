"""The compliance officer: requests with their clocks, holds, transfers, breaches, and the trail."""

from services.console.pages import Cockpit, Document, List, Pages, Section
from services.console.wording import N_

_CASE = {"case_id": "id"}
_REQUEST = ("id", "type", "regime", "country", "state", "subject.name", "receive_time")

PAGES = Pages(
    lists=(
        List(
            name="requests",
            title=N_("Requests of persons"),
            method="compliance.ListRequests",
            columns=_REQUEST,
            filters=("state", "type", "received_since", "received_before"),
            orders=("id", "update_time"),
            acts=("compliance.CreateRequest",),
        ),
        List(
            name="deadlines",
            title=N_("Clocks of requests"),
            method="compliance.ListDeadlines",
            columns=("case_id", "type", "regime", "country", "state", "due_time"),
            filters=("regime", "due_before"),
        ),
        List(
            name="due-notices",
            title=N_("Notices of breaches that are due"),
            method="compliance.ListDueNotices",
            columns=("breach_id", "clock.regime", "clock.addressee", "clock.due_time", "overdue"),
            filters=("due_before",),
        ),
        List(
            name="breaches",
            title=N_("Breaches"),
            method="compliance.ListBreaches",
            columns=("id", "state", "aware_time", "next_due_time", "close_time"),
            filters=("state",),
            acts=("compliance.RecordBreach",),
        ),
        List(
            name="holds",
            title=N_("Legal holds"),
            method="compliance.ListLegalHolds",
            columns=("id", "case_id", "state", "matter", "place_time", "release_time"),
            filters=("state",),
            acts=("compliance.PlaceLegalHold",),
            row_acts=("compliance.ReleaseLegalHold",),
        ),
        List(
            name="transfers",
            title=N_("Transfers"),
            method="compliance.ListTransfers",
            columns=("id", "state", "terms.mechanism", "terms.recipient_country", "publish_time", "end_time"),
            filters=("state", "recipient_country"),
            acts=("compliance.RegisterTransfer",),
        ),
        List(
            name="trail",
            title=N_("Trail"),
            method="compliance.ListAuditEntries",
            columns=("id", "time", "actor", "method", "outcome", "resource_id", "reason", "purpose", "leaf_index"),
            filters=("resource_id", "actor", "method", "start_time", "end_time", "shown_id"),
        ),
        List(
            name="trail-findings",
            title=N_("Findings about the trail"),
            method="compliance.ListTrailFindings",
            columns=("id", "type", "state", "service", "number_count", "due_time"),
            filters=("state", "type"),
        ),
        List(
            name="consents",
            title=N_("Consents"),
            method="compliance.ListConsents",
            columns=("id", "state", "purpose_code", "channel", "give_time", "expire_time"),
            filters=("purpose_code", "state"),
        ),
        List(
            name="purges",
            title=N_("Deletion runs"),
            method="compliance.ListPurgeReports",
            columns=("id", "rehearsal", "missing_services", "create_time"),
            acts=("compliance.RehearsePurge",),
        ),
        List(
            name="compliance-decisions",
            title=N_("Actions on requests that wait for a second person"),
            method="compliance.ListDecisions",
            columns=("id", "summary", "resource_id", "author", "create_time", "expire_time"),
            fixed={"state": "DECISION_STATE_PENDING"},
            row_acts=("compliance.ConfirmDecision", "compliance.DeclineDecision"),
        ),
    ),
    documents=(
        Document(
            prefix="dsr",
            title=N_("Request of a person"),
            method="compliance.GetRequest",
            field="request",
            heading="subject.name",
            acts=(
                *("compliance.AcknowledgeReceipt", "compliance.IssueCode", "compliance.ConfirmCode"),
                *("compliance.RecordIdentityCheck", "compliance.BeginErasure", "compliance.BeginRectification"),
                *("compliance.BeginRestriction", "compliance.LiftRestriction", "compliance.DecideObjection"),
                *("compliance.PauseRequest", "compliance.ResumeRequest", "compliance.ExtendDeadline"),
                *("compliance.RecordRecipientTold", "compliance.CompleteRequest", "compliance.DenyRequest"),
                *("compliance.WithdrawRequest", "compliance.PlaceLegalHold"),
            ),
            sections=(
                Section(title=N_("Clock"), method="compliance.GetClock", by=_CASE),
                Section(title=N_("Identity check"), method="compliance.GetIdentityCheck", by=_CASE),
                Section(title=N_("Erasure and its certificate"), method="compliance.GetErasure", by=_CASE),
                Section(title=N_("Measure"), method="compliance.GetMeasure", by=_CASE),
                Section(
                    title=N_("Trail"),
                    method="compliance.ListAuditEntries",
                    by={"resource_id": "id"},
                    columns=("time", "actor", "method", "outcome", "purpose"),
                ),
            ),
        ),
        Document(
            prefix="brc",
            title=N_("Breach"),
            method="compliance.GetBreach",
            field="breach",
            acts=("compliance.AmendBreach", "compliance.RecordNotice", "compliance.CloseBreach"),
            sections=(
                Section(
                    title=N_("Notices"),
                    method="compliance.ListNotices",
                    by={"breach_id": "id"},
                    columns=("regime", "addressee", "step", "recipient", "tell_time", "late"),
                ),
            ),
        ),
        Document(
            prefix="trf",
            title=N_("Transfer"),
            method="compliance.GetTransfer",
            field="transfer",
            acts=("compliance.PublishTransfer", "compliance.FileTransfer", "compliance.EndTransfer"),
        ),
        Document(
            prefix="cns",
            title=N_("Consent"),
            method="compliance.GetConsent",
            field="consent",
            acts=("compliance.WithdrawConsent",),
        ),
    ),
    cockpits=(
        Cockpit(
            name="compliance",
            title=N_("Compliance"),
            permission="compliance.subject_request.complete",
            waiting=("deadlines", "requests", "compliance-decisions", "due-notices", "trail-findings"),
            lists=("holds", "transfers", "breaches", "consents", "purges", "trail"),
            acts=("compliance.CreateRequest", "compliance.RecordBreach"),
        ),
    ),
)
