"""A call that asks for the present values changes nothing: same etag and time, no event, in all six services."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.descriptor import MethodDescriptor

from libs.clock import SystemClock
from libs.config import Settings
from libs.messaging.outbox import OUTBOX
from libs.pb.prm.options.v1 import options_pb2
from libs.runtime.cell import RunningCell, running
from libs.store.port import Query
from services.__main__ import builders
from services.demo.people import COUNTRY, GREEK
from services.demo.scenario import METHODS, SERVICES, ScenarioClient, money
from services.demo.story import STEPS, play
from tests.capabilities import Asked, described

pytestmark = pytest.mark.xdist_group("system")

PERSON = {"name": "Ada Weiß", "email": "ada@nordlicht.example"}
SINCE = {"year": 2026, "month": 1, "day": 1}
LATER = {"year": 2099, "month": 1, "day": 1}


def _about(key: str, **fields: Any) -> Asked:
    """A request about the object that the stage has under this name."""
    return lambda scenario: {"id": scenario.held[key], **fields}


def _masked(key: str, **fields: Any) -> Asked:
    return _about(key, update_mask={"paths": sorted(fields)}, **fields)


# Mutations that may be repeated with the same values: service, method, request.
REPEATED: dict[str, tuple[str, Asked]] = {
    "UpdatePartner": ("partners", _masked("south", domain="Suedwind.example", legal_name="Südwind Systemhaus KG")),
    "SetTier": ("partners", _about("north", tier="GOLD", tier_rank=2)),
    "SetDownlineAccess": ("partners", _about("above", sees_downline=True)),
    "UpdateContact": ("partners", _masked("contact", person=PERSON, roles=["CONTACT_ROLE_SALES"])),
    "RevokeTerritory": ("partners", _about("territory", valid_until=LATER)),
    "UpdateRegistration": (
        "deals",
        _masked("draft_claim", customer_contact=PERSON, lines=[{"sku": "A", "quantity": 2}], description={"text": "x"}),
    ),
    "UpdateOrder": (
        "orders",
        _masked("draft_order", ship_to_contact=PERSON, purchase_order_number="PO-1", freight=money(3)),
    ),
    "PutPriceList": (
        "orders",
        lambda _: {
            "code": "again",
            "currency": "CHF",
            "valid_from": SINCE,
            "items": [{"sku": "A", "unit_price": money(1, "CHF")}],
        },
    ),
    "SetCreditTerms": (
        "orders",
        lambda scenario: {"partner_id": scenario.held["north"], "limit": money(2000), "terms_days": 10},
    ),
    "SetDunningBlock": (
        "orders",
        lambda scenario: {"invoice_id": scenario.held["open_invoice"], "reason": "DUNNING_BLOCK_REASON_DISPUTED"},
    ),
    "AssignTicket": ("tickets", _about("ticket", assignment_group="network", assignee="dev:ada")),
}
# Each call creates a new object; only the request_id makes a repetition safe.
NEW = {
    *("ApplyPartner", "AddContact", "GrantTerritory", "CreateRegistration", "CreateOrder", "RecordShipment"),
    *("IssueInvoice", "IssueCreditNote", "RecordPayment", "AuthorizeReturn", "CreateTicket", "AddComment"),
    *("SplitTicket", "CreateRequest", "ExportRequest"),
}
# The state machine or a unique value refuses a second call; the tables of tests/unit test these transitions.
REFUSED = {
    *("StartVetting", "ApprovePartner", "RejectPartner", "SuspendPartner", "ReinstatePartner", "TerminatePartner"),
    *("RemoveContact", "SubmitRegistration", "RecallRegistration", "StartReview", "RequestChanges"),
    *("ApproveRegistration", "RejectRegistration", "WithdrawRegistration", "ExtendProtection", "AdvanceStage"),
    *("ConvertRegistration", "SubmitOrder", "ReleaseHold", "CancelOrder", "RecordDelivery", "ReceiveReturn"),
    *("InspectReturn", "LiftDunningBlock", "ConfirmDecision", "DeclineDecision"),
    *("SetPending", "ResumeTicket", "ResolveTicket", "CloseTicket", "ReopenTicket", "MergeTicket"),
    "RecordSatisfaction",
}
for one in described():
    NEW |= one.new
    REFUSED |= one.refused
    REPEATED |= one.repeated


def mutations() -> dict[str, MethodDescriptor]:
    """Every method that may change something, except the imports, whose rows are answered with UNCHANGED."""
    methods = [one for methods in METHODS.values() for one in methods.values()]
    return {
        one.name: one
        for one in methods
        if not one.GetOptions().Extensions[options_pb2.access].read_only and not one.client_streaming
    }


def test_every_mutation_is_repeated_here_or_makes_something_new_or_is_refused() -> None:
    assert mutations().keys() == REPEATED.keys() | NEW | REFUSED
    assert not REPEATED.keys() & (NEW | REFUSED)
    assert not NEW & REFUSED


@asynccontextmanager
async def _staged(tmp_path: Path) -> AsyncIterator[tuple[RunningCell, ScenarioClient]]:
    async with (
        running(builders(), Settings(data_dir=tmp_path, listen="127.0.0.1:0")) as cell,
        cell.client() as client,
        cell.client(subject="second") as second,
    ):
        clients, others = dict.fromkeys(SERVICES, client), dict.fromkeys(SERVICES, second)
        scenario = ScenarioClient(clients, second=others, run="again", today=SystemClock().now().date())
        await play(scenario, STEPS[: [step.__name__ for step in STEPS].index("export_a_person")])
        await _prepared(cell, scenario)
        yield cell, scenario


async def _prepared(cell: RunningCell, scenario: ScenarioClient) -> None:
    north = scenario.held["north"]
    contact = await scenario.ask("partners", "AddContact", partner_id=north, person=GREEK, roles=["CONTACT_ROLE_SALES"])
    scenario.held["contact"] = contact.contact.id
    granted = await scenario.ask(
        "partners", "GrantTerritory", partner_id=north, country=COUNTRY, product_line="CABLES", valid_from=SINCE
    )
    scenario.held["territory"] = granted.territory.id
    customer = {"legal_name": "Bäckerei Korn OHG", "country": COUNTRY}
    claim = await scenario.ask("deals", "CreateRegistration", partner_id=north, customer=customer)
    scenario.held["draft_claim"] = claim.registration.id
    line = {"kind": "LINE_KIND_PRODUCT", "sku": "A", "quantity": 1, "unit_price": money(1)}
    order = await scenario.ask(
        "orders", "CreateOrder", partner_id=north, currency="EUR", ship_to_country=COUNTRY, lines=[line]
    )
    scenario.held["draft_order"] = order.order.id
    ticket = await scenario.ask(
        "tickets",
        "CreateTicket",
        partner_id=north,
        requester=PERSON,
        subject={"text": "x"},
        channel="CHANNEL_PORTAL",
        impact="IMPACT_LOW",
        urgency="URGENCY_LOW",
    )
    scenario.held["ticket"] = ticket.ticket.id
    alias = {"field": "ALIAS_FIELD_EMAIL", "value": PERSON["email"]}
    request = {"type": "REQUEST_TYPE_ACCESS", "channel": "REQUEST_CHANNEL_EMAIL", "country": COUNTRY}
    proof = {"identity_proof": "IDENTITY_PROOF_ACCOUNT"}
    asked = await scenario.ask("compliance", "CreateRequest", **request, **proof, aliases=[alias])
    scenario.held["clocked"] = asked.request.id
    for one in described():
        await one.stage(cell.env, scenario)
        await one.prepare(scenario)


async def _newest(cell: RunningCell, service: str) -> str:
    """The newest event of a service, except records of calls, which report reads and refusals rather than changes."""
    await cell.settled()
    rows = (await cell.env(service).store.find(Query(kind=OUTBOX, order="at", descending=True, limit=200))).rows
    return next(one.value.id for one in rows if not one.value.envelope.type.endswith("CallsRecorded"))


async def test_a_call_that_asks_for_what_is_so_already_changes_nothing(tmp_path: Path) -> None:
    async with _staged(tmp_path) as (cell, scenario):
        changed = []
        for method, (service, fields) in REPEATED.items():
            first = await scenario.ask(service, method, **fields(scenario))
            before = await _newest(cell, service)
            shown = next(iter(first.ListFields()))[1]
            checks = "etag" in mutations()[method].input_type.fields_by_name
            for etag in ({}, {"etag": shown.etag} if checks else {}):
                again = await scenario.ask(service, method, **{**fields(scenario), **etag})
                if again != first:
                    changed.append((method, "another answer"))
            if await _newest(cell, service) != before:
                changed.append((method, "an event"))
        assert changed == []


async def test_a_repetition_gets_the_first_answer_though_the_first_changed_nothing(tmp_path: Path) -> None:
    async with _staged(tmp_path) as (_, scenario):
        tier = {"id": scenario.held["north"], "tier": "GOLD", "tier_rank": 2, "request_id": "late"}
        first = await scenario.ask("partners", "SetTier", **tier)
        other = await scenario.ask("partners", "SetTier", **{**tier, "tier": "SILVER", "request_id": "between"})
        assert await scenario.ask("partners", "SetTier", **tier) == first
        found = await scenario.ask("partners", "GetPartner", id=scenario.held["north"])
        assert found.partner == other.partner
