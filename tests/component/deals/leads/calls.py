"""What the suites over all protos have to know of leads."""

from typing import Any

from libs.person import Person, PersonalText
from libs.store.port import create
from services.deals.leads.documents import LEADS
from services.deals.leads.domain import transitions
from services.deals.leads.domain.lead import LeadContent, open_lead
from services.deals.leads.domain.states import LeadBasis, LeadSource
from services.demo.scenario import ScenarioClient
from tests.builders import NOW, a_call
from tests.capabilities import Calls, Fields
from tests.component.deals.harness import a_customer

LINE = "PROBES"
FAR = {"year": 9999, "month": 1, "day": 1}
SINCE = {"year": 2026, "month": 1, "day": 1}
ALONE = {
    "legal_name": "Ada Seitenwind",
    "trading_names": ["Adas Windräder"],
    "address": "Windweg 7",
    "postal_code": "80331",
    "city": "München",
    "country": "DE",
    "natural_person": True,
    "domain": "ada-seitenwind.example",
    "phone": "+49 30 492181",
    "registration_id": "DE123456788",
    "registration_id_type": "REGISTRATION_ID_TYPE_VAT",
}
BASIS = {"basis": "LEAD_BASIS_CONSENT", "consent_reference": "form-7"}


def _id(prefix: str, name: str = "id", **more: Any) -> Fields:
    return lambda loaded: {name: loaded.rows[prefix], **more}


async def _plant(world: Any, one: Any) -> None:
    """The partner has a lead."""
    env = world.deals.env
    content = LeadContent(
        source=LeadSource.TRADE_FAIR,
        customer=a_customer(one.words),
        contact=Person(person_id=env.ids.new("psn"), name=one.words),
        text=PersonalText(text=one.words),
        basis=LeadBasis.STEPS_BEFORE_CONTRACT,
    )
    shelf = env.settings.policy.lead_shelf
    lead = open_lead(content, id=env.ids.new("led"), shelf=shelf, create_time=None, now=NOW)
    lead, _ = transitions.qualify(lead, now=NOW)
    lead, _ = transitions.offer(lead, one.id, env.ids.new("lof"), accept_by=NOW + shelf, now=NOW)
    lead, events = transitions.accept(lead, now=NOW)
    one.rows["led"] = (await env.commit(create(LEADS, lead), events=events, call=a_call())).id


async def a_lead(scenario: ScenarioClient, name: str, line: str = LINE) -> str:
    """A lead that waits for a partner."""
    made = await scenario.ask(
        "deals",
        "CreateLead",
        source="LEAD_SOURCE_TRADE_FAIR",
        customer={"legal_name": f"{name} GmbH", "country": "DE", "domain": f"{name.lower()}.example"},
        contact={"name": "Ada Seitenwind", "email": f"ada@{name.lower()}.example"},
        text={"text": "Seitenwind messen."},
        product_lines=[line],
        basis="LEAD_BASIS_STEPS_BEFORE_CONTRACT",
    )
    return str((await scenario.ask("deals", "QualifyLead", id=made.lead.id)).lead.id)


async def grant(scenario: ScenarioClient, line: str) -> None:
    await scenario.ask(
        "partners",
        "GrantTerritory",
        partner_id=scenario.held["north"],
        country="DE",
        product_line=line,
        valid_from=SINCE,
    )


async def _prepare(scenario: ScenarioClient) -> None:
    scenario.held["lead"] = await a_lead(scenario, "Messwerk", "GAUGES")


async def _drive(scenario: ScenarioClient) -> None:
    rule = {"code": "FAIR", "fact": "LEAD_SCORE_FACT_SOURCE", "values": ["TRADE_FAIR"], "points": 20}
    day = {"year": scenario.today.year, "month": scenario.today.month, "day": scenario.today.day}
    await scenario.ask("deals", "PublishLeadScoring", effective_date=day, rules=[rule], qualify_from=101)
    later = await scenario.ask("deals", "PublishLeadScoring", effective_date=FAR, rules=[rule], qualify_from=101)
    await scenario.ask("deals", "WithdrawLeadScoring", id=later.scoring.id)
    await grant(scenario, LINE)
    await scenario.ask("deals", "CreateLead", source="LEAD_SOURCE_PHONE", customer=ALONE)
    won, declined, lost = [await a_lead(scenario, name) for name in ("Fühlwerk", "Tastwerk", "Hörwerk")]
    await scenario.ask("deals", "StateLeadBasis", id=won, **BASIS)
    for one in (won, declined):
        await scenario.ask("deals", "DistributeLead", id=one)
    await scenario.ask("deals", "AcceptLead", id=won)
    await scenario.ask("deals", "ConvertLead", id=won)
    await scenario.ask("deals", "DeclineLead", id=declined, reason="LEAD_DECLINE_REASON_TOO_SMALL")
    await scenario.ask("deals", "DisqualifyLead", id=lost, code="LEAD_CLOSURE_CODE_SPAM")


CALLS = Calls(
    reads={
        "GetLead": _id("led"),
        "ListLeads": _id("ptn", "partner_id"),
        "GetLeadStatistics": _id("ptn", "partner_id"),
    },
    changes={
        "DisqualifyLead": _id("led", code="LEAD_CLOSURE_CODE_NO_NEED"),
        "AcceptLead": _id("led"),
        "DeclineLead": _id("led", reason="LEAD_DECLINE_REASON_OTHER"),
        "ConvertLead": _id("led"),
    },
    shown={"GetLead": ("led",), "ListLeads": ("led",), "GetLeadStatistics": ("ptn",)},
    listed={"ListLeads": "led"},
    plant=_plant,
    new=frozenset({"CreateLead"}),
    refused=frozenset(
        {
            *("QualifyLead", "DisqualifyLead", "AcceptLead", "DeclineLead", "ConvertLead", "PublishLeadScoring"),
            "WithdrawLeadScoring",
        }
    ),
    repeated={"StateLeadBasis": ("deals", lambda scenario: {"id": scenario.held["lead"], **BASIS})},
    prepare=_prepare,
    drive=_drive,
)
