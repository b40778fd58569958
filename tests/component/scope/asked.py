"""What can be asked about a partner's rows, method by method, here or in the `calls.py` of a capability: a method that
is missing fails the tests."""

from typing import Any

from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.json_format import ParseDict
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from libs.ids import Ids
from tests.capabilities import Fields, described
from tests.component.scope.world import Loaded, Tree

TEXT = {"text": "x"}
PERSON = {"name": "Ada"}
CUSTOMER = {"legal_name": "Acme GmbH", "country": "DE"}
YEAR = {"start_date": {"year": 2026, "month": 1, "day": 1}, "end_date": {"year": 2027, "month": 1, "day": 1}}
DONE = {"type": "ACTIVITY_TYPE_MEETING", "date": {"year": 2026, "month": 3, "day": 1}}


def _id(prefix: str, name: str = "id", **more: Any) -> Fields:
    """About the row with this prefix."""
    return lambda loaded: {name: loaded.rows[prefix], **more}


def _changed(prefix: str, field: str, value: Any) -> Fields:
    return _id(prefix, update_mask=field, **{field: value})


# Whose answer is about one partner: its row, or rows that the request asks for by its id.
READS: dict[str, Fields] = {
    "GetPartner": _id("ptn"),
    "ListDownline": _id("ptn", "partner_id"),
    "GetContact": _id("con"),
    "ListContacts": _id("ptn", "partner_id"),
    "ListTerritories": _id("ptn", "partner_id"),
    "GetRegistration": _id("reg"),
    "ListRegistrations": _id("ptn", "partner_id"),
    "ListConflicts": _id("reg", "registration_id"),
    "GetOrder": _id("ord"),
    "ListOrders": _id("ptn", "partner_id"),
    "GetCreditAccount": _id("ptn", "partner_id", currency="EUR"),
    "GetAging": _id("ptn", "partner_id"),
    "GetTicket": _id("tkt"),
    "ListTickets": _id("ptn", "partner_id"),
    "GetSatisfactionReport": _id("ptn", "partner_id", **YEAR),
    "ExplainDeadline": _id("tkt", clock_type="CLOCK_TYPE_RESOLUTION"),
}
CHANGES: dict[str, Fields] = {
    "UpdatePartner": _changed("ptn", "domain", "example.org"),
    "AddContact": _id("ptn", "partner_id", person=PERSON, roles=["CONTACT_ROLE_SALES"]),
    "UpdateContact": _changed("con", "person", PERSON),
    "RemoveContact": _id("con"),
    "CreateRegistration": _id("ptn", "partner_id", customer=CUSTOMER),
    "UpdateRegistration": _changed("reg", "description", TEXT),
    "SubmitRegistration": _id("reg"),
    "RecallRegistration": _id("reg"),
    "WithdrawRegistration": _id("reg"),
    "ExtendProtection": _id("reg", activities=[DONE]),
    "AdvanceStage": _id("reg", stage="STAGE_QUALIFIED"),
    "ConvertRegistration": _id("reg"),
    "CreateOrder": _id("ptn", "partner_id", currency="EUR", ship_to_country="DE"),
    "UpdateOrder": _changed("ord", "territory", "north"),
    "SubmitOrder": _id("ord"),
    "CancelOrder": _id("ord", cancel_reason="CANCEL_REASON_PARTNER_REQUEST"),
    "CreateTicket": _id(
        "ptn",
        "partner_id",
        requester=PERSON,
        subject=TEXT,
        channel="CHANNEL_PORTAL",
        impact="IMPACT_LOW",
        urgency="URGENCY_LOW",
    ),
    "AddComment": _id("tkt", "ticket_id", visibility="VISIBILITY_PARTNER", body=TEXT),
    "CloseTicket": _id("tkt", close_code="CLOSE_CODE_SOLVED"),
    "ReopenTicket": _id("tkt"),
    "RecordSatisfaction": _id("tkt", score=1),
}
# Of rows that a read shows, their prefixes.
SHOWN: dict[str, tuple[str, ...]] = {
    "GetPartner": ("ptn",),
    "GetContact": ("con",),
    "ListContacts": ("con",),
    "ListTerritories": ("trr",),
    "GetRegistration": ("reg",),
    "ListRegistrations": ("reg",),
    "GetOrder": ("ord", "shp", "inv", "pay", "crn", "ret"),
    "ListOrders": ("ord",),
    "GetCreditAccount": ("ptn",),
    "GetSatisfactionReport": ("ptn",),
    "GetTicket": ("tkt", "cmt"),
    "ListTickets": ("tkt",),
}
# Reads that show nobody the rows of its downline.
OWN: set[str] = set()
# Sums that, asked without a partner, are those of the caller's own, and what they are asked with.
SUMMED: dict[str, dict[str, Any]] = {"GetAging": {}, "GetSatisfactionReport": YEAR}
# Asked without a partner: what the caller may see of everything. The prefix of the row that is in the answer.
LISTED = {
    "ListPartners": "ptn",
    "ListTerritories": "trr",
    "ListRegistrations": "reg",
    "ListOrders": "ord",
    "ListTickets": "tkt",
    "ListSatisfactionReports": "ptn",
}
NEEDED: dict[str, dict[str, Any]] = {"ListSatisfactionReports": YEAR}  # what a listing is not asked without
# Filters that everybody's rows pass, or nobody's yet, by which a narrower index than the partner's could be had.
FILTERED: tuple[tuple[str, dict[str, Any]], ...] = (
    ("ListPartners", {"country": "DE"}),
    ("ListPartners", {"status": "PARTNER_STATUS_ACTIVE", "kind": "PARTNER_KIND_DISTRIBUTOR"}),
    ("ListTerritories", {"country": "DE"}),
    ("ListTerritories", {"country": "DE", "valid_on": {"year": 2026, "month": 3, "day": 2}}),
    ("ListRegistrations", {"review": "REVIEW_UNDER_REVIEW"}),
    ("ListRegistrations", {"stage": "STAGE_PROSPECT", "review": "REVIEW_UNDER_REVIEW"}),
    ("ListRegistrations", {"customer_name": "Acme"}),
    ("ListRegistrations", {"customer_name": "Acme", "customer_domain": "acme.de"}),
    ("ListOrders", {"state": "ORDER_STATE_IN_FULFILLMENT"}),
    ("ListTickets", {"state": "TICKET_STATE_NEW"}),
    ("ListTickets", {"due_before": "2030-01-01T00:00:00Z"}),
    ("ListTickets", {"due_before": "2030-01-01T00:00:00Z", "state": "TICKET_STATE_NEW"}),
    ("ListTickets", {"requester_email": "ngozi@example.org"}),
    ("ListTickets", {"requester_email": "ngozi@example.org", "state": "TICKET_STATE_NEW"}),
)
FILTERED_OUT: tuple[tuple[str, dict[str, Any]], ...] = (
    ("ListPartners", {"external_source": "crm", "external_id": "1"}),
    ("ListRegistrations", {"expiring_before": "2030-01-01T00:00:00Z"}),
    ("ListRegistrations", {"customer_name": "Zebra"}),
    ("ListRegistrations", {"customer_registration_id": "HRB 404", "customer_domain": "zebra.example"}),
    ("ListOrders", {"purchase_order_number": "PO-404"}),
    ("ListOrders", {"external_source": "erp", "external_id": "1"}),
    ("ListTickets", {"serial": "SN-1", "assignment_group": "field", "due_before": "2030-01-01T00:00:00Z"}),
    ("ListTickets", {"requester_email": "nobody@example.org"}),
    ("ListTickets", {"requester_phone": "+4930901821"}),
)
for one in described():
    READS.update(one.reads)
    CHANGES.update(one.changes)
    SHOWN.update(one.shown)
    OWN.update(one.own)
    LISTED.update(one.listed)
# They belong to a tier and no partner: tests/component/orders/pricing/test_partner_scope.py, lookups/test_lookups.py.
ELSEWHERE = {"GetPriceList", "ListPriceLists"}


def asked(method: MethodDescriptor, fields: dict[str, Any]) -> Message:
    """A request of the method."""
    message: Message = ParseDict(fields, GetMessageClass(method.input_type)())
    return message


def nobody(ids: Ids, like: Loaded) -> Loaded:
    """A partner with rows of the kinds that another has, none of which exists."""
    rows = {prefix: ids.new(prefix) for prefix in like.rows}
    return Loaded(id=rows["ptn"], tree=Tree(None, False, ""), words="", rows=rows)
