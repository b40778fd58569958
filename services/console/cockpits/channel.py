"""The channel manager: partners, and their claims from the first conflict to the last appeal."""

from services.console.pages import Cockpit, Document, List, Pages, Section
from services.console.wording import N_

_CLAIM = ("id", "partner_id", "customer.legal_name", "review", "stage", "expected_amount", "conflict_count")

PAGES = Pages(
    lists=(
        List(
            name="claims",
            title=N_("Claims"),
            method="deals.ListRegistrations",
            columns=(*_CLAIM, "decision_due_time", "protected_until"),
            filters=("review", "stage", "partner_id", "customer_name", "customer_domain"),
            orders=("id", "update_time"),
            acts=("deals.CreateRegistration",),
        ),
        List(
            name="claims-submitted",
            title=N_("Claims that wait for a review"),
            method="deals.ListRegistrations",
            columns=(*_CLAIM, "decision_due_time"),
            fixed={"review": "REVIEW_SUBMITTED"},
        ),
        List(
            name="claims-reviewed",
            title=N_("Claims under review"),
            method="deals.ListRegistrations",
            columns=(*_CLAIM, "decision_due_time"),
            fixed={"review": "REVIEW_UNDER_REVIEW"},
        ),
    ),
    documents=(
        Document(
            prefix="reg",
            title=N_("Claim"),
            method="deals.GetRegistration",
            field="registration",
            heading="customer.legal_name",
            acts=(
                "deals.SubmitRegistration",
                "deals.RecallRegistration",
                "deals.UpdateRegistration",
                "deals.StartReview",
                "deals.RequestChanges",
                "deals.ApproveRegistration",
                "deals.RejectRegistration",
                "deals.WithdrawRegistration",
                "deals.ExtendProtection",
                "deals.AdvanceStage",
                "deals.ConvertRegistration",
            ),
            sections=(
                Section(
                    title=N_("Other claims on this customer"),
                    method="deals.ListConflicts",
                    by={"registration_id": "id"},
                    columns=("registration_id", "partner_id"),
                ),
            ),
        ),
    ),
    cockpits=(
        Cockpit(
            name="channel",
            title=N_("Channel"),
            permission="deals.registration.review",
            waiting=("claims-submitted", "claims-reviewed"),
            lists=("claims",),
        ),
    ),
)
