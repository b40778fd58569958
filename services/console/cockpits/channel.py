"""The channel manager: what waits, partners, and their claims from the first conflict to the last appeal."""

from services.console.pages import Cockpit, List, Pages
from services.console.wording import N_

CLAIM = ("id", "partner_id", "customer.legal_name", "review", "stage", "expected_amount", "conflict_count")
_PARTNER = ("id", "legal_name", "kind", "status", "country", "tier", "apply_time")
_REGISTRATIONS, _AGREEMENTS = "deals.ListRegistrations", "partners.ListAgreements"
_AGREEMENT = ("id", "partner_id", "state", "since", "last_day", "notice_by")
_DECISION = ("id", "summary", "resource_id", "author", "create_time", "expire_time")

PAGES = Pages(
    lists=(
        List(
            name="partners",
            title=N_("Partners"),
            method="partners.ListPartners",
            columns=_PARTNER,
            filters=("status", "kind", "country", "tier", "name", "registration_id", "domain"),
            orders=("id", "update_time"),
            acts=("partners.ApplyPartner",),
        ),
        List(
            name="applications",
            title=N_("Applications"),
            method="partners.ListPartners",
            columns=_PARTNER,
            fixed={"status": "PARTNER_STATUS_APPLIED"},
        ),
        List(
            name="claims",
            title=N_("Claims"),
            method=_REGISTRATIONS,
            columns=(*CLAIM, "decision_due_time", "protected_until"),
            filters=("review", "stage", "partner_id", "customer_name", "customer_domain", "expiring_before"),
            orders=("id", "update_time"),
            acts=("deals.CreateRegistration",),
        ),
        List(
            name="claims-submitted",
            title=N_("Claims that wait for a review"),
            method=_REGISTRATIONS,
            columns=(*CLAIM, "decision_due_time"),
            fixed={"review": "REVIEW_SUBMITTED"},
        ),
        List(
            name="claims-reviewed",
            title=N_("Claims under review"),
            method=_REGISTRATIONS,
            columns=(*CLAIM, "decision_due_time"),
            fixed={"review": "REVIEW_UNDER_REVIEW"},
        ),
        List(
            name="claims-protected",
            title=N_("Protected claims"),
            method=_REGISTRATIONS,
            columns=(*CLAIM, "protected_until"),
            fixed={"review": "REVIEW_APPROVED"},
        ),
        List(
            name="adjudications",
            title=N_("Disputes and appeals"),
            method="deals.ListAdjudications",
            columns=("id", "state", "parties.registration_id", "appeal_due_time", "create_time"),
            filters=("state",),
            acts=("deals.OpenAdjudication",),
        ),
        List(
            name="agreements",
            title=N_("Agreements"),
            method=_AGREEMENTS,
            columns=_AGREEMENT,
            filters=("state", "partner_id"),
        ),
        List(
            name="certificates",
            title=N_("Certificates"),
            method="partners.ListCompletions",
            columns=("id", "partner_id", "contact_id", "track", "course", "state", "completed_on", "last_day"),
            filters=("state", "partner_id", "track"),
            row_acts=("partners.RevokeCompletion",),
        ),
        List(
            name="evidence",
            title=N_("Documents behind a figure"),
            method="partners.ListFactEvidence",
            columns=("document_id", "day", "product_line", "country", "figure"),
            filters=("partner_id", "metric", "day_from", "day_before", "product_line", "downline"),
        ),
        List(
            name="scorecards",
            title=N_("Scorecards"),
            method="partners.ListScorecards",
            columns=("id", "partner_id", "model_code", "quarter", "state", "score", "revision"),
            filters=("partner_id", "model_code", "quarter"),
        ),
        List(
            name="leads",
            title=N_("Leads"),
            method="deals.ListLeads",
            columns=("id", "customer.legal_name", "state", "source", "score", "partner_id", "accept_by"),
            filters=("state", "source", "partner_id"),
        ),
        List(
            name="partner-decisions",
            title=N_("Actions on partners that wait for a second person"),
            method="partners.ListDecisions",
            columns=_DECISION,
            fixed={"state": "DECISION_STATE_PENDING"},
            row_acts=("partners.ConfirmDecision", "partners.DeclineDecision"),
        ),
    ),
    cockpits=(
        Cockpit(
            name="channel",
            title=N_("Channel"),
            permission="deals.registration.review",
            charts=("stock-cover",),
            waiting=(
                *("claims-submitted", "claims-reviewed", "applications", "adjudications", "claims-protected"),
                *("certificates", "agreements", "diversion-open", "partner-decisions", "conduct-cases"),
                *("stock-running-out", "stock-discrepant"),
            ),
            lists=(
                *("partners", "claims", "scorecards", "leads", "plans", "initiatives", "conduct-rules"),
                *("price-corridors", "handovers", "diversion", "sightings", "diversion-pattern"),
                *("stock", "stock-movements", "stock-proposals", "stock-discrepancies", "demand-forecasts"),
            ),
        ),
    ),
)
