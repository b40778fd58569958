"""Calls that are not part of the story of a deal: together with the `calls.py` of capabilities, they call every method
that changes something."""

from collections.abc import AsyncIterator
from typing import Any

from google.protobuf.descriptor_pool import Default
from google.protobuf.message_factory import GetMessageClass

from libs.pb.prm.common.v1 import import_pb2
from libs.rpc.client import Client
from libs.runtime.cell import RunningCell
from services.demo.aftermath import REQUESTER
from services.demo.people import COUNTRY
from services.demo.scenario import ScenarioClient, day, money, rpc_path
from tests.capabilities import described
from tests.system.marks import DIGITS

APPLICANT = {"kind": "PARTNER_KIND_RESELLER", "legal_name": "Seitenwind Systemhaus GmbH", "country": COUNTRY}
VAT = "DE400000018"
MEMBER = {"name": "Seitenwind Mitarbeiterin", "email": "mitarbeiterin@seitenwind.example"}
NOTE = {"text": "Seitenwind hat darum gebeten."}
LOW = {"impact": "IMPACT_LOW", "urgency": "URGENCY_LOW", "priority": "PRIORITY_LOW"}
AGREED = "STATUS_REASON_PARTNER_REQUEST"


async def drive(scenario: ScenarioClient, client: Client, cell: RunningCell) -> None:
    """Make the calls after the story, with its stage; `client` makes the calls that the stage cannot make."""
    await _a_partner_comes_and_goes(scenario)
    await _persons_are_partner_and_customer(scenario)
    await _a_claim_is_withdrawn(scenario)
    await _an_order_is_held_and_canceled(scenario)
    await _an_invoice_is_disputed(scenario)
    await _a_ticket_pauses_and_comes_back(scenario)
    await _prices_and_terms_change(scenario)
    await _history_is_imported(scenario, client)
    for capability in described():
        await capability.stage(cell.env, scenario)
        await capability.drive(scenario)


async def _a_partner_comes_and_goes(scenario: ScenarioClient) -> None:
    rejected = (await scenario.ask("partners", "ApplyPartner", **APPLICANT)).partner.id
    await scenario.ask("partners", "StartVetting", id=rejected)
    await scenario.ask(
        "partners", "RejectPartner", id=rejected, status_reason="STATUS_REASON_DUPLICATE", status_note=NOTE
    )
    number = {"registration_id": VAT, "registration_id_type": "REGISTRATION_ID_TYPE_VAT"}
    partner = (await scenario.ask("partners", "ApplyPartner", **APPLICANT, **number)).partner.id
    scenario.held["aside"] = partner
    await scenario.ask("partners", "StartVetting", id=partner)
    await scenario.ask("partners", "ApprovePartner", id=partner)
    await scenario.ask(
        "partners", "UpdatePartner", id=partner, update_mask={"paths": ["trade_name"]}, trade_name="Seite"
    )
    await scenario.ask("partners", "SetDownlineAccess", id=partner, sees_downline=True)
    role = {"roles": ["CONTACT_ROLE_SALES"]}
    contact = (await scenario.ask("partners", "AddContact", partner_id=partner, person=MEMBER, **role)).contact.id
    changed = {**MEMBER, "job_title": "Seitenwind Leitung"}
    await scenario.ask("partners", "UpdateContact", id=contact, update_mask={"paths": ["person"]}, person=changed)
    await scenario.ask("partners", "ListContacts", partner_id=partner)
    await scenario.ask("partners", "RemoveContact", id=contact)
    granted = await scenario.ask(
        "partners",
        "GrantTerritory",
        partner_id=partner,
        country=COUNTRY,
        product_line="CABLES",
        valid_from=day(scenario.today),
    )
    await scenario.ask("partners", "RevokeTerritory", id=granted.territory.id)
    await scenario.ask("partners", "SuspendPartner", id=partner, status_reason=AGREED, status_note=NOTE)
    await scenario.ask("partners", "ReinstatePartner", id=partner)
    ending = {"id": partner, "status_reason": AGREED, "status_note": NOTE}
    first = await scenario.ask("partners", "TerminatePartner", **ending)
    await scenario.ask("partners", "DeclineDecision", id=first.decision.id)
    second = await scenario.ask("partners", "TerminatePartner", **ending)
    await scenario.ask_another("partners", "ConfirmDecision", id=second.decision.id)


