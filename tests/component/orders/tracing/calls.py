"""What the suites over all protos have to know of traces."""

from services.demo.scenario import ScenarioClient
from tests.capabilities import Calls


async def _drive(scenario: ScenarioClient) -> None:
    await scenario.ask("orders", "TraceSerial", sku="RTR-1", serial="SN-0001")


CALLS = Calls(new=frozenset({"TraceSerial"}), drive=_drive)
