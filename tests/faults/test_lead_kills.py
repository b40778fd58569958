"""Deals is killed again and again while leads come in, are passed on, accepted and declined: afterwards each is there
once, one partner at most has it, and the figures of the partners are those of the leads."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pytest

from libs.clock import SystemClock
from libs.pb.prm.deals import v1 as pb
from libs.rpc.client import CallFailed
from services.demo.scenario import ScenarioClient
from services.demo.world import approve
from tests.system.processes import Cell, a_cell
from tests.waiting import until

pytestmark = [pytest.mark.thorough, pytest.mark.xdist_group("kills")]

CALLERS, LEADS_EACH, KILLS = 6, 12, 4
WITHIN_SECONDS = 90.0
SINCE = {"year": 2026, "month": 1, "day": 1}
HELD = {pb.LEAD_STATE_OFFERED, pb.LEAD_STATE_ACCEPTED}


async def test_no_lead_is_lost_or_doubled_or_held_by_two_partners_when_deals_is_killed(tmp_path: Path) -> None:
    async with a_cell(tmp_path) as cell:
        for one in ("partners", "deals"):
            await cell.start([one])
        scenario = ScenarioClient(cell.clients, second=cell.second, run="leads", today=SystemClock().now().date())
        partners = [await approve(scenario, name) for name in ("Eins", "Zwei")]
        for one in partners:
            await scenario.ask("partners", "GrantTerritory", partner_id=one, country="DE", valid_from=SINCE)
        made: dict[str, str] = {}
        async with asyncio.TaskGroup() as group:
            callers = [group.create_task(_work(cell, number, made)) for number in range(CALLERS)]
            chance = Random(14)
            for turn in range(KILLS):
                enough = (turn + 1) * CALLERS * LEADS_EACH // (KILLS + 2) + chance.randint(0, CALLERS)
                await until(partial(_has, made, enough), within_seconds=WITHIN_SECONDS)
                await cell.end("deals", kill=True)
                await cell.start(["deals"])
            await asyncio.gather(*callers)
        await _account_for(scenario, partners, made)


def _has(made: Mapping[str, str], enough: int) -> bool:
    return len(made) >= enough


async def _work(cell: Cell, caller: int, made: dict[str, str]) -> None:
    """Bring leads in and answer their offers; every call is repeated with its request_id until it is answered."""
    for number in range(LEADS_EACH):
        key = f"lead-{caller}-{number}"
        lead = await _insist(
            cell,
            key,
            "CreateLead",
            source="LEAD_SOURCE_WEB_FORM",
            customer={"legal_name": key, "country": "DE", "domain": f"{key}.example"},
            basis="LEAD_BASIS_NO_PERSON",
        )
        made[key] = lead.id
        for method, fields in (
            ("QualifyLead", {}),
            ("DistributeLead", {}),
            ("DeclineLead", {"reason": "LEAD_DECLINE_REASON_OTHER"}) if number % 3 == 0 else ("AcceptLead", {}),
        ):
            await _insist(cell, f"{key}-{method}", method, id=lead.id, **fields)


async def _insist(cell: Cell, key: str, method: str, **fields: Any) -> Any:
    """The lead after the call, whatever breaks meanwhile; as it is if the service has gone on with it by itself."""
    scenario = ScenarioClient(cell.clients, run=key, today=SystemClock().now().date())

    async def answered() -> Any:
        with suppress(CallFailed):
            return (await scenario.ask("deals", method, request_id=key, **fields)).lead
        if "id" not in fields:
            return None
        with suppress(CallFailed):
            found = (await scenario.ask("deals", "GetLead", id=fields["id"])).lead
            with suppress(CallFailed):
                return (await scenario.ask("deals", method, request_id=key, **fields)).lead
            return found
        return None

    return await until(answered, within_seconds=WITHIN_SECONDS)


async def _account_for(scenario: ScenarioClient, partners: list[str], made: dict[str, str]) -> None:
    page = await scenario.eventually("deals", "ListLeads", page_size=200)
    names = Counter(one.customer.legal_name for one in page.leads)
    assert names == Counter(made.keys())
    assert {one.id for one in page.leads} == set(made.values())
    assert all(bool(one.partner_id) == (one.state in HELD) for one in page.leads)
    for partner in partners:
        found = (await scenario.ask("deals", "GetLeadStatistics", partner_id=partner)).statistics
        held = [one for one in page.leads if one.partner_id == partner]
        assert found.open_leads == len(held)
        assert found.accepted == sum(one.state == pb.LEAD_STATE_ACCEPTED for one in held)
        assert found.offered == found.declined + found.open_leads
