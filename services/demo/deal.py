"""The steps of the deal: two partners register the same customer, each in its own spelling; one is protected, the other
is rejected."""

from services.demo.people import COUNTRY
from services.demo.scenario import ScenarioClient, day, money, name_of

CUSTOMER = {
    "legal_name": "Zweiradwerk Müller & Söhne GmbH",
    "country": COUNTRY,
    "domain": "https://www.zweiradwerk.example/kontakt",
    "phone": "030 5550 100",
}
SAME_CUSTOMER = {"legal_name": "ZWEIRADWERK MUELLER UND SOEHNE", "country": COUNTRY, "domain": "zweiradwerk.example"}
LINES = [
    {"sku": "RTR-100", "product_line": "ROUTERS", "quantity": 12, "expected_amount": money(4320)},
    {"sku": "SUP-1Y", "product_line": "ROUTERS", "quantity": 12, "expected_amount": money(600)},
]


async def claim_the_customer(scenario: ScenarioClient) -> None:
    """The first partner registers the customer, in German, with a text partly in Greek."""
    scenario.chapter("The deal")
    answer = await scenario.eventually(
        "deals",
        "CreateRegistration",
        partner_id=scenario.held["north"],
        customer=CUSTOMER,
        customer_contact={"name": "Jörg Müller", "email": "jm@zweiradwerk.example"},
        lines=LINES,
        description={"text": "Ersetzt das Netz in zwei Werken. Πρώτη επίσκεψη έγινε."},
    )
    scenario.held["claim"] = answer.registration.id
    done = await scenario.ask("deals", "SubmitRegistration", id=answer.registration.id)
    scenario.tell("North registers the deal and submits it", done.registration.id)


async def a_rival_claims_it_too(scenario: ScenarioClient) -> None:
    """A second partner registers the same customer, spelled differently."""
    answer = await scenario.eventually(
        "deals",
        "CreateRegistration",
        partner_id=scenario.held["south"],
        customer=SAME_CUSTOMER,
        lines=LINES[:1],
        description={"text": "客户希望本季度上线。"},
    )
    scenario.held["rival"] = answer.registration.id
    done = await scenario.ask("deals", "SubmitRegistration", id=answer.registration.id)
    found = await scenario.ask("deals", "ListConflicts", registration_id=answer.registration.id)
    reasons = ", ".join(name_of(found, "MatchKey", one.key) for one in found.conflicts[0].reasons)
    scenario.tell(
        "South submits the same customer in other words", f"{done.registration.conflict_count} conflict found"
    )
    scenario.tell("How sure that is, and why", f"{found.conflicts[0].score} of 100, by {reasons}")


async def decide(scenario: ScenarioClient) -> None:
    """The vendor asks for a date, approves the first registration and rejects the second."""
    claim, rival = scenario.held["claim"], scenario.held["rival"]
    await scenario.ask("deals", "StartReview", id=claim)
    await scenario.ask(
        "deals",
        "RequestChanges",
        id=claim,
        requested_fields=["expected_close_date"],
        decision_note={"text": "When will they sign?"},
    )
    await scenario.ask(
        "deals",
        "UpdateRegistration",
        id=claim,
        update_mask={"paths": ["expected_close_date"]},
        expected_close_date=day(scenario.today),
    )
    await scenario.ask("deals", "SubmitRegistration", id=claim)
    await scenario.ask("deals", "StartReview", id=claim)
    approved = await scenario.ask("deals", "ApproveRegistration", id=claim)
    until = approved.registration.protected_until.ToDatetime().date()
    scenario.tell("The vendor asks for a date, gets it and approves", f"protected until {until}")
    await scenario.ask("deals", "StartReview", id=rival)
    refused = await scenario.refused("deals", "ApproveRegistration", id=rival)
    await scenario.ask("deals", "RejectRegistration", id=rival, closure_code="CLOSURE_CODE_DUPLICATE")
    scenario.tell("Approving the rival is refused; it is rejected", refused.reason)


async def pursue_and_convert(scenario: ScenarioClient) -> None:
    """The partner logs its work, extends its protection once, and wins the deal."""
    claim = scenario.held["claim"]
    proof = {"type": "ACTIVITY_TYPE_PROOF_OF_CONCEPT", "date": day(scenario.today)}
    await scenario.ask("deals", "AdvanceStage", id=claim, stage="STAGE_COMMITTED", activities=[proof])
    longer = await scenario.ask("deals", "ExtendProtection", id=claim, activities=[proof])
    again = await scenario.refused("deals", "ExtendProtection", id=claim, activities=[proof])
    until = longer.registration.protected_until.ToDatetime().date()
    scenario.tell("Protection is extended against proof, once", f"until {until}; again: {again.reason}")
    won = await scenario.ask("deals", "ConvertRegistration", id=claim)
    scenario.tell("The deal is won and converted", won.registration.id)
