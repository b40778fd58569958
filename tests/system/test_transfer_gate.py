"""The register of transfers decides what a running cell states to the others: each refusal is counted and in the trail,
and stays so after a restart."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from libs.clock import SystemClock
from libs.config import Settings
from libs.country import Cell, Directory
from libs.runtime.cell import RunningCell, running
from libs.runtime.hub import make_hub_passwords
from services.__main__ import builders
from services.demo.scenario import SERVICES, ScenarioClient, day
from services.demo.world import COMPLIANCE, PARTNERS, register
from tests.system.processes import free_ports
from tests.waiting import until

pytestmark = pytest.mark.xdist_group("system")

CODE = "cn"
CHINA = Cell(code=CODE, countries=("CN",), time_zone="Asia/Shanghai", currency="CNY")
PURPOSE = "essential.service.operations"
NAMED = "user.contact.organization"


@asynccontextmanager
async def alone(folder: Path, run: str) -> AsyncIterator[tuple[RunningCell, ScenarioClient]]:
    """A cell in China with the law's own thresholds, whose hub is away. run: part of each request id."""
    [port] = free_ports(1)
    passwords = make_hub_passwords(folder / "hub", [CODE])
    settings = Settings(
        data_dir=folder,
        listen="127.0.0.1:0",
        hub_url=f"nats-leaf://127.0.0.1:{port}",
        hub_password_file=passwords / CODE / "password",
    )
    async with (
        running(builders(PARTNERS, COMPLIANCE), settings, directory=Directory(CHINA, ())) as cell,
        cell.client() as client,
        cell.client(subject="other") as other,
    ):
        today = SystemClock().now().date()
        clients, seconds = dict.fromkeys(SERVICES, client), dict.fromkeys(SERVICES, other)
        yield cell, ScenarioClient(clients, second=seconds, run=run, today=today)


async def approved(told: ScenarioClient, number: int) -> None:
    """A partner of which the directory has something to state."""
    made = await told.ask(
        PARTNERS,
        "ApplyPartner",
        legal_name=f"Company {number} Ltd",
        kind="PARTNER_KIND_RESELLER",
        country="CN",
        registration_id=f"REG-{number}",
        registration_id_type="REGISTRATION_ID_TYPE_OTHER",
    )
    await told.ask(PARTNERS, "StartVetting", id=made.partner.id)
    await told.ask(PARTNERS, "ApprovePartner", id=made.partner.id)


async def in_trail(cell: RunningCell, told: ScenarioClient) -> list[str]:
    """The reasons of the messages that the gate held, as the trail has them."""
    await cell.settled()
    found = await told.ask(COMPLIANCE, "ListAuditEntries", page_size=200)
    return sorted(one.reason for one in found.entries if one.method == f"{PARTNERS}__edge")


async def send_something_sensitive(told: ScenarioClient) -> None:
    """One person's payment data, which the law permits under a filed contract; later flows need one too."""
    filed = await register(
        told, "", mechanism="TRANSFER_MECHANISM_CAC_STANDARD_CONTRACT", categories=["user"], recipient_country="SG"
    )
    flow = {
        "transfer_id": filed,
        "purpose": PURPOSE,
        "categories": ["user.payment"],
        "recipient_country": "SG",
        "persons": [{"name": "Ada", "email": "ada@example.org"}],
    }
    record = (await told.ask(COMPLIANCE, "RecordTransfer", flow=flow)).record
    assert (record.allowed, "cn.sensitive_persons.1" in record.warnings) == (True, True)


async def test_each_refusal_is_counted_and_in_the_trail_and_stays_after_a_restart(tmp_path: Path) -> None:
    reasons: list[str] = []

    async def held(cell: RunningCell, told: ScenarioClient, reason: str) -> None:
        """The next message is held for this reason."""
        await cell.settled()
        before = cell.border.relays[PARTNERS].blocked.copy()
        reasons.append(reason)
        await approved(told, len(reasons))
        await until(lambda: cell.border.relays[PARTNERS].blocked - before == {reason: 1}, within_seconds=20)
        assert await in_trail(cell, told) == sorted(reasons)

    async with alone(tmp_path, "first") as (cell, told):
        await held(cell, told, "UNREGISTERED")
        await register(told, "directory", categories=[])
        await held(cell, told, "WRONG_CATEGORY")
        yesterday = told.today - timedelta(days=1)
        past: dict[str, Any] = {"valid_from": day(yesterday), "valid_until": day(yesterday)}
        await register(told, "directory", **past)
        await held(cell, told, "EXPIRED")
        consent = await register(told, "directory", mechanism="TRANSFER_MECHANISM_CONSENT", categories=[NAMED])
        await send_something_sensitive(told)
        await held(cell, told, "OVER_THRESHOLD")
    async with alone(tmp_path, "second") as (cell, told):
        await held(cell, told, "OVER_THRESHOLD")
        count = (await told.ask(COMPLIANCE, "GetTransferCount")).count
        assert (count.person_count, count.sensitive_person_count) == (1, 1)
        await told.ask(COMPLIANCE, "EndTransfer", id=consent)
        await held(cell, told, "ENDED")
        await register(told, "directory")
        await cell.settled()
        await cell.run_jobs()
        relay = cell.border.relays[PARTNERS]
        await until(lambda: relay.stats.published == len(reasons), within_seconds=20)
        assert await in_trail(cell, told) == sorted(reasons)
