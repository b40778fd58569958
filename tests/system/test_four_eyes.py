"""A decision survives a killed process, and its author still cannot confirm it."""

from pathlib import Path
from typing import Any

import pytest

from libs.clock import SystemClock
from services.demo.scenario import ScenarioClient
from tests.system.processes import Cell, a_cell

pytestmark = pytest.mark.xdist_group("system")

TERMINATED, CONFIRMED = 5, 2


async def test_a_pending_termination_survives_a_kill_and_is_confirmed_by_somebody_else(tmp_path: Path) -> None:
    async with a_cell(tmp_path) as cell:
        await cell.start(["partners"])
        scenario = ScenarioClient(cell.clients, second=cell.second, run="two", today=SystemClock().now().date())
        partner = await _active(scenario)
        asked = await scenario.ask(
            "partners", "TerminatePartner", id=partner.id, status_reason="STATUS_REASON_AGREEMENT_BREACH"
        )
        await _killed(cell)
        assert await _now(scenario, partner.id) == asked.partner == partner
        waiting = await scenario.ask("partners", "ListDecisions", state="DECISION_STATE_PENDING")
        assert list(waiting.decisions) == [asked.decision]
        refused = await scenario.refused("partners", "ConfirmDecision", id=asked.decision.id)
        assert (refused.code, refused.reason) == ("PERMISSION_DENIED", "SECOND_PERSON_REQUIRED")
        confirm = {"request_id": "confirm-1", "id": asked.decision.id}
        confirmed = await scenario.ask_another("partners", "ConfirmDecision", **confirm)
        await _killed(cell)
        assert await scenario.ask_another("partners", "ConfirmDecision", **confirm) == confirmed
        assert (confirmed.decision.state, confirmed.decision.author) == (CONFIRMED, "dev:first")
        assert (confirmed.decision.decider, (await _now(scenario, partner.id)).status) == ("dev:second", TERMINATED)


async def _active(scenario: ScenarioClient) -> Any:
    applied = await scenario.ask(
        "partners",
        "ApplyPartner",
        kind="PARTNER_KIND_RESELLER",
        legal_name="Weitblick GmbH",
        country="DE",
        registration_id="DE136695976",
        registration_id_type="REGISTRATION_ID_TYPE_VAT",
    )
    await scenario.ask("partners", "StartVetting", id=applied.partner.id)
    return (await scenario.ask("partners", "ApprovePartner", id=applied.partner.id)).partner


async def _killed(cell: Cell) -> None:
    await cell.end("partners", kill=True)
    await cell.start(["partners"])


async def _now(scenario: ScenarioClient, id: str) -> Any:
    return (await scenario.ask("partners", "GetPartner", id=id)).partner
