"""What the suites over all protos have to know of handovers."""

from typing import Any

from libs.pb.prm.partners import v1 as pb
from services.demo.scenario import ScenarioClient
from tests.capabilities import Calls


def is_listed(found: Any) -> bool:
    """Whether every service has listed what is open."""
    return bool(found.handover.state == pb.HANDOVER_STATE_LISTED)


async def _drive(scenario: ScenarioClient) -> None:
    users = {"leaving_user": "auth0|leaving", "target_user": "auth0|target"}
    canceled = (await scenario.ask("partners", "OpenHandover", **users)).handover.id
    await scenario.ask("partners", "CancelHandover", id=canceled)
    opened = (await scenario.ask("partners", "OpenHandover", **users)).handover.id
    await scenario.eventually("partners", "GetHandover", is_listed, id=opened)
    asked = await scenario.ask("partners", "ConfirmHandover", id=opened)
    await scenario.ask_another("partners", "ConfirmDecision", id=asked.decision.id)


CALLS = Calls(refused=frozenset({"OpenHandover", "ConfirmHandover", "CancelHandover"}), drive=_drive)
