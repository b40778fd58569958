"""What the suites over all protos have to know of the retention schedule."""

from services.demo.scenario import ScenarioClient
from tests.capabilities import Calls


async def _drive(scenario: ScenarioClient) -> None:
    await scenario.ask("compliance", "RehearsePurge")


CALLS = Calls(refused=frozenset({"RehearsePurge"}), drive=_drive)
