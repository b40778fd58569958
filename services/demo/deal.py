"""Two partners claim one customer, each in its own writing; one is protected, the other learns why not."""

from services.demo.people import COUNTRY
from services.demo.stage import Stage, day, money

CUSTOMER = {
    "legal_name": "Zweiradwerk Müller & Söhne GmbH",
    "country": COUNTRY,
    "domain": "https://www.zweiradwerk.example/kontakt",
    "phone": "030 5550 100",
}
SAME_CUSTOMER = {"legal_name": "ZWEIRADWERK MUELLER UND SOEHNE", "country": COUNTRY, "domain": "zweiradwerk.example"}
KEYS = "prm.deals.v1.MatchKey"
LINES = [
    {"sku": "RTR-100", "product_line": "ROUTERS", "quantity": 12, "expected_amount": money(4320)},
    {"sku": "SUP-1Y", "product_line": "ROUTERS", "quantity": 12, "expected_amount": money(600)},
]


async def claim_the_customer(stage: Stage) -> None:
    """The first claim, in German, from a Greek contact."""
    stage.chapter("The deal")
    answer = await stage.eventually(
        "deals",
        "CreateRegistration",
        partner_id=stage.held["north"],
        customer=CUSTOMER,
        customer_contact={"name": "Jörg Müller", "email": "jm@zweiradwerk.example"},
        lines=LINES,
        description={"text": "Ersetzt das Netz in zwei Werken. Πρώτη επίσκεψη έγινε."},
    )
    stage.held["claim"] = answer.registration.id
    done = await stage.ask("deals", "SubmitRegistration", id=answer.registration.id)
    stage.tell("North registers the deal and submits it", done.registration.id)


async def a_rival_claims_it_too(stage: Stage) -> None:
    """The same customer, written differently."""
    answer = await stage.eventually(
        "deals",
        "CreateRegistration",
        partner_id=stage.held["south"],
        customer=SAME_CUSTOMER,
        lines=LINES[:1],
        description={"text": "客户希望本季度上线。"},
    )
    stage.held["rival"] = answer.registration.id
    done = await stage.ask("deals", "SubmitRegistration", id=answer.registration.id)
    found = await stage.ask("deals", "ListConflicts", registration_id=answer.registration.id)
    names = {value.number: value.name for value in found.DESCRIPTOR.file.pool.FindEnumTypeByName(KEYS).values}
    reasons = ", ".join(names[one.key].removeprefix("MATCH_KEY_") for one in found.conflicts[0].reasons)
    stage.tell("South submits the same customer in other words", f"{done.registration.conflict_count} conflict found")
    stage.tell("How sure that is, and why", f"{found.conflicts[0].score} of 100, by {reasons}")


async def decide(stage: Stage) -> None:
    """The vendor asks, approves the first and turns the second down."""
    claim, rival = stage.held["claim"], stage.held["rival"]
    await stage.ask("deals", "StartReview", id=claim)
    await stage.ask(
        "deals",
        "RequestChanges",
        id=claim,
        requested_fields=["expected_close_date"],
        decision_note={"text": "When will they sign?"},
    )
    await stage.ask(
        "deals",
        "UpdateRegistration",
        id=claim,
        update_mask={"paths": ["expected_close_date"]},
        expected_close_date=day(stage.today),
    )
    await stage.ask("deals", "SubmitRegistration", id=claim)
    await stage.ask("deals", "StartReview", id=claim)
    approved = await stage.ask("deals", "ApproveRegistration", id=claim)
    until = approved.registration.protected_until.ToDatetime().date()
    stage.tell("The vendor asks for a date, gets it and approves", f"protected until {until}")
    await stage.ask("deals", "StartReview", id=rival)
    refused = await stage.refused("deals", "ApproveRegistration", id=rival)
    await stage.ask("deals", "RejectRegistration", id=rival, closure_code="CLOSURE_CODE_DUPLICATE")
    stage.tell("Approving the rival is refused; it is rejected", refused.reason)


async def pursue_and_convert(stage: Stage) -> None:
    """Work is logged, protection prolonged once, the deal won."""
    claim = stage.held["claim"]
    proof = {"type": "ACTIVITY_TYPE_PROOF_OF_CONCEPT", "date": day(stage.today)}
    await stage.ask("deals", "AdvanceStage", id=claim, stage="STAGE_COMMITTED", activities=[proof])
    longer = await stage.ask("deals", "ExtendProtection", id=claim, activities=[proof])
    again = await stage.refused("deals", "ExtendProtection", id=claim, activities=[proof])
    until = longer.registration.protected_until.ToDatetime().date()
    stage.tell("Protection is extended against proof, once", f"until {until}; again: {again.reason}")
    won = await stage.ask("deals", "ConvertRegistration", id=claim)
    stage.tell("The deal is won and converted", won.registration.id)
