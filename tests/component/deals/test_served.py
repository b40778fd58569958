"""Deals as a process: gRPC in, events out, peers' events in, jobs on a stepped clock."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from libs.clock import SteppedClock
from libs.config import Settings
from libs.pb.prm.common.v1 import import_pb2
from libs.pb.prm.deals import v1 as deals_pb
from libs.pb.prm.partners import v1 as partners_pb
from libs.rpc.client import CallFailed, Client
from libs.runtime.cell import RunningCell, running
from services.__main__ import builders
from tests.builders import NOW, an_id

DEALS = "prm.deals.v1.DealRegistrationService"
DEADLINE_SECONDS = 20.0


@pytest.fixture
async def cell(tmp_path: Path) -> AsyncIterator[RunningCell]:
    settings = Settings(data_dir=tmp_path, listen="127.0.0.1:0")
    async with running(
        builders("partners", "deals", "orders"), settings, clock=SteppedClock(NOW), sweep=False
    ) as found:
        yield found


async def _once(request: Any) -> AsyncIterator[Any]:
    yield request


async def _partners(cell: RunningCell, client: Client, count: int) -> list[str]:
    rows = [
        partners_pb.ImportPartnerRow(
            external_source="crm",
            external_id=f"P-{number}",
            kind=partners_pb.PARTNER_KIND_RESELLER,
            legal_name=f"Partner {number}",
            country="DE",
            status=partners_pb.PARTNER_STATUS_ACTIVE,
        )
        for number in range(count)
    ]
    request = partners_pb.ImportPartnersRequest(rows=rows)
    answers = [one async for one in client.converse("prm.partners.v1.PartnerService/ImportPartners", _once(request))]
    assert {result.outcome for result in answers[0].results} == {import_pb2.IMPORT_OUTCOME_CREATED}
    await cell.settled(within_seconds=DEADLINE_SECONDS)
    return [result.id for result in answers[0].results]


def _claim(partner: str, request_id: str = "") -> deals_pb.CreateRegistrationRequest:
    line = deals_pb.RegistrationLine(sku="RTR-1", product_line="ROUTERS", quantity=2)
    customer = deals_pb.Customer(legal_name="Acme GmbH", country="DE", domain="www.acme.de")
    return deals_pb.CreateRegistrationRequest(
        partner_id=partner, customer=customer, lines=[line], request_id=request_id
    )


async def test_rivals_over_the_wire_one_is_protected_wins_and_its_order_is_named(cell: RunningCell) -> None:
    async with cell.client() as client:
        partners = await _partners(cell, client, 2)

        async def ask(method: str, request: Any) -> Any:
            return (await client.call(f"{DEALS}/{method}", request)).registration

        ids = [(await ask("CreateRegistration", _claim(partner))).id for partner in partners]
        submitted = await asyncio.gather(
            *[ask("SubmitRegistration", deals_pb.SubmitRegistrationRequest(id=id)) for id in ids]
        )
        assert sorted(one.conflict_count for one in submitted) == [0, 1]
        for id in ids:
            await ask("StartReview", deals_pb.StartReviewRequest(id=id))
        done = await asyncio.gather(
            *[ask("ApproveRegistration", deals_pb.ApproveRegistrationRequest(id=id)) for id in ids],
            return_exceptions=True,
        )
        [lost] = [one for one in done if isinstance(one, CallFailed)]
        assert (lost.code, lost.reason) == ("FAILED_PRECONDITION", "CUSTOMER_PROTECTED")
        [won] = [one for one in done if not isinstance(one, BaseException)]
        listed = await client.call(f"{DEALS}/ListConflicts", deals_pb.ListConflictsRequest(registration_id=won.id))
        assert [one.registration_id for one in listed.conflicts] == [id for id in ids if id != won.id]
        await ask("ConvertRegistration", deals_pb.ConvertRegistrationRequest(id=won.id, currency="EUR"))
        await cell.settled(within_seconds=DEADLINE_SECONDS)
        found = await client.call(f"{DEALS}/GetRegistration", deals_pb.GetRegistrationRequest(id=won.id))
        assert found.registration.order_id.startswith("ord_local_")
        assert not found.HasField("decision_deadline")


async def test_the_clock_moves_claims_of_a_running_cell(cell: RunningCell) -> None:
    assert isinstance(cell.clock, SteppedClock)
    async with cell.client() as client:
        [partner] = await _partners(cell, client, 1)
        id = (await client.call(f"{DEALS}/CreateRegistration", _claim(partner))).registration.id
        await client.call(f"{DEALS}/SubmitRegistration", deals_pb.SubmitRegistrationRequest(id=id))
        found = await client.call(f"{DEALS}/GetRegistration", deals_pb.GetRegistrationRequest(id=id))
        assert found.decision_deadline.due_time == found.registration.decision_due_time
        cell.clock.advance(timedelta(days=8))
        assert (await cell.run_jobs())["deals__breach_decision"] == 1
        await client.call(f"{DEALS}/StartReview", deals_pb.StartReviewRequest(id=id))
        await client.call(f"{DEALS}/ApproveRegistration", deals_pb.ApproveRegistrationRequest(id=id))
        cell.clock.advance(timedelta(days=80))
        assert (await cell.run_jobs())["deals__warn_of_expiry"] == 1
        cell.clock.advance(timedelta(days=10))
        assert (await cell.run_jobs())["deals__expire_protection"] == 1
        moved = await cell.run_jobs()  # those of partners still sum up what they hear of it
        assert moved.pop("deals__file_near_entries") == 1  # the claim that has ended leaves the index
        assert {rows for job, rows in moved.items() if job.startswith("deals__")} == {0}
        ended = (await client.call(f"{DEALS}/GetRegistration", deals_pb.GetRegistrationRequest(id=id))).registration
        assert ended.review == deals_pb.REVIEW_EXPIRED


async def test_refusals_arrive_with_their_code_and_reason(cell: RunningCell) -> None:
    async with cell.client() as client:
        [partner] = await _partners(cell, client, 1)
        made = (await client.call(f"{DEALS}/CreateRegistration", _claim(partner, "r1"))).registration
        again = (await client.call(f"{DEALS}/CreateRegistration", _claim(partner, "r1"))).registration
        assert again == made
        reused = _claim(partner, "r1")
        reused.lines[0].quantity = 3
        masked = deals_pb.UpdateRegistrationRequest(id=made.id)
        masked.update_mask.paths.append("customer.domain")
        refusals: list[tuple[Any, str, str]] = [
            (reused, "ALREADY_EXISTS", "REQUEST_ID_REUSED"),
            (_claim(an_id("ptn")), "NOT_FOUND", "NOT_YET_KNOWN"),
            (_claim(an_id("ptn", cell="cn")), "FAILED_PRECONDITION", "WRONG_CELL"),
            (deals_pb.GetRegistrationRequest(id=an_id("reg")), "NOT_FOUND", "NOT_FOUND"),
            (deals_pb.SubmitRegistrationRequest(id=made.id, etag="7"), "ABORTED", "ETAG_MISMATCH"),
            (deals_pb.StartReviewRequest(id=made.id), "FAILED_PRECONDITION", "WRONG_STATE"),
            (masked, "INVALID_ARGUMENT", "INVALID_INPUT"),
            (deals_pb.ListRegistrationsRequest(page_token="foreign"), "INVALID_ARGUMENT", "INVALID_INPUT"),
            (
                deals_pb.ListConflictsRequest(registration_id=made.id, page_token="9" * 99),
                "INVALID_ARGUMENT",
                "INVALID_INPUT",
            ),
        ]
        for request, code, reason in refusals:
            with pytest.raises(CallFailed) as refused:
                await client.call(f"{DEALS}/{request.DESCRIPTOR.name.removesuffix('Request')}", request)
            assert (refused.value.code, refused.value.reason) == (code, reason)
