"""Hooks, the broker and the receiver are killed again and again while partners apply: afterwards the receiver has the
event of each, with one id however often it came."""

import asyncio
import signal
import sys
from asyncio.subprocess import Process
from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from libs.clock import SystemClock
from libs.rpc.client import CallFailed
from services.demo.scenario import ScenarioClient
from tests.system.processes import Cell, a_cell, free_ports
from tests.waiting import until

pytestmark = [pytest.mark.thorough, pytest.mark.xdist_group("kills")]

CALLERS, PARTNERS_EACH, TURNS = 3, 12, 2
WITHIN_SECONDS = 120.0


async def test_no_event_is_lost_when_hooks_the_broker_or_the_receiver_is_killed(tmp_path: Path) -> None:
    [port] = free_ports(1)
    book = tmp_path / "received"
    book.touch()
    async with a_cell(tmp_path, PRM_HOOKS_LOOPBACK="true") as cell:
        for one in ("partners", "hooks"):
            await cell.start([one])
        scenario = ScenarioClient(cell.clients, second=cell.second, run="hooks", today=SystemClock().now().date())
        subscription = await _subscribe(scenario, port)
        receiver = await _receive(port, book)
        applied: dict[str, str] = {}
        async with asyncio.TaskGroup() as group:
            callers = [group.create_task(_apply(cell, number, applied)) for number in range(CALLERS)]
            for turn in range(TURNS):
                for step in range(3):
                    enough = (turn * 3 + step + 1) * CALLERS * PARTNERS_EACH // (TURNS * 3 + 1)
                    await until(partial(_has, applied, enough), within_seconds=WITHIN_SECONDS)
                    if step == 0:
                        await cell.end("hooks", kill=True)
                        await cell.start(["hooks"])
                    elif step == 1:
                        await cell.kill_broker()
                    else:
                        await _end(receiver)
                        receiver = await _receive(port, book)
            await asyncio.gather(*callers)
        await until(partial(_all_there, scenario, subscription, book, applied), within_seconds=WITHIN_SECONDS)
        await _end(receiver)
    ids = _received(book)
    assert ids.keys() == set(applied.values())
    assert {len(found) for found in ids.values()} == {1}


def _received(book: Path) -> dict[str, set[str]]:
    """The ids of the webhooks about each partner."""
    ids = defaultdict[str, set[str]](set)
    for line in book.read_text().splitlines():
        event, _, partner = line.partition(" ")
        ids[partner].add(event)
    return ids


def _has(applied: Mapping[str, str], enough: int) -> bool:
    return len(applied) >= enough


async def _subscribe(scenario: ScenarioClient, port: int) -> str:
    made = await scenario.ask(
        "hooks",
        "CreateSubscription",
        name="ERP",
        url=f"http://127.0.0.1:{port}/",
        event_types=["partners.partner.applied"],
        scheme="SIGNATURE_SCHEME_ED25519",
    )
    return str(made.subscription.id)


async def _receive(port: int, book: Path) -> Process:
    return await asyncio.create_subprocess_exec(sys.executable, "-m", "tests.faults.receiver", str(port), str(book))


async def _end(receiver: Process) -> None:
    receiver.send_signal(signal.SIGKILL)
    await receiver.wait()


async def _apply(cell: Cell, caller: int, applied: dict[str, str]) -> None:
    """Partners apply; a call that fails is repeated with its request_id until it is answered."""
    for number in range(PARTNERS_EACH):
        key = f"apply-{caller}-{number}"
        scenario = ScenarioClient(cell.clients, run=key, today=SystemClock().now().date())
        fields = {"kind": "PARTNER_KIND_RESELLER", "legal_name": key, "country": "DE", "request_id": key}
        applied[key] = await until(partial(_answered, scenario, fields), within_seconds=WITHIN_SECONDS)


async def _answered(scenario: ScenarioClient, fields: dict[str, Any]) -> str:
    with suppress(CallFailed):
        return str((await scenario.ask("partners", "ApplyPartner", **fields)).partner.id)
    return ""


async def _all_there(scenario: ScenarioClient, subscription: str, book: Path, applied: Mapping[str, str]) -> bool:
    """Whether the receiver has everything. What waits for its next attempt is asked for, so that nobody waits for
    minutes."""
    if _received(book).keys() >= set(applied.values()):
        return True
    with suppress(CallFailed):
        found = await scenario.ask(
            "hooks",
            "ListDeliveries",
            subscription_id=subscription,
            state="DELIVERY_STATE_PENDING",
            page_size=200,
        )
        for one in found.deliveries:
            if one.attempt_count > 1:
                await scenario.ask("hooks", "Redeliver", id=one.id, etag=one.etag)
    return False
