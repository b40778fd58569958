"""What the suites over all protos have to know of handling."""

from services.demo.scenario import ScenarioClient
from tests.capabilities import Calls


async def _asked(scenario: ScenarioClient, type: str, **fields: object) -> dict[str, str]:
    """The id of a new request, as the field of a call about it."""
    content = {
        "type": f"REQUEST_TYPE_{type}",
        "country": "GB",
        "channel": "REQUEST_CHANNEL_EMAIL",
        "aliases": [{"field": "ALIAS_FIELD_EMAIL", "value": "handled@example.org"}],
        **fields,
    }
    return {"id": (await scenario.ask("compliance", "CreateRequest", **content)).request.id}


async def _drive(scenario: ScenarioClient) -> None:
    opted_out = await _asked(scenario, "OPT_OUT")
    await scenario.ask("compliance", "PauseRequest", **opted_out, reason="HOLD_REASON_INFORMATION_AWAITED")
    await scenario.ask("compliance", "ResumeRequest", **opted_out)
    await scenario.ask("compliance", "CompleteRequest", **opted_out, done={"text": "No data is sold."})
    complaint = await _asked(scenario, "COMPLAINT", about_case_id=opted_out["id"])
    denial = {**complaint, "reason": "DENIAL_REASON_CLAIM_NOT_COVERED", "note": {"text": "It was answered in time."}}
    declined = await scenario.ask("compliance", "DenyRequest", **denial)
    await scenario.ask("compliance", "DeclineDecision", id=declined.decision.id)
    confirmed = await scenario.ask("compliance", "DenyRequest", **denial)
    await scenario.ask_another("compliance", "ConfirmDecision", id=confirmed.decision.id)
    await scenario.ask("compliance", "WithdrawRequest", **await _asked(scenario, "ACCESS"))


CALLS = Calls(
    refused=frozenset({"PauseRequest", "ResumeRequest", "CompleteRequest", "DenyRequest", "WithdrawRequest"}),
    drive=_drive,
)
