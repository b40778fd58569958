"""A cell in which every RPC was called with marked personal data."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from libs.clock import SystemClock
from libs.config import Settings
from libs.runtime.cell import RunningCell, running
from libs.runtime.platform import Platform
from services.__main__ import builders
from services.demo.scenario import SERVICES, ScenarioClient
from services.demo.story import STEPS, play
from tests.system.extra_calls import drive
from tests.system.marks import Marking, Marks

POLICY = Settings().policy_file


@asynccontextmanager
async def played(
    folder: Path, marks: Marks, platforms: type[Platform] = Platform, *, store_url: str = "", policy: Path = POLICY
) -> AsyncIterator[RunningCell]:
    """A cell in which every RPC was called with marked requests."""
    settings = Settings(data_dir=folder, listen="127.0.0.1:0", store_url=store_url, policy_file=policy)
    async with (
        running(builders(), settings, platforms=platforms) as cell,
        cell.client() as client,
        cell.client(subject="second") as second,
    ):
        marking = Marking(client, marks)
        scenario = ScenarioClient(
            dict.fromkeys(SERVICES, marking),
            second=dict.fromkeys(SERVICES, Marking(second, marks)),
            run="marked",
            today=SystemClock().now().date(),
        )
        await play(scenario, STEPS)
        await drive(scenario, marking, cell)  # type: ignore[arg-type]  # a client as well
        await _decisions_wait(scenario)
        await cell.run_jobs()
        await cell.settled()
        yield cell


async def _decisions_wait(scenario: ScenarioClient) -> None:
    """Acts that nobody confirms, whose commands stay stored."""
    note = {"text": "Somebody should look at it."}
    reason = "STATUS_REASON_PARTNER_REQUEST"
    await scenario.ask(
        "partners", "TerminatePartner", id=scenario.held["south"], status_reason=reason, status_note=note
    )
    line = {"kind": "LINE_KIND_PRODUCT", "sku": "RTR-100", "quantity": 900}
    order = {"partner_id": scenario.held["north"], "currency": "EUR", "ship_to_country": "DE", "lines": [line]}
    made = (await scenario.ask("orders", "CreateOrder", **order)).order.id
    await scenario.ask("orders", "SubmitOrder", id=made)
    await scenario.ask("orders", "ReleaseHold", id=made, reason="HOLD_REASON_CREDIT", release_note=note)
    alias = {"field": "ALIAS_FIELD_EMAIL", "value": "waiting@example.org"}
    asked = {"type": "REQUEST_TYPE_OPT_OUT", "country": "GB", "channel": "REQUEST_CHANNEL_EMAIL", "aliases": [alias]}
    request = (await scenario.ask("compliance", "CreateRequest", **asked)).request.id
    await scenario.ask("compliance", "DenyRequest", id=request, reason="DENIAL_REASON_NO_MATCH", note=note)
