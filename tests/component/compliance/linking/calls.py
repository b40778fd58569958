"""What the suites over all protos have to know of links."""

from services.demo.scenario import ScenarioClient
from tests.capabilities import Calls


async def _a_request(scenario: ScenarioClient) -> dict[str, str]:
    content = {
        "type": "REQUEST_TYPE_OPT_OUT",
        "country": "GB",
        "channel": "REQUEST_CHANNEL_EMAIL",
        "aliases": [{"field": "ALIAS_FIELD_EMAIL", "value": "linked@example.org"}],
    }
    return {"id": (await scenario.ask("compliance", "CreateRequest", **content)).request.id}


async def _prepare(scenario: ScenarioClient) -> None:
    scenario.held["to_link"] = (await _a_request(scenario))["id"]


async def _drive(scenario: ScenarioClient) -> None:
    await scenario.ask("compliance", "LinkRequest", **await _a_request(scenario))


CALLS = Calls(
    repeated={"LinkRequest": ("compliance", lambda scenario: {"id": scenario.held["to_link"]})},
    prepare=_prepare,
    drive=_drive,
)
