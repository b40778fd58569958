"""What the suites over all protos have to know of checks of the identity."""

from services.demo.people import COUNTRY
from services.demo.scenario import ScenarioClient
from tests.capabilities import Calls


async def _asked(scenario: ScenarioClient, email: str) -> tuple[dict[str, str], dict[str, str]]:
    """A new request that waits for a proof: the field that names it, and its alias."""
    alias = {"field": "ALIAS_FIELD_EMAIL", "value": email}
    content = {"type": "REQUEST_TYPE_ACCESS", "country": COUNTRY, "channel": "REQUEST_CHANNEL_PORTAL"}
    asked = await scenario.ask("compliance", "CreateRequest", **content, aliases=[alias])
    return {"case_id": asked.request.id}, alias


async def _drive(scenario: ScenarioClient) -> None:
    case, alias = await _asked(scenario, "coded@example.org")
    issued = await scenario.ask("compliance", "IssueCode", **case, alias=alias)
    await scenario.ask("compliance", "ConfirmCode", **case, code=issued.code)
    case, _ = await _asked(scenario, "checked@example.org")
    seen = {"result": "IDENTITY_CHECK_RESULT_CONFIRMED", "seen": ["IDENTITY_EVIDENCE_PASSPORT"]}
    agent = {"name": "Agent", "email": "agent@example.org"}
    mandate = {"agent": agent, "type": "MANDATE_TYPE_POWER_OF_ATTORNEY"}
    await scenario.ask("compliance", "RecordIdentityCheck", **case, **seen, mandate=mandate)


CALLS = Calls(
    new=frozenset({"IssueCode"}),
    refused=frozenset({"ConfirmCode", "RecordIdentityCheck"}),
    drive=_drive,
)
