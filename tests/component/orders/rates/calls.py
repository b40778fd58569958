"""What the suites over all protos have to know of exchange rates."""

from typing import Any

from services.demo.scenario import ScenarioClient, day
from tests.capabilities import Calls


def _asked(scenario: ScenarioClient) -> dict[str, Any]:
    quotes = [{"currency": "USD", "rate": "1.0895"}]
    return {"source": "ecb", "base_currency": "EUR", "date": day(scenario.today), "quotes": quotes}


async def _drive(scenario: ScenarioClient) -> None:
    await scenario.ask("orders", "PutRates", **_asked(scenario))


CALLS = Calls(repeated={"PutRates": ("orders", _asked)}, drive=_drive)
