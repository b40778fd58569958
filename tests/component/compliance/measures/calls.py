"""What the suites over all protos have to know of measures."""

from libs.pb.prm.compliance import v1 as pb
from services.demo.scenario import ScenarioClient
from tests.capabilities import Calls


async def _taken(scenario: ScenarioClient, case_id: str) -> None:
    await scenario.eventually(
        "compliance",
        "GetMeasure",
        lambda found: found.measure.state == pb.MEASURE_STATE_TAKEN,
        case_id=case_id,
    )


async def _searched(scenario: ScenarioClient, type: str) -> str:
    """The id of a request that every service has answered."""
    email = f"{type.lower()}@example.org"
    asked = await scenario.ask(
        "compliance",
        "CreateRequest",
        type=f"REQUEST_TYPE_{type}",
        country="DE",
        channel="REQUEST_CHANNEL_EMAIL",
        identity_proof="IDENTITY_PROOF_ACCOUNT",
        subject={"name": "Measured Person", "email": email},
        aliases=[{"field": "ALIAS_FIELD_EMAIL", "value": email}],
    )
    await scenario.eventually(
        "compliance",
        "GetRequest",
        lambda found: found.request.state == pb.REQUEST_STATE_READY_FOR_REVIEW,
        id=asked.request.id,
    )
    return str(asked.request.id)


async def _drive(scenario: ScenarioClient) -> None:
    wrong = await _searched(scenario, "RECTIFICATION")
    await scenario.ask(
        "compliance",
        "BeginRectification",
        case_id=wrong,
        wrong={"email": "rectification@example.org"},
        right={"email": "rectified@example.org"},
    )
    await _taken(scenario, wrong)
    told = {"id": wrong, "recipient": "Nordlicht Pte", "channel": "REQUEST_CHANNEL_LETTER"}
    await scenario.ask("compliance", "RecordRecipientTold", **told)
    restricted = await _searched(scenario, "RESTRICTION")
    await scenario.ask("compliance", "BeginRestriction", case_id=restricted)
    await _taken(scenario, restricted)
    await scenario.ask("compliance", "LiftRestriction", case_id=restricted, channel="REQUEST_CHANNEL_LETTER")
    objected = await _searched(scenario, "OBJECTION")
    await scenario.ask("compliance", "BeginRestriction", case_id=objected)
    await _taken(scenario, objected)
    decision = {"outcome": "OBJECTION_OUTCOME_OVERRULED", "ground": "OBJECTION_GROUND_LEGAL_CLAIMS"}
    proposed = await scenario.ask("compliance", "DecideObjection", case_id=objected, **decision)
    await scenario.ask_another("compliance", "ConfirmDecision", id=proposed.decision.id)


CALLS = Calls(
    new=frozenset({"BeginRectification", "BeginRestriction", "LiftRestriction", "RecordRecipientTold"}),
    refused=frozenset({"DecideObjection"}),
    drive=_drive,
)
