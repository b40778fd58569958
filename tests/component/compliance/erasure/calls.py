"""What the suites over all protos have to know of erasures."""

from libs.pb.prm.compliance import v1 as pb
from services.demo.scenario import ScenarioClient
from tests.capabilities import Calls


async def _drive(scenario: ScenarioClient) -> None:
    asked = await scenario.ask(
        "compliance",
        "CreateRequest",
        type="REQUEST_TYPE_ERASURE",
        country="DE",
        channel="REQUEST_CHANNEL_EMAIL",
        identity_proof="IDENTITY_PROOF_ACCOUNT",
        subject={"name": "Erased Person", "email": "erased@example.org"},
        aliases=[{"field": "ALIAS_FIELD_EMAIL", "value": "erased@example.org"}],
    )
    await scenario.eventually("compliance", "BeginErasure", case_id=asked.request.id)
    await scenario.eventually(
        "compliance",
        "GetErasure",
        lambda found: found.erasure.state == pb.ERASURE_STATE_CERTIFIED,
        case_id=asked.request.id,
    )


CALLS = Calls(refused=frozenset({"BeginErasure"}), drive=_drive)
