"""What the suites over all protos have to know of direct sales."""

from services.demo.scenario import ScenarioClient
from tests.capabilities import Calls


async def _drive(scenario: ScenarioClient) -> None:
    customer = {"legal_name": "Direktkunde GmbH", "country": "DE", "domain": "direktkunde.example"}
    for line in ("ROUTERS", "SWITCHES"):  # the first check makes the seller's account, the second one changes it
        await scenario.ask("deals", "CheckDirectSale", customer=customer, product_lines=[line])


CALLS = Calls(new=frozenset({"CheckDirectSale"}), drive=_drive)
