"""What the suites over all protos have to know of end customers."""

from typing import Any

from services.deals.customers.usecases.filing import FileClaim, file_claim
from services.deals.customers.usecases.lists import (
    AddCompetitorNote,
    ListCustomers,
    add_competitor_note,
    list_customers,
)
from services.demo.scenario import ScenarioClient
from tests.builders import a_call_of
from tests.capabilities import Calls, Fields

NAME = "Doppelwerk"
NOTE = {"competitor": "Rival Corp", "note": {"text": "Offers two years."}}


def _id(prefix: str, name: str, **more: Any) -> Fields:
    return lambda loaded: {name: loaded.rows[prefix], **more}


async def _plant(world: Any, one: Any) -> None:
    """The partner's claim is filed, and its people write a note."""
    env, call = world.deals.env, a_call_of(one.id)
    await world.deals.run(file_claim, FileClaim, registration_id=one.rows["reg"])
    page = await list_customers(env, ListCustomers(call=call))
    one.rows["cus"] = page.rows[0].value.id
    note = AddCompetitorNote(call=call, customer_id=one.rows["cus"], competitor=one.words)
    one.rows["cmn"] = (await add_competitor_note(env, note)).id


async def _prepare(scenario: ScenarioClient) -> None:
    """Two records with one name."""
    for domain in ("doppelwerk-eins.example", "doppelwerk-zwei.example"):
        customer = {"legal_name": f"{NAME} GmbH", "country": "DE", "domain": domain}
        made = await scenario.ask(
            "deals",
            "CreateRegistration",
            partner_id=scenario.held["north"],
            customer=customer,
            lines=[{"sku": "RTR-1", "quantity": 1}],
        )
        await scenario.ask("deals", "SubmitRegistration", id=made.registration.id)
    found = await scenario.eventually(
        "deals", "ListCustomers", lambda answer: len(answer.customers) == 2, customer_name=NAME
    )
    scenario.held["customer"], scenario.held["double"] = sorted(one.id for one in found.customers)
    asked = await scenario.ask("deals", "ProposeMerges", customer_id=scenario.held["customer"])
    scenario.held["merge_proposal"] = asked.proposals[0].id


async def _drive(scenario: ScenarioClient) -> None:
    await _prepare(scenario)
    one, other = scenario.held["customer"], scenario.held["double"]
    await scenario.ask("deals", "DismissProposal", id=scenario.held["merge_proposal"])
    await scenario.ask("deals", "MergeCustomers", id=one, into_id=other)
    await scenario.ask("deals", "UndoMerge", id=one)
    await scenario.ask("deals", "AddCompetitorNote", customer_id=one, **NOTE)


CALLS = Calls(
    reads={
        "GetCustomer": _id("cus", "id"),
        "ListCustomers": _id("ptn", "partner_id"),
        "GetCustomerHistory": _id("cus", "customer_id"),
        "ListCompetitorNotes": _id("cus", "customer_id"),
    },
    changes={"AddCompetitorNote": _id("cus", "customer_id", **NOTE)},
    shown={
        "GetCustomer": ("cus",),
        "ListCustomers": ("cus",),
        "GetCustomerHistory": ("reg",),
        "ListCompetitorNotes": ("cmn",),
    },
    listed={"ListCustomers": "cus"},
    plant=_plant,
    new=frozenset({"AddCompetitorNote"}),
    refused=frozenset({"UndoMerge"}),
    repeated={
        "ProposeMerges": ("deals", lambda scenario: {"customer_id": scenario.held["customer"]}),
        "DismissProposal": ("deals", lambda scenario: {"id": scenario.held["merge_proposal"]}),
        "MergeCustomers": (
            "deals",
            lambda scenario: {"id": scenario.held["customer"], "into_id": scenario.held["double"]},
        ),
    },
    prepare=_prepare,
    drive=_drive,
)
