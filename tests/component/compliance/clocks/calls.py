"""What the suites over all protos have to know of clocks."""

from services.demo.people import COUNTRY
from services.demo.scenario import ScenarioClient
from tests.capabilities import Calls


async def _drive(scenario: ScenarioClient) -> None:
    asked = await scenario.ask(
        "compliance",
        "CreateRequest",
        type="REQUEST_TYPE_ACCESS",
        country=COUNTRY,
        channel="REQUEST_CHANNEL_EMAIL",
        aliases=[{"field": "ALIAS_FIELD_EMAIL", "value": "clocked@example.org"}],
        identity_proof="IDENTITY_PROOF_ACCOUNT",
    )
    case = {"case_id": asked.request.id}
    await scenario.ask("compliance", "AcknowledgeReceipt", **case)
    await scenario.ask("compliance", "ExtendDeadline", **case, reason="EXTENSION_REASON_COMPLEXITY_OF_PROCESS")


CALLS = Calls(
    repeated={"AcknowledgeReceipt": ("compliance", lambda scenario: {"case_id": scenario.held["clocked"]})},
    refused=frozenset({"ExtendDeadline"}),
    drive=_drive,
)
