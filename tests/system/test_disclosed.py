"""The trail records every call that showed personal data, even if the process that showed it is killed."""

import asyncio
from pathlib import Path

import pytest

from libs.pb.prm.common.v1 import person_pb2
from libs.pb.prm.compliance import v1 as pb
from libs.rpc.client import CallFailed
from tests.system.processes import a_cell
from tests.waiting import until

pytestmark = pytest.mark.xdist_group("audit")

DISCLOSED = pb.AUDIT_OUTCOME_DISCLOSED


async def test_what_was_shown_is_in_the_trail_though_the_process_is_killed_the_moment_after(tmp_path: Path) -> None:
    compliance, callers, shown = "prm.compliance.v1.ComplianceService", 16, 0
    async with a_cell(tmp_path) as cell:
        await cell.start(["compliance"])
        client = cell.clients["compliance"]
        asked = pb.CreateRequestRequest(
            type=pb.REQUEST_TYPE_ACCESS,
            country="DE",
            channel=pb.REQUEST_CHANNEL_EMAIL,
            subject=person_pb2.Person(email="person@example.org"),
            identity_proof=pb.IDENTITY_PROOF_ACCOUNT,
        )
        request = (await client.call(f"{compliance}/CreateRequest", asked)).request.id

        async def look() -> None:
            nonlocal shown
            while True:
                await client.call(f"{compliance}/GetRequest", pb.GetRequestRequest(id=request), attempts=1)
                shown += 1

        looking = [asyncio.ensure_future(look()) for _ in range(callers)]
        await until(lambda: shown >= 100)
        await cell.end("compliance", kill=True)
        assert all(isinstance(one, CallFailed) for one in await asyncio.gather(*looking, return_exceptions=True))
        await cell.start(["compliance"])

        async def told() -> int:
            found, page = 0, None
            while page is None or page.next_page_token:
                token = page.next_page_token if page else ""
                asking = pb.ListAuditEntriesRequest(resource_id=request, page_size=200, page_token=token)
                page = await client.call(f"{compliance}/ListAuditEntries", asking)
                found += len([entry for entry in page.entries if entry.outcome == DISCLOSED])
            return found if found >= shown else 0

        assert await until(told, within_seconds=60.0) <= shown + callers  # those whose answers were on the way