async def _persons_are_partner_and_customer(scenario: ScenarioClient) -> None:
    number = {"registration_id": f"{DIGITS}1", "registration_id_type": "REGISTRATION_ID_TYPE_OTHER"}
    facts = {"legal_name": "Seitenwind Windmüllerin", "domain": "windmuellerin.example", "phone": f"+{DIGITS}11"}
    trader = {**facts, **number, "trade_name": "Windmühle", "sole_trader": True, "country": COUNTRY}
    made = (await scenario.ask("partners", "ApplyPartner", kind="PARTNER_KIND_RESELLER", **trader)).partner.id
    changed = {"update_mask": {"paths": ["trade_name", "sole_trader"]}, "sole_trader": True}
    await scenario.ask("partners", "UpdatePartner", id=made, trade_name="Windrad", **changed)
    seat = {"trading_names": ["Windmüllerei"], "address": "Mühlweg 3", "postal_code": "80331", "city": "München"}
    customer = {**facts, **number, **seat, "natural_person": True, "country": COUNTRY}
    line = {"sku": "RTR-100", "product_line": "ROUTERS", "quantity": 1}
    claim = {"partner_id": scenario.held["south"], "customer": customer, "customer_contact": MEMBER, "lines": [line]}
    made = (await scenario.ask("deals", "CreateRegistration", **claim)).registration.id
    await scenario.ask("deals", "SubmitRegistration", id=made)


async def _a_claim_is_withdrawn(scenario: ScenarioClient) -> None:
    claim = await scenario.ask(
        "deals",
        "CreateRegistration",
        partner_id=scenario.held["south"],
        customer={"legal_name": "Seitenwind Kundin AG", "country": COUNTRY, "domain": "seitenwind.example"},
        customer_contact=MEMBER,
        lines=[{"sku": "RTR-100", "product_line": "ROUTERS", "quantity": 1}],
    )
    await scenario.ask("deals", "ListRegistrations", partner_id=scenario.held["south"])
    await scenario.ask("deals", "SubmitRegistration", id=claim.registration.id)
    await scenario.ask("deals", "RecallRegistration", id=claim.registration.id)
    await scenario.ask("deals", "WithdrawRegistration", id=claim.registration.id)


async def _an_order_is_held_and_canceled(scenario: ScenarioClient) -> None:
    made = await scenario.ask(
        "orders",
        "CreateOrder",
        partner_id=scenario.held["north"],
        currency="EUR",
        lines=[{"kind": "LINE_KIND_PRODUCT", "sku": "RTR-100", "quantity": 900}],
        ship_to_country=COUNTRY,
        ship_to_contact=MEMBER,
    )
    order = made.order.id
    await scenario.ask("orders", "SubmitOrder", id=order)
    asked = await scenario.ask("orders", "ReleaseHold", id=order, reason="HOLD_REASON_CREDIT", release_note=NOTE)
    await scenario.ask("orders", "DeclineDecision", id=asked.decision.id)
    await scenario.ask("orders", "CancelOrder", id=order, cancel_reason="CANCEL_REASON_HOLD_REFUSED")


async def _an_invoice_is_disputed(scenario: ScenarioClient) -> None:
    invoice = scenario.held["open_invoice"]
    await scenario.ask("orders", "SetDunningBlock", invoice_id=invoice, reason="DUNNING_BLOCK_REASON_DISPUTED")
    await scenario.ask("orders", "LiftDunningBlock", invoice_id=invoice)


