"""A handover over all services, as an operator runs them: one is stopped and one is killed while it moves; when both
are back, everything open is the target's and was moved once."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from libs.clock import SystemClock
from libs.pb.prm.common.v1 import handover_pb2
from libs.pb.prm.partners import v1 as pb
from services.demo.scenario import ScenarioClient
from services.demo.world import approve
from tests.component.partners.handover.calls import is_listed
from tests.system.processes import a_cell
from tests.waiting import until

pytestmark = [pytest.mark.thorough, pytest.mark.xdist_group("kills")]

TAKING_PART = ("partners", "deals", "orders", "tickets")
CLAIMS = 300
WITHIN_SECONDS = 60.0


async def test_a_service_that_is_killed_and_one_that_is_down_move_everything_once(tmp_path: Path) -> None:
    async with a_cell(tmp_path) as cell:
        for one in TAKING_PART:
            await cell.start([one])
        scenario = ScenarioClient(cell.clients, second=cell.second, run="handover", today=SystemClock().now().date())
        leaver, target = [await approve(scenario, name) for name in ("Leaver", "Target")]
        claims = await _claims(scenario, leaver)
        ticket = await _ticket(scenario, leaver)
        opened = (await _ask_leaving(scenario, leaver, target)).handover.id
        await scenario.eventually("partners", "GetHandover", is_listed, id=opened)
        await cell.end("tickets", kill=False)
        asked = await scenario.ask("partners", "ConfirmHandover", id=opened)
        await scenario.ask_another("partners", "ConfirmDecision", id=asked.decision.id)
        await until(lambda: _has_some(scenario, target), within_seconds=WITHIN_SECONDS)
        await cell.end("deals", kill=True)
        waiting = (await scenario.ask("partners", "GetHandover", id=opened)).handover
        assert {"deals", "tickets"} <= set(waiting.missing_services)
        await cell.start(["deals", "tickets"])
        await until(lambda: _is_completed(scenario, opened), within_seconds=WITHIN_SECONDS)
        assert await _moved(scenario, opened) == sorted([*claims, ticket])
        held = await _registrations(scenario, target)
        assert {one.id: one.etag for one in held} == dict.fromkeys(claims, "2")
        assert await _registrations(scenario, leaver) == []
        assert (await scenario.ask("tickets", "GetTicket", id=ticket)).ticket.partner_id == target


async def _claims(scenario: ScenarioClient, partner: str) -> list[str]:
    """Drafts of registrations."""

    async def draft(number: int) -> str:
        fields: dict[str, Any] = {
            "partner_id": partner,
            "customer": {"legal_name": f"Customer {number}", "country": "DE"},
            "lines": [{"sku": "A", "quantity": 1}],
        }
        made = await scenario.eventually("deals", "CreateRegistration", **fields)
        return str(made.registration.id)

    first = await draft(0)
    return [first, *await asyncio.gather(*(draft(number) for number in range(1, CLAIMS)))]


async def _ticket(scenario: ScenarioClient, partner: str) -> str:
    made = await scenario.eventually(
        "tickets",
        "CreateTicket",
        partner_id=partner,
        requester={"name": "Ngozi Okafor", "email": "ngozi@example.org"},
        subject={"text": "The router does not start"},
        channel="CHANNEL_PORTAL",
        impact="IMPACT_LOW",
        urgency="URGENCY_LOW",
    )
    return str(made.ticket.id)


async def _ask_leaving(scenario: ScenarioClient, leaver: str, target: str) -> Any:
    return await scenario.ask("partners", "OpenHandover", leaving_partner_id=leaver, target_partner_id=target)


async def _has_some(scenario: ScenarioClient, partner: str) -> bool:
    page = await scenario.ask("deals", "ListRegistrations", partner_id=partner, page_size=1)
    return bool(page.registrations)


async def _is_completed(scenario: ScenarioClient, id: str) -> bool:
    found = await scenario.ask("partners", "GetHandover", id=id)
    return bool(found.handover.state == pb.HANDOVER_STATE_COMPLETED)


async def _registrations(scenario: ScenarioClient, partner: str) -> list[Any]:
    found: list[Any] = []
    token = ""
    while True:
        page = await scenario.ask("deals", "ListRegistrations", partner_id=partner, page_size=200, page_token=token)
        found += page.registrations
        if not (token := page.next_page_token):
            return found


async def _moved(scenario: ScenarioClient, id: str) -> list[str]:
    found: list[str] = []
    token = ""
    while True:
        page = await scenario.ask("partners", "ListHandoverItems", handover_id=id, page_size=200, page_token=token)
        assert {one.outcome for one in page.items} <= {handover_pb2.HANDOVER_OUTCOME_MOVED}
        found += [one.document_id for one in page.items]
        if not (token := page.next_page_token):
            return sorted(found)
