"""What the suites over all protos have to know of the distribution of leads."""

from services.demo.scenario import ScenarioClient
from tests.capabilities import Calls
from tests.component.deals.leads.calls import a_lead, grant

NOWHERE = "SONDES"  # no partner has a territory for it at first


async def _drive(scenario: ScenarioClient) -> None:
    picked = await a_lead(scenario, "Sehwerk", NOWHERE)
    await scenario.ask("deals", "DistributeLead", id=picked)
    await grant(scenario, NOWHERE)
    await scenario.ask("deals", "PickLead", id=picked, partner_id=scenario.held["north"])


CALLS = Calls(
    reads={"ListPoolLeads": lambda loaded: {"partner_id": loaded.rows["ptn"]}},
    changes={"PickLead": lambda loaded: {"id": loaded.rows["led"], "partner_id": loaded.id}},
    refused=frozenset({"DistributeLead", "PickLead"}),
    drive=_drive,
)
