"""Finance: orders on hold, credit and invoices. Support: tickets with their clocks."""

from services.console.pages import Cockpit, Document, List, Pages, Section
from services.console.wording import N_

_DECISION = ("id", "summary", "resource_id", "author", "create_time", "expire_time")
_ORDER = ("id", "partner_id", "state", "holds.reason", "totals.total", "order_date")
_TICKET = ("id", "partner_id", "subject", "state", "priority", "assignment_group", "clocks.type", "clocks.due_time")
_OF_ORDER = {"order_id": "id"}

PAGES = Pages(
    lists=(
        List(
            name="orders",
            title=N_("Orders"),
            method="orders.ListOrders",
            columns=_ORDER,
            filters=("state", "partner_id", "purchase_order_number", "order_date_from", "order_date_before"),
            orders=("id", "update_time"),
        ),
        List(
            name="orders-on-hold",
            title=N_("Orders on hold"),
            method="orders.ListOrders",
            columns=_ORDER,
            fixed={"state": "ORDER_STATE_HELD"},
        ),
        List(
            name="order-decisions",
            title=N_("Actions on orders that wait for a second person"),
            method="orders.ListDecisions",
            columns=_DECISION,
            fixed={"state": "DECISION_STATE_PENDING"},
            row_acts=("orders.ConfirmDecision", "orders.DeclineDecision"),
        ),
        List(
            name="invoices",
            title=N_("Invoices"),
            method="orders.ListInvoices",
            columns=("id", "number", "partner_id", "state", "payable", "open", "due_date", "dunning_level"),
            filters=("state", "partner_id", "number", "due_date_from", "due_date_before"),
            orders=("id", "update_time"),
        ),
        List(
            name="payments",
            title=N_("Payments"),
            method="orders.ListPayments",
            columns=("id", "partner_id", "invoice_id", "amount", "value_date", "reverse_date"),
            filters=("partner_id", "value_date_from", "value_date_before"),
            acts=("orders.RecordPaymentOnAccount",),
            row_acts=("orders.ReversePayment",),
        ),
        List(
            name="credit-accounts",
            title=N_("Credit"),
            method="orders.ListCreditAccounts",
            columns=("partner_id", "currency", "limit", "terms_days", "exposure", "available", "open_credits"),
            filters=("partner_id", "currency"),
            acts=("orders.SetCreditTerms",),
        ),
        List(
            name="shipments",
            title=N_("Shipments"),
            method="orders.ListShipments",
            columns=("id", "order_id", "partner_id", "carrier", "tracking_number", "ship_date", "deliver_date"),
            filters=("partner_id", "order_id"),
        ),
        List(
            name="returns",
            title=N_("Returns"),
            method="orders.ListReturns",
            columns=("id", "order_id", "partner_id", "state", "reason", "resolution", "receive_date"),
            filters=("state", "partner_id"),
        ),
        List(
            name="fund-claims",
            title=N_("Fund claims"),
            method="partners.ListFundClaims",
            columns=("id", "partner_id", "fund_id", "state", "amount", "submit_time"),
            filters=("state", "partner_id"),
            row_acts=("partners.ApproveFundClaim", "partners.ReturnFundClaim", "partners.PayFundClaim"),
        ),
        List(
            name="tickets",
            title=N_("Tickets"),
            method="tickets.ListTickets",
            columns=_TICKET,
            filters=("state", "priority", "assignment_group", "assignee", "partner_id", "due_before"),
            orders=("id", "update_time"),
            acts=("tickets.CreateTicket",),
        ),
        List(
            name="tickets-new",
            title=N_("New tickets"),
            method="tickets.ListTickets",
            columns=_TICKET,
            fixed={"state": "TICKET_STATE_NEW"},
        ),
        List(
            name="tickets-open",
            title=N_("Open tickets"),
            method="tickets.ListTickets",
            columns=_TICKET,
            fixed={"state": "TICKET_STATE_OPEN"},
        ),
    ),
    documents=(
        Document(
            prefix="ord",
            title=N_("Order"),
            method="orders.GetOrder",
            field="order",
            heading="purchase_order_number",
            acts=(
                *("orders.SubmitOrder", "orders.ReleaseHold", "orders.UpdateOrder", "orders.RecordShipment"),
                *("orders.IssueInvoice", "orders.AuthorizeReturn", "orders.CancelOrder", "orders.CloseOrder"),
            ),
            sections=(
                Section(
                    title=N_("Actions that wait for a second person"),
                    method="orders.ListDecisions",
                    by={"resource_id": "id"},
                    columns=("summary", "state", "author", "decider", "create_time", "expire_time"),
                ),
                Section(
                    title=N_("Tickets"),
                    method="tickets.ListTickets",
                    by=_OF_ORDER,
                    columns=("id", "subject", "state", "priority"),
                ),
            ),
        ),
        Document(
            prefix="inv",
            title=N_("Invoice"),
            method="orders.GetInvoice",
            field="invoice",
            heading="number",
            acts=(
                "orders.RecordPayment",
                "orders.IssueCreditNote",
                "orders.SetDunningBlock",
                "orders.LiftDunningBlock",
            ),
        ),
        Document(
            prefix="shp",
            title=N_("Shipment"),
            method="orders.GetShipment",
            field="shipment",
            acts=("orders.RecordDelivery",),
        ),
        Document(
            prefix="ret",
            title=N_("Return"),
            method="orders.GetReturn",
            field="returned",
            acts=("orders.ReceiveReturn", "orders.InspectReturn"),
        ),
        Document(prefix="pay", title=N_("Payment"), method="orders.GetPayment", field="payment"),
        Document(prefix="crn", title=N_("Credit note"), method="orders.GetCreditNote", field="credit_note"),
        Document(
            prefix="tkt",
            title=N_("Ticket"),
            method="tickets.GetTicket",
            field="ticket",
            heading="subject",
            acts=(
                *("tickets.AssignTicket", "tickets.AddComment", "tickets.SetPending", "tickets.ResumeTicket"),
                *("tickets.ResolveTicket", "tickets.CloseTicket", "tickets.ReopenTicket", "tickets.RecordSatisfaction"),
            ),
        ),
    ),
    cockpits=(
        Cockpit(
            name="finance",
            title=N_("Finance"),
            permission="orders.payment.record",
            waiting=("orders-on-hold", "order-decisions", "fund-claims", "credit-accounts"),
            lists=("orders", "invoices", "payments", "partners", "returns-on-investment"),
        ),
        Cockpit(
            name="support",
            title=N_("Support"),
            permission="tickets.ticket.resolve",
            waiting=("tickets-new", "tickets-open"),
            lists=("tickets", "returns", "shipments", "orders"),
        ),
    ),
)
