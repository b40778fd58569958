"""The trail records every read of the trail itself: the method, the ids in the request, and whether it was allowed."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from libs.clock import ShiftedClock
from libs.config import Settings
from libs.pb.prm.compliance import v1 as pb
from libs.rpc.client import CallFailed, Client
from libs.runtime.cell import RunningCell, running
from services.__main__ import builders
from tests.builders import an_id
from tests.contracts.proto.image import built
from tests.waiting import until

pytestmark = pytest.mark.xdist_group("audit")

COMPLIANCE = "prm.compliance.v1.ComplianceService"
TICKET, ORDER = an_id("tkt", 1), an_id("ord", 2)
SHOWN, REFUSED = pb.AUDIT_OUTCOME_DISCLOSED, pb.AUDIT_OUTCOME_REFUSED

READS = "compliance.audit_entry."

Entry = pb.AuditEntry


async def _entries(client: Client, method: str) -> list[Entry]:
    asked = pb.ListAuditEntriesRequest(method=f"/{COMPLIANCE}/{method}", page_size=200)
    return list((await client.call(f"{COMPLIANCE}/ListAuditEntries", asked)).entries)


async def _by(client: Client, method: str, actor: str) -> list[Entry]:
    return [entry for entry in await _entries(client, method) if entry.actor == actor]


async def _signed(cell: RunningCell, clock: ShiftedClock, client: Client) -> str:
    """An entry of the trail for which a proof is available."""

    async def found() -> str:
        clock.advance(timedelta(minutes=2))
        await cell.run_jobs()
        for entry in await _entries(client, "ListAuditEntries"):
            try:
                await client.call(f"{COMPLIANCE}/GetInclusionProof", pb.GetInclusionProofRequest(id=entry.id))
            except CallFailed:
                continue
            return str(entry.id)
        return ""

    return await until(found, within_seconds=30.0)


async def _told(client: Client, method: str, **wanted: Any) -> Entry:
    def is_it(entry: Entry) -> bool:
        return all(_plain(getattr(entry, name)) == value for name, value in wanted.items())

    async def found() -> list[Entry]:
        return [entry for entry in await _entries(client, method) if is_it(entry)]

    return (await until(found, within_seconds=30.0))[0]


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int) else tuple(value)


async def test_every_read_of_the_trail_leaves_an_entry_with_the_ids_it_asked_about(tmp_path: Path) -> None:
    settings, clock = Settings(data_dir=tmp_path, listen="127.0.0.1:0"), ShiftedClock()
    async with (
        running(builders("compliance"), settings, clock=clock, sweep=False) as cell,
        cell.client("auditor", subject="looks") as looks,
        cell.client("marketing", subject="curious") as curious,
        cell.client("auditor", subject="checks") as checks,
    ):
        listed = pb.ListAuditEntriesRequest(resource_id=TICKET, shown_id=ORDER)
        await looks.call(f"{COMPLIANCE}/ListAuditEntries", listed)
        entry = await _told(checks, "ListAuditEntries", actor="dev:looks")
        assert (entry.outcome, entry.resource_id, tuple(entry.shown_ids)) == (SHOWN, TICKET, (TICKET, ORDER))
        assert list(entry.roles) == ["auditor"]

        with pytest.raises(CallFailed):
            await curious.call(f"{COMPLIANCE}/ListAuditEntries", listed, attempts=1)
        refused = await _told(checks, "ListAuditEntries", actor="dev:curious")
        assert (refused.outcome, refused.resource_id, refused.reason) == (REFUSED, TICKET, "PERMISSION_DENIED")

        unknown = pb.GetInclusionProofRequest(id=an_id("aud"))
        with pytest.raises(CallFailed):
            await looks.call(f"{COMPLIANCE}/GetInclusionProof", unknown, attempts=1)
        await _told(checks, "GetInclusionProof", actor="dev:looks", outcome=REFUSED, resource_id=an_id("aud"))

        signed = await _signed(cell, clock, looks)
        await _told(checks, "GetInclusionProof", outcome=SHOWN, resource_id=signed, shown_ids=(signed,))
        await looks.call(f"{COMPLIANCE}/GetCheckpoint", pb.GetCheckpointRequest())
        await _told(checks, "GetCheckpoint", actor="dev:looks", outcome=SHOWN, resource_id="")
        await looks.call(f"{COMPLIANCE}/GetConsistencyProof", pb.GetConsistencyProofRequest(first_size=1))
        await _told(checks, "GetConsistencyProof", actor="dev:looks", outcome=SHOWN, resource_id="")
        await looks.call(f"{COMPLIANCE}/ListTrailFindings", pb.ListTrailFindingsRequest(service="deals"))
        await _told(checks, "ListTrailFindings", actor="dev:looks", outcome=SHOWN, resource_id="")
        pieces = [one async for one in looks.stream(f"{COMPLIANCE}/ExportAudit", pb.ExportAuditRequest())]
        await _told(checks, "ExportAudit", actor="dev:looks", outcome=SHOWN, resource_id="", call_count=0)
        assert pieces


async def test_a_look_that_is_repeated_within_a_minute_leaves_one_entry_and_each_export_its_own(tmp_path: Path) -> None:
    settings, clock = Settings(data_dir=tmp_path, listen="127.0.0.1:0"), ShiftedClock()
    async with (
        running(builders("compliance"), settings, clock=clock, sweep=False) as cell,
        cell.client("auditor", subject="looks") as looks,
        cell.client("auditor", subject="checks") as checks,
    ):
        listed = pb.ListAuditEntriesRequest(resource_id=TICKET)
        await _signed(cell, clock, checks)
        for _ in range(3):
            for _ in range(5):
                await looks.call(f"{COMPLIANCE}/ListAuditEntries", listed)
            async for _ in looks.stream(f"{COMPLIANCE}/ExportAudit", pb.ExportAuditRequest()):
                pass
            clock.advance(timedelta(minutes=2))
        await looks.call(f"{COMPLIANCE}/ListAuditEntries", pb.ListAuditEntriesRequest(resource_id=ORDER))

        async def told() -> bool:
            lists = await _by(checks, "ListAuditEntries", "dev:looks")
            exports = await _by(checks, "ExportAudit", "dev:looks")
            assert len(lists) <= 4
            return [one.resource_id for one in lists] == [ORDER, TICKET, TICKET, TICKET] and len(exports) == 3

        await until(told, within_seconds=30.0)


async def test_what_somebody_read_of_a_ticket_is_found_by_the_ticket(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, listen="127.0.0.1:0")
    async with running(builders("compliance"), settings) as cell, cell.client("auditor", subject="looks") as looks:
        asked = pb.ListAuditEntriesRequest(resource_id=TICKET)

        async def told() -> bool:
            return bool((await looks.call(f"{COMPLIANCE}/ListAuditEntries", asked)).entries)

        await until(told, within_seconds=30.0)


def test_every_method_that_reads_the_trail_is_recorded() -> None:
    reading = [one.access for one in built().methods if one.access and one.access.permission.startswith(READS)]
    assert len(reading) == 6
    assert all(access.recorded for access in reading)
