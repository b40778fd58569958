"""What the suites over all protos have to know of legal holds."""

from libs.pb.prm.compliance import v1 as pb
from services.demo.scenario import ScenarioClient
from tests.capabilities import Calls


async def _drive(scenario: ScenarioClient) -> None:
    asked = await scenario.ask(
        "compliance",
        "CreateRequest",
        type="REQUEST_TYPE_OBJECTION",
        country="DE",
        channel="REQUEST_CHANNEL_EMAIL",
        identity_proof="IDENTITY_PROOF_ACCOUNT",
        aliases=[{"field": "ALIAS_FIELD_EMAIL", "value": "held@example.org"}],
    )
    await scenario.eventually(
        "compliance",
        "GetRequest",
        lambda found: found.request.state == pb.REQUEST_STATE_READY_FOR_REVIEW,
        id=asked.request.id,
    )
    placed = await scenario.ask("compliance", "PlaceLegalHold", case_id=asked.request.id, matter="2-O-17/26")
    await scenario.ask_another("compliance", "ConfirmDecision", id=placed.decision.id)
    hold = (await scenario.ask("compliance", "ListLegalHolds", state="LEGAL_HOLD_STATE_ACTIVE")).holds[0]
    released = await scenario.ask("compliance", "ReleaseLegalHold", id=hold.id)
    await scenario.ask_another("compliance", "ConfirmDecision", id=released.decision.id)


CALLS = Calls(refused=frozenset({"PlaceLegalHold", "ReleaseLegalHold"}), drive=_drive)
