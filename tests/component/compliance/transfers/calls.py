"""What the suites over all protos have to know of transfers."""

from typing import Any

from services.demo.scenario import ScenarioClient, day
from tests.capabilities import Calls

PURPOSE = "essential.service.operations"


def _terms(scenario: ScenarioClient) -> dict[str, Any]:
    return {
        "mechanism": "TRANSFER_MECHANISM_STANDARD_CONTRACTUAL_CLAUSES",
        "purpose": PURPOSE,
        "categories": ["user.name", "user.contact"],
        "recipient": "Nordlicht Pte",
        "recipient_country": "SG",
        "valid_from": day(scenario.today),
    }


def _filing(scenario: ScenarioClient) -> dict[str, Any]:
    return {"authority": "cac-shanghai", "reference": "2026-117", "file_date": day(scenario.today)}


async def _prepare(scenario: ScenarioClient) -> None:
    made = await scenario.ask("compliance", "RegisterTransfer", terms=_terms(scenario))
    scenario.held["transfer"] = made.transfer.id


async def _drive(scenario: ScenarioClient) -> None:
    await _prepare(scenario)
    transfer = scenario.held["transfer"]
    await scenario.ask("compliance", "FileTransfer", id=transfer, filing=_filing(scenario))
    asked = await scenario.ask("compliance", "PublishTransfer", id=transfer)
    await scenario.ask_another("compliance", "ConfirmDecision", id=asked.decision.id)
    person = {"name": "Ada", "email": "ada@example.org"}
    flow = {
        "transfer_id": transfer,
        "purpose": PURPOSE,
        "categories": ["user.name"],
        "recipient_country": "SG",
        "persons": [person],
    }
    record = (await scenario.ask("compliance", "RecordTransfer", flow=flow)).record
    assert record.allowed, record.refusals
    refused = (await scenario.ask("compliance", "RecordTransfer", flow={**flow, "transfer_id": ""})).record
    assert not refused.allowed
    other = (await scenario.ask("compliance", "RegisterTransfer", terms=_terms(scenario))).transfer
    declined = await scenario.ask("compliance", "PublishTransfer", id=other.id)
    await scenario.ask("compliance", "DeclineDecision", id=declined.decision.id)
    await scenario.ask("compliance", "EndTransfer", id=other.id)


CALLS = Calls(
    new=frozenset({"RegisterTransfer", "RecordTransfer"}),
    refused=frozenset({"PublishTransfer", "EndTransfer"}),
    repeated={
        "FileTransfer": (
            "compliance",
            lambda scenario: {"id": scenario.held["transfer"], "filing": _filing(scenario)},
        ),
    },
    prepare=_prepare,
    drive=_drive,
)
