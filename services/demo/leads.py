"""The step of the leads: an inquiry of a trade fair that one reseller does not answer in time, and the next one takes.
It needs the clock to be advanced by some days."""

from datetime import date, timedelta
from typing import Any

from services.demo.people import COUNTRY, GREEK
from services.demo.scenario import ScenarioClient, day

LINE = "SENSORS"
SINCE = date(2026, 1, 1)
OVER_THE_DEADLINE = timedelta(days=6)  # two working days with a weekend and a holiday
NAMES = ("north", "south")


async def a_lead_goes_to_the_next_partner(scenario: ScenarioClient) -> None:
    """The first reseller sees neither person nor name and lets its offer lapse; the second makes a claim of it."""
    scenario.chapter("A lead")
    for name in NAMES:
        await scenario.ask(
            "partners",
            "GrantTerritory",
            partner_id=scenario.held[name],
            country=COUNTRY,
            product_line=LINE,
            valid_from=day(SINCE),
        )
    made = await scenario.ask(
        "deals",
        "CreateLead",
        source="LEAD_SOURCE_TRADE_FAIR",
        customer={"legal_name": "Leuchtturm Hafenbetriebe GmbH", "country": COUNTRY, "domain": "leuchtturm.example"},
        contact=GREEK,
        text={"text": "Zweihundert Sensoren für die Kaimauer."},
        product_lines=[LINE],
    )
    await scenario.ask("deals", "QualifyLead", id=made.lead.id)
    refused = await scenario.refused("deals", "DistributeLead", id=made.lead.id)
    scenario.tell(
        "A visitor of a fair asks for sensors; nobody knows whether its name may be passed on", refused.reason
    )
    await scenario.ask(
        "deals", "StateLeadBasis", id=made.lead.id, basis="LEAD_BASIS_CONSENT", consent_reference="fair-card-17"
    )
    first = await _offered(scenario, made.lead.id, "")
    scenario.tell(f"The card of the fair has the consent; {_name(scenario, first)} gets an offer", "two working days")
    await scenario.advance(OVER_THE_DEADLINE)
    second = await _offered(scenario, made.lead.id, first.partner_id)
    last = (await scenario.ask("deals", "ListLeadRounds", lead_id=made.lead.id)).rounds[-1]
    why = f"{last.candidate_count} can get it, {last.exclusion_count} had it"
    scenario.tell(f"It does not answer; {_name(scenario, second)} gets the next offer", why)
    await scenario.ask("deals", "AcceptLead", id=made.lead.id)
    won = (await scenario.ask("deals", "ConvertLead", id=made.lead.id)).lead
    scenario.tell("It accepts, and makes a claim of the lead", won.registration_id)


async def _offered(scenario: ScenarioClient, lead_id: str, before: str) -> Any:
    """The lead once it is offered to another partner than before."""
    await scenario.advance(timedelta(0))

    def is_so(answer: Any) -> bool:
        return answer.lead.partner_id not in ("", before)

    return (await scenario.eventually("deals", "GetLead", is_so, id=lead_id)).lead


def _name(scenario: ScenarioClient, lead: Any) -> str:
    return next(name for name in NAMES if scenario.held[name] == lead.partner_id)
