"""What a channel manager and a partner agree on and keep: joint plans, conduct, price corridors; and handovers."""

from services.console.pages import Document, List, Pages, Section
from services.console.wording import N_

_PLAN = ("id", "partner_id", "title", "state", "first_day", "last_day")
_CASE = ("id", "partner_id", "terms.title", "state", "source", "statement_until", "appeal_until")
_INITIATIVE = ("id", "title", "state", "owner", "owner_contact_id", "due_on", "cost")

PLAN = Document(
    prefix="pln",
    title=N_("Joint plan"),
    method="partners.GetPlan",
    field="plan",
    heading="title",
    acts=(
        *("partners.ProposePlan", "partners.AgreePlan", "partners.ReturnPlan", "partners.RevisePlan"),
        *("partners.AddInitiative", "partners.ClosePlan", "partners.CancelPlan"),
    ),
    sections=(
        Section(
            title=N_("Attainment"),
            method="partners.GetPlanAttainment",
            by={"id": "id"},
            columns=("target.metric", "state", "figure", "attained_percent", "pace"),
        ),
        Section(
            title=N_("Initiatives"),
            method="partners.ListInitiatives",
            by={"plan_id": "id"},
            columns=("title", "state", "owner", "due_on", "cost"),
        ),
    ),
)
CONDUCT = Document(
    prefix="cdc",
    title=N_("Conduct case"),
    method="partners.GetConductCase",
    field="conduct_case",
    heading="terms.title",
    acts=(
        *("partners.DecideConductCase", "partners.SubmitConductStatement", "partners.AppealConductCase"),
        "partners.DecideConductAppeal",
    ),
    sections=(
        Section(
            title=N_("Record of the partner"),
            method="partners.GetConductRecord",
            by={"partner_id": "partner_id"},
            columns=("conduct_case_id", "rule_code", "state", "highest_step", "fine", "create_time"),
        ),
    ),
)
HANDOVER = Document(
    prefix="hov",
    title=N_("Handover"),
    method="partners.GetHandover",
    field="handover",
    acts=("partners.ConfirmHandover", "partners.CancelHandover"),
    sections=(
        Section(
            title=N_("What is handed over"),
            method="partners.ListHandoverItems",
            by={"handover_id": "id"},
            columns=("document_id", "service", "outcome", "stay", "late"),
        ),
    ),
)

PAGES = Pages(
    lists=(
        List(
            name="plans",
            title=N_("Joint plans"),
            method="partners.ListPlans",
            columns=_PLAN,
            filters=("state", "partner_id"),
            orders=("id", "update_time"),
            acts=("partners.DraftPlan",),
        ),
        List(
            name="initiatives",
            title=N_("Initiatives"),
            method="partners.ListInitiatives",
            columns=(*_INITIATIVE, "plan_id"),
            filters=("state", "partner_id", "plan_id"),
            row_acts=("partners.UpdateInitiative", "partners.CloseInitiative"),
        ),
        List(
            name="conduct-cases",
            title=N_("Conduct cases"),
            method="partners.ListConductCases",
            columns=_CASE,
            filters=("state", "partner_id"),
            orders=("id", "update_time"),
            acts=("partners.OpenConductCase", "partners.ReportPrice"),
        ),
        List(
            name="conduct-rules",
            title=N_("Rules of conduct"),
            method="partners.ListConductRules",
            columns=("terms.code", "terms.title", "terms.basis", "terms.section", "terms.cure_days", "revision"),
            filters=("code",),
            acts=("partners.PutConductRule",),
        ),
        List(
            name="price-corridors",
            title=N_("Price corridors"),
            method="partners.ListPriceCorridors",
            columns=(
                *("bounds.country", "bounds.sku", "bounds.product_line", "bounds.floor", "bounds.ceiling"),
                *("bounds.recommended", "bounds.first_day", "bounds.last_day", "bounds.rule_code"),
            ),
            filters=("country", "sku", "product_line"),
            acts=("partners.PutPriceCorridor", "partners.ReportPrice"),
        ),
        List(
            name="handovers",
            title=N_("Handovers"),
            method="partners.ListHandovers",
            columns=("id", "leaving_partner_id", "target_partner_id", "state", "missing_services", "create_time"),
            filters=("state", "leaving_partner_id"),
            acts=("partners.OpenHandover",),
        ),
    ),
    documents=(PLAN, CONDUCT, HANDOVER),
)
