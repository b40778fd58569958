"""A partner's people: their deals, orders and tickets, how they are scored, and what the next tier takes."""

from services.console.pages import Cockpit, List, Pages, Section
from services.console.wording import N_

_OWN = {"partner_id": "partner_id"}

PAGES = Pages(
    lists=(
        List(
            name="my-deals",
            title=N_("My deals"),
            method="deals.ListRegistrations",
            columns=("id", "customer.legal_name", "review", "stage", "expected_amount", "protected_until"),
            filters=("review", "stage", "customer_name"),
            orders=("id", "update_time"),
            acts=("deals.CreateRegistration",),
        ),
        List(
            name="my-answers",
            title=N_("Claims to complete"),
            method="deals.ListRegistrations",
            columns=("id", "customer.legal_name", "requested_fields", "decision_note"),
            fixed={"review": "REVIEW_ACTION_REQUIRED"},
        ),
        List(
            name="my-orders",
            title=N_("My orders"),
            method="orders.ListOrders",
            columns=("id", "state", "fulfillment", "billing", "payment", "totals.total", "order_date"),
            filters=("state", "purchase_order_number"),
            acts=("orders.CreateOrder",),
        ),
        List(
            name="my-tickets",
            title=N_("My tickets"),
            method="tickets.ListTickets",
            columns=("id", "subject", "state", "priority", "create_time"),
            filters=("state", "priority", "serial"),
            acts=("tickets.CreateTicket",),
        ),
        List(
            name="my-disputes",
            title=N_("My disputes"),
            method="deals.ListAdjudicationSides",
            columns=("id", "registration_id", "standing", "reason", "appeal_last_day"),
        ),
        List(
            name="my-scorecards",
            title=N_("My scorecards"),
            method="partners.ListScorecards",
            columns=("id", "model_code", "quarter", "state", "score"),
        ),
        List(
            name="my-stock",
            title=N_("My stock"),
            method="orders.ListStock",
            columns=(
                "sku",
                "on_hand",
                "balance",
                "cover_days",
                "run_out_date",
                "order_quantity",
                "flags",
                "report_date",
            ),
            filters=("sku", "flag"),
            acts=("orders.ReportStock",),
        ),
        List(
            name="my-invoices",
            title=N_("My invoices"),
            method="orders.ListInvoices",
            columns=("id", "number", "state", "payable", "open", "issue_date", "due_date", "overdue"),
            filters=("state", "due_date_before"),
        ),
        List(
            name="statement",
            title=N_("My statement"),
            method="orders.GetStatement",
            columns=("date", "type", "number", "amount", "balance", "order_id", "invoice_id", "due_date"),
            filters=("currency", "from_date", "to_date"),
        ),
    ),
    cockpits=(
        Cockpit(
            name="partner",
            title=N_("My company"),
            permission="partners.partner.read",
            partner=True,
            waiting=("my-answers", "my-deals", "my-orders", "my-tickets", "my-disputes"),
            lists=(
                *("my-scorecards", "my-invoices", "my-stock", "statement", "plans", "initiatives"),
                "conduct-cases",
            ),
            own=(
                Section(title=N_("What the next tier takes"), method="partners.GetTierProgress", by=_OWN),
                Section(title=N_("Aging"), method="orders.GetAging", by=_OWN),
            ),
            acts=("deals.CreateRegistration", "tickets.CreateTicket"),
        ),
    ),
)
