"""Work on a cell whose processes are killed at random, and the account of what became of it."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress
from random import Random
from typing import Any

import msgspec

from libs.clock import SystemClock
from libs.rpc.client import CallFailed
from services.demo.scenario import SERVICES, ScenarioClient, rpc_path
from tests.system.processes import Cell
from tests.waiting import until

CALLERS = 8
COMMANDS_BETWEEN = (5, 120)
ANSWER_SECONDS = 120.0
SETTLE_SECONDS = 90.0
BROKER = "broker"
VICTIMS = (*SERVICES, BROKER)


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """acknowledged: commands whose answer arrived. lost: of those, what is not there any more. doubled: commands that
    were answered with two different results. events_missing, events_doubled: of the trail."""

    acknowledged: int
    lost: int
    doubled: int
    events_missing: int
    events_doubled: int

    @property
    def clean(self) -> bool:
        """Nothing lost, nothing doubled."""
        return not (self.lost or self.doubled or self.events_missing or self.events_doubled)


async def kill_under_load(
    cell: Cell, scenario: ScenarioClient, *, rounds: int, chance: Random, victims: tuple[str, ...]
) -> Account:
    """Callers create claims while, in each round, one victim is killed and started again; then everything is counted.

    `scenario` has an active partner `north`. Callers repeat a failed call with its request_id until it is answered.
    """
    answers: dict[str, set[str]] = {}
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for caller in range(CALLERS):
            group.create_task(_create_claims(cell, scenario.held["north"], caller, stop, answers))
        for _ in range(rounds):
            await _some_work(answers, chance)
            await _kill(cell, chance.choice(victims))
        await _some_work(answers, chance)
        stop.set()
    return await _count(scenario, answers)


async def _create_claims(
    cell: Cell, partner: str, caller: int, stop: asyncio.Event, answers: dict[str, set[str]]
) -> None:
    number = 0
    while not stop.is_set():
        number += 1
        key = f"kill-{caller}-{number}"
        claim = await _insist(cell, key, partner)
        answers.setdefault(key, set()).add(claim)
        if number % 5 == 0:  # a caller that did not hear the answer asks again
            answers[key].add(await _insist(cell, key, partner))


async def _insist(cell: Cell, key: str, partner: str) -> str:
    """The id of the claim that the request made, whatever breaks meanwhile."""
    scenario = ScenarioClient(cell.clients, run=key, today=SystemClock().now().date())

    async def answered() -> str:
        with suppress(CallFailed):
            answer = await scenario.ask(
                "deals",
                "CreateRegistration",
                request_id=key,
                partner_id=partner,
                customer={"legal_name": key, "country": "DE"},
                lines=[{"sku": "A", "quantity": 1}],
            )
            return str(answer.registration.id)
        return ""

    return await until(answered, within_seconds=ANSWER_SECONDS)


async def _kill(cell: Cell, victim: str) -> None:
    if victim == BROKER:
        await cell.kill_broker()
    else:
        await cell.end(victim, kill=True)
        await cell.start([victim])


async def _some_work(answers: dict[str, set[str]], chance: Random) -> None:
    """Let a random number of commands be answered."""
    enough = len(answers) + chance.randint(*COMMANDS_BETWEEN)
    await until(lambda: len(answers) >= enough, within_seconds=ANSWER_SECONDS)


async def _count(scenario: ScenarioClient, answers: dict[str, set[str]]) -> Account:
    claims = {claim for found in answers.values() for claim in found}
    lost = 0
    for claim in claims:
        try:
            await scenario.eventually("deals", "GetRegistration", id=claim)
        except TimeoutError:
            lost += 1
    stored = Counter[str]()

    async def all_there() -> bool:
        stored.clear()
        async for entry in _trail(scenario):
            stored[entry.resource_id] += 1
        return all(stored[claim] for claim in claims)

    with suppress(AssertionError):
        await until(all_there, within_seconds=SETTLE_SECONDS)
    return Account(
        acknowledged=len(claims),
        lost=lost,
        doubled=sum(len(found) > 1 for found in answers.values()),
        events_missing=sum(not stored[claim] for claim in claims),
        events_doubled=sum(count > 1 for claim, count in stored.items() if claim.startswith("reg_")),
    )


async def _trail(scenario: ScenarioClient) -> AsyncIterator[Any]:
    token = ""
    while True:
        page = await scenario.eventually(
            "compliance",
            "ListAuditEntries",
            page_size=200,
            page_token=token,
            method=f"/{rpc_path('deals', 'CreateRegistration')}",
        )
        for entry in page.entries:
            yield entry
        token = page.next_page_token
        if not token:
            return
