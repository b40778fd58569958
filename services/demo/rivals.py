"""The steps of a dispute: two resellers register one company, in two scripts; the vendor decides for one of them, the
other appeals, and somebody else decides again. They need the clock to be advanced by the notice of a rule."""

from datetime import timedelta
from typing import Any

from services.demo.leads import LINE
from services.demo.people import COUNTRY
from services.demo.scenario import ScenarioClient, day, name_of

PLACE = {"country": COUNTRY, "postal_code": "20457", "city": "Hamburg"}
LATIN = {
    "legal_name": "Severnoye Siyanie Elektrika GmbH",
    "address": "Hafenstr. 12",
    "domain": "severnoye.example",
    **PLACE,
}
CYRILLIC = {
    "legal_name": "Северное сияние Электрика",
    "address": "Hafenstraße 12",
    "domain": "sijanie.example",
    **PLACE,
}
NOTICE = timedelta(days=15)  # a rule is published two weeks before it applies
CRITERIA = ("INVITATION", "FIRST_CLAIM")


async def one_company_in_two_scripts(scenario: ScenarioClient) -> None:
    """The claims have no key in common; the search finds them, and says part by part why."""
    scenario.chapter("A dispute")
    rule = await scenario.ask(
        "deals", "DraftAdjudicationRule", criteria=[f"ADJUDICATION_CRITERION_{one}" for one in CRITERIA]
    )
    applies = scenario.today + NOTICE
    await scenario.ask("deals", "PublishAdjudicationRule", id=rule.adjudication_rule.id, effective_day=day(applies))
    scenario.tell("A rule says which of two claims should stay", f"by {', then '.join(CRITERIA)}, from {applies} on")
    await scenario.advance(NOTICE)
    for name, customer in (("north", LATIN), ("south", CYRILLIC)):
        made = await scenario.ask(
            "deals",
            "CreateRegistration",
            partner_id=scenario.held[name],
            customer=customer,
            lines=[{"sku": "SEN-9", "product_line": LINE, "quantity": 40}],
        )
        scenario.held[f"dispute {name}"] = made.registration.id
        await scenario.ask("deals", "SubmitRegistration", id=made.registration.id)
        await scenario.ask("deals", "StartReview", id=made.registration.id)
        scenario.tell(f"{name.capitalize()} registers a company", customer["legal_name"])
    found = await scenario.ask("deals", "FindNearMatches", registration_id=scenario.held["dispute south"])
    match = next(one for one in found.matches if one.registration_id == scenario.held["dispute north"])
    verdict = name_of(found, "NearVerdict", match.verdict)
    scenario.tell("How probable it is that they are one", f"{match.probability_basis_points / 100:.2f} %: {verdict}")
    for said, parts in (("agrees", match.agreeing), ("differs", match.differing)):
        shown = [f"{name_of(found, 'NearPartName', one.name)} {one.weight_thousandths / 1000:+.2f}" for one in parts]
        scenario.tell(f"What {said}, by its weight", ", ".join(shown) or "nothing")


async def an_appeal_succeeds(scenario: ScenarioClient) -> None:
    """One person decides for the first claim; the loser shows an invitation of the customer, and another person decides
    for it."""
    first, second = scenario.held["dispute north"], scenario.held["dispute south"]
    opened = await scenario.ask("deals", "OpenAdjudication", registration_ids=[first, second])
    case = opened.adjudication.id
    side = next(one.side_id for one in opened.adjudication.parties if one.registration_id == second)
    scenario.tell("The vendor opens a case; the rule proposes", await _proposal(scenario, case))
    await scenario.ask(
        "deals", "DecideAdjudication", id=case, winner_registration_id=first, reason="ADJUDICATION_REASON_FIRST_CLAIM"
    )
    refused = await scenario.refused("deals", "ApproveRegistration", id=first)
    scenario.tell("One person decides for North; nothing is approved while South may appeal", refused.reason)
    await scenario.ask("deals", "AppealAdjudication", id=side, statement={"text": "Заказчик пригласил нас письмом."})
    await scenario.ask("deals", "RecordInvitation", id=side, reference="LETTER-23")
    scenario.tell("South appeals with a letter of the customer; now the rule proposes", await _proposal(scenario, case))
    ruling = {"winner_registration_id": second, "reason": "ADJUDICATION_REASON_INVITATION"}
    same = await scenario.refused("deals", "DecideAdjudicationAppeal", id=case, **ruling)
    done = await scenario.ask_another("deals", "DecideAdjudicationAppeal", id=case, **ruling)
    state = name_of(done, "AdjudicationState", done.adjudication.state)
    scenario.tell("Whoever decided may not decide the appeal; a second person does", f"{same.reason}; {state}")

    def is_canceled(answer: Any) -> bool:
        return name_of(answer.registration, "Review", answer.registration.review) == "CANCELED"

    lost = (await scenario.eventually("deals", "GetRegistration", is_canceled, id=first)).registration
    await scenario.eventually("deals", "ApproveRegistration", id=second)
    code = name_of(lost, "ClosureCode", lost.closure_code)
    scenario.tell("North's claim ends, and South's is approved", f"CANCELED, {code}; APPROVED")


async def _proposal(scenario: ScenarioClient, case: str) -> str:
    """Whose claim the rule proposes, and by which criterion."""
    found = await scenario.ask("deals", "GetAdjudication", id=case)
    names = {scenario.held[f"dispute {name}"]: name.capitalize() for name in ("north", "south")}
    criterion = name_of(found, "AdjudicationCriterion", found.proposal.criterion)
    return f"{names[found.proposal.registration_id]}, by {criterion}"