async def _a_ticket_pauses_and_comes_back(scenario: ScenarioClient) -> None:
    filed = await scenario.ask(
        "tickets",
        "CreateTicket",
        partner_id=scenario.held["north"],
        requester=REQUESTER,
        subject={"text": "Seitenwind im Serverraum"},
        channel="CHANNEL_PORTAL",
        country=COUNTRY,
        impact="IMPACT_LOW",
        urgency="URGENCY_LOW",
    )
    ticket = filed.ticket.id
    await scenario.ask("tickets", "AssignTicket", id=ticket, assignment_group="network-support", assignee="idp:ada")
    await scenario.ask("tickets", "SetPending", id=ticket, pending_reason="PENDING_REASON_AWAITING_REQUESTER")
    await scenario.ask("tickets", "ResumeTicket", id=ticket)
    await scenario.ask("tickets", "ResolveTicket", id=ticket, resolution_code="RESET")
    again = await scenario.ask(
        "tickets", "SplitTicket", id=ticket, subject={"text": "Seitenwind auch im Keller"}, impact="IMPACT_HIGH"
    )
    await scenario.ask("tickets", "MergeTicket", id=again.ticket.id, into_ticket_id=ticket)
    await scenario.ask("tickets", "ReopenTicket", id=ticket, reason={"text": "Der Seitenwind weht noch."})


async def _prices_and_terms_change(scenario: ScenarioClient) -> None:
    item = {"sku": "RTR-100", "unit_price": money(390)}
    since = day(scenario.today)
    await scenario.ask("orders", "PutPriceList", code="gold-eur", currency="EUR", valid_from=since, items=[item])
    await scenario.ask("orders", "SetCreditTerms", partner_id=scenario.held["north"], limit=money(2900), terms_days=14)


ASKS = {
    "source": "LEAD_SOURCE_TRADE_FAIR",
    "customer": {"legal_name": "Seitenwind Interessentin AG", "country": COUNTRY},
}


async def _history_is_imported(scenario: ScenarioClient, client: Client) -> None:
    where = {"external_source": "aside", "external_id": "1"}
    of_north = {**where, "partner_id": scenario.held["north"]}
    price = {"currency_code": "EUR", "units": 1}
    line = {"kind": "LINE_KIND_PRODUCT", "sku": "BK-1", "quantity": 1, "unit_price": price}
    rows: dict[str, tuple[str, dict[str, Any]]] = {
        "ImportPartners": ("partners", {**where, **APPLICANT, "status": "PARTNER_STATUS_ACTIVE"}),
        "ImportRegistrations": (
            "deals",
            {
                **of_north,
                "customer": {"legal_name": "Seitenwind Altkundin AG", "country": COUNTRY},
                "customer_contact": MEMBER,
                "lines": [{"sku": "RTR-1", "product_line": "ROUTERS", "quantity": 1}],
                "review": "REVIEW_SUBMITTED",
                "stage": "STAGE_QUALIFIED",
            },
        ),
        "ImportLeads": ("deals", {**where, **ASKS, "contact": MEMBER}),
        "ImportCampaigns": (
            "deals",
            {
                **where,
                "kind": "CAMPAIGN_KIND_FAIR",
                "name": "Messe von 2011",
                "first_day": {"year": 2011, "month": 5, "day": 30},
                "last_day": {"year": 2011, "month": 5, "day": 31},
                "state": "CAMPAIGN_STATE_ENDED",
            },
        ),
        "ImportOrders": (
            "orders",
            {
                **of_north,
                "document": "IMPORT_DOCUMENT_ORDER",
                "currency": "EUR",
                "order_date": {"year": 2011, "month": 5, "day": 31},
                "ship_to_country": COUNTRY,
                "lines": [line],
            },
        ),
        "ImportTickets": (
            "tickets",
            {
                **of_north,
                "requester": MEMBER,
                "subject": {"text": "Seitenwind von 2011"},
                "channel": "CHANNEL_PHONE",
                "changes": [
                    {"time": {"seconds": 1_300_000_000}, "state": "TICKET_STATE_NEW", "assignee": "Resolver 89", **LOW}
                ],
                "create_time": {"seconds": 1_300_000_000},
            },
        ),
    }
    for method, (service, row) in rows.items():
        path = rpc_path(service, method)
        request = GetMessageClass(Default().FindMethodByName(path.replace("/", ".")).input_type)(rows=[row])
        results = [one async for answer in client.converse(path, _once(request)) for one in answer.results]
        assert [one.outcome for one in results] == [import_pb2.IMPORT_OUTCOME_CREATED], (method, results)


async def _once(request: Any) -> AsyncIterator[Any]:
    yield request
