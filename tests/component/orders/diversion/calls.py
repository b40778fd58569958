"""What the suites over all protos have to know of diversion."""

from typing import Any

from services.demo.order import SERIALS
from services.demo.scenario import ScenarioClient, day
from services.orders.diversion.domain.sighting import SightingSource
from services.orders.diversion.usecases import sightings
from tests.capabilities import Calls

SEEN = {"source": "SIGHTING_SOURCE_SCAN", "sku": "RTR-9", "serial": "SN-9", "country": "US"}
ON = {"year": 2026, "month": 3, "day": 1}
DISMISSED = {"state": "DIVERSION_CASE_STATE_DISMISSED"}


async def _plant(world: Any, one: Any) -> None:
    found = await world.orders.run(
        sightings.report_sighting,
        sightings.ReportSighting,
        partner_id=one.id,
        source=SightingSource.REPORT,
        sku="RTR-1",
        serial=f"{one.words}",
        country="US",
        seen_on=world.orders.today,
    )
    one.rows["sgh"] = found.id


async def _seen(scenario: ScenarioClient, country: str) -> str:
    """The case about a router of the story that is seen there."""
    asked = {**SEEN, "sku": "RTR-100", "serial": SERIALS[0], "country": country, "seen_on": day(scenario.today)}
    found = await scenario.ask("orders", "ReportSighting", **asked)
    return str(found.sighting.diversion_case_id)


async def _drive(scenario: ScenarioClient) -> None:
    lent = {"sku": "RTR-100", "serial": SERIALS[1], "kind": "CUSTODY_KIND_DEMO", "country": "CN"}
    on = day(scenario.today)
    await scenario.ask("orders", "RecordCustody", **lent, holder_id=scenario.held["north"], on=on)
    case = await _seen(scenario, "CN")
    await scenario.ask("orders", "DecideDiversionCase", id=case, **DISMISSED)


CALLS = Calls(
    reads={"ListSightings": lambda loaded: {"partner_id": loaded.rows["ptn"]}},
    changes={"ReportSighting": lambda loaded: {**SEEN, "partner_id": loaded.rows["ptn"], "seen_on": ON}},
    shown={"ListSightings": ("sgh",)},
    listed={"ListSightings": "sgh"},
    plant=_plant,
    new=frozenset({"ReportSighting", "RecordCustody"}),
    refused=frozenset({"DecideDiversionCase"}),
    drive=_drive,
)
