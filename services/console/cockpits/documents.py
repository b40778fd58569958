"""The pages of the documents of deals and partners, which several cockpits lead to."""

from services.console.pages import Document, Opening, Pages, Section
from services.console.wording import N_

_OF_PARTNER = {"partner_id": "id"}

CLAIM = Document(
    prefix="reg",
    title=N_("Claim"),
    method="deals.GetRegistration",
    field="registration",
    heading="customer.legal_name",
    acts=(
        *("deals.StartReview", "deals.ApproveRegistration", "deals.RejectRegistration", "deals.RequestChanges"),
        *("deals.SubmitRegistration", "deals.RecallRegistration", "deals.UpdateRegistration", "deals.AdvanceStage"),
        *("deals.ExtendProtection", "deals.ConvertRegistration", "deals.WithdrawRegistration"),
    ),
    sections=(
        Section(
            title=N_("Other claims on this customer"),
            method="deals.ListConflicts",
            by={"registration_id": "id"},
            columns=(
                *("registration_id", "partner_id", "score", "reasons", "contradictions", "review", "earlier"),
                *("same_country", "product_lines", "protected_until"),
            ),
        ),
        Section(
            title=N_("Customers that may be the same"),
            method="deals.FindNearMatches",
            by={"registration_id": "id"},
            columns=("registration_id", "partner_id", "legal_name", "probability_basis_points", "verdict"),
        ),
        Section(title=N_("The deal"), method="deals.GetPipelineDeal", by={"registration_id": "id"}),
    ),
)
PARTNER = Document(
    prefix="ptn",
    title=N_("Partner"),
    method="partners.GetPartner",
    field="partner",
    heading="legal_name",
    acts=(
        *("partners.StartVetting", "partners.ApprovePartner", "partners.RejectPartner", "partners.UpdatePartner"),
        *("partners.AddContact", "partners.GrantTerritory", "partners.SetTier", "partners.SuspendPartner"),
        *(
            "partners.ReinstatePartner",
            "partners.TerminatePartner",
            "partners.RatePartner",
            "orders.SetCreditTerms",
            "partners.DraftPlan",
        ),
    ),
    sections=(
        Section(title=N_("What the next tier takes"), method="partners.GetTierProgress", by=_OF_PARTNER),
        Section(
            title=N_("Scorecards"),
            method="partners.ListScorecards",
            by=_OF_PARTNER,
            columns=("id", "model_code", "quarter", "state", "score"),
        ),
        Section(
            title=N_("Claims"),
            method="deals.ListRegistrations",
            by=_OF_PARTNER,
            columns=("id", "customer.legal_name", "review", "stage", "expected_amount", "protected_until"),
        ),
        Section(
            title=N_("Orders"),
            method="orders.ListOrders",
            by=_OF_PARTNER,
            columns=("id", "state", "fulfillment", "payment", "totals.total", "order_date"),
        ),
        Section(title=N_("Aging"), method="orders.GetAging", by=_OF_PARTNER),
        Section(
            title=N_("Credit"),
            method="orders.ListCreditAccounts",
            by=_OF_PARTNER,
            columns=("currency", "limit", "terms_days", "exposure", "available"),
        ),
        Section(
            title=N_("Tickets"),
            method="tickets.ListTickets",
            by=_OF_PARTNER,
            columns=("id", "subject", "state", "priority", "create_time"),
        ),
        Section(
            title=N_("Contacts"),
            method="partners.ListContacts",
            by=_OF_PARTNER,
            columns=("id", "person.name", "person.email", "roles", "primary"),
        ),
        Section(
            title=N_("Territories"),
            method="partners.ListTerritories",
            by=_OF_PARTNER,
            columns=("id", "country", "subdivision", "product_line", "exclusive", "valid_from", "valid_until"),
        ),
        Section(
            title=N_("Certificates"),
            method="partners.ListCompletions",
            by=_OF_PARTNER,
            columns=("contact_id", "track", "course", "state", "last_day"),
        ),
        Section(
            title=N_("Agreements"),
            method="partners.ListAgreements",
            by=_OF_PARTNER,
            columns=("id", "state", "since", "last_day"),
        ),
        Section(
            title=N_("Joint plans"),
            method="partners.ListPlans",
            by=_OF_PARTNER,
            columns=("id", "title", "state", "last_day"),
        ),
        Section(
            title=N_("Conduct cases"),
            method="partners.ListConductCases",
            by=_OF_PARTNER,
            columns=("id", "terms.title", "state", "create_time"),
        ),
    ),
)
SCORECARD = Document(
    prefix="scd",
    title=N_("Scorecard"),
    method="partners.GetScorecard",
    field="scorecard",
    acts=("partners.StateScorecard", "partners.PublishScorecard", "partners.AgreeScorecardActions"),
    openings=(
        Opening(
            part="prm.partners.v1.ScorecardEvidence",
            list="evidence",
            by={
                "metric": "metric",
                "day_from": "day_from",
                "day_before": "day_before",
                "product_line": "product_line",
                "downline": "with_downline",
            },
            own={"partner_id": "partner_id"},
        ),
    ),
)
ADJUDICATION = Document(
    prefix="adj",
    title=N_("Dispute"),
    method="deals.GetAdjudication",
    field="adjudication",
    acts=("deals.DecideAdjudication", "deals.DecideAdjudicationAppeal"),
)
SIDE = Document(
    prefix="ads",
    title=N_("Your side of a dispute"),
    method="deals.GetAdjudicationSide",
    field="adjudication_side",
    acts=("deals.AppealAdjudication", "deals.RecordInvitation"),
)
AGREEMENT = Document(
    prefix="agr",
    title=N_("Agreement"),
    method="partners.GetAgreement",
    field="agreement",
    acts=(
        *("partners.SendAgreement", "partners.SignAgreement", "partners.RenewAgreement"),
        "partners.TerminateAgreement",
    ),
)
LEAD = Document(
    prefix="led",
    title=N_("Lead"),
    method="deals.GetLead",
    field="lead",
    heading="customer.legal_name",
    acts=(
        *("deals.QualifyLead", "deals.DisqualifyLead", "deals.DistributeLead", "deals.AcceptLead"),
        *("deals.DeclineLead", "deals.ConvertLead"),
    ),
)
CONTACT = Document(
    prefix="con",
    title=N_("Contact"),
    method="partners.GetContact",
    field="contact",
    heading="person.name",
    acts=("partners.UpdateContact", "partners.RemoveContact", "partners.RecordCompletion"),
)

PAGES = Pages(documents=(CLAIM, PARTNER, SCORECARD, ADJUDICATION, SIDE, AGREEMENT, LEAD, CONTACT))
