"""Tickets as a process: gRPC in, events out, peers' events in; beside partners, the only peer it cannot do without."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from libs.clock import SteppedClock
from libs.config import Settings
from libs.country import Cell, Directory
from libs.partner import PartnerFacts, PartnerStatus
from libs.partner_projection import ProjectPartner, project_partner
from libs.pb.prm.common.v1 import import_pb2
from libs.pb.prm.partners import v1 as partners_pb
from libs.pb.prm.tickets import v1 as tickets_pb
from libs.rpc.client import CallFailed
from libs.runtime.cell import RunningCell, running
from services.__main__ import builders
from tests.builders import NOW, a_call, an_id
from tests.component.tickets.harness import a_filing, stamp
from tests.component.tickets.migration.test_imports import a_row

TICKETS = "prm.tickets.v1.TicketService"
DEADLINE_SECONDS = 20.0


@pytest.fixture
async def cell(tmp_path: Path) -> AsyncIterator[RunningCell]:
    settings = Settings(data_dir=tmp_path, listen="127.0.0.1:0")
    async with running(builders("partners", "tickets"), settings, clock=SteppedClock(NOW), sweep=False) as found:
        yield found


async def _once(request: Any) -> AsyncIterator[Any]:
    yield request


async def _import_partner(cell: RunningCell) -> str:
    row = partners_pb.ImportPartnerRow(
        external_source="itsm",
        external_id="Location-1",
        kind=partners_pb.PARTNER_KIND_RESELLER,
        legal_name="Helpdesk Location 1",
        country="DE",
        status=partners_pb.PARTNER_STATUS_ACTIVE,
    )
    async with cell.client() as client:
        request = partners_pb.ImportPartnersRequest(rows=[row])
        answers = [
            one async for one in client.converse("prm.partners.v1.PartnerService/ImportPartners", _once(request))
        ]
    [result] = answers[0].results
    assert result.outcome == import_pb2.IMPORT_OUTCOME_CREATED
    await cell.settled(within_seconds=DEADLINE_SECONDS)
    return str(result.id)


async def test_a_ticket_breaches_is_solved_and_imported_through_a_running_cell(cell: RunningCell) -> None:
    partner = await _import_partner(cell)
    async with cell.client() as client:
        assert await client.health(TICKETS) == "SERVING"
        filed = (await client.call(f"{TICKETS}/CreateTicket", a_filing(partner_id=partner))).ticket
        assert isinstance(cell.clock, SteppedClock)
        cell.clock.advance(timedelta(hours=2))
        assert (await cell.run_jobs())["tickets__publish_deadlines"] == 1
        explained = await client.call(
            f"{TICKETS}/ExplainDeadline",
            tickets_pb.ExplainDeadlineRequest(id=filed.id, clock_type=tickets_pb.CLOCK_TYPE_FIRST_RESPONSE),
        )
        assert explained.clock.breach_time == explained.deadline.due_time == stamp(NOW + timedelta(hours=1))
        await client.call(f"{TICKETS}/AssignTicket", tickets_pb.AssignTicketRequest(id=filed.id, assignee="u1"))
        await client.call(
            f"{TICKETS}/ResolveTicket", tickets_pb.ResolveTicketRequest(id=filed.id, resolution_code="DONE")
        )
        closing = tickets_pb.CloseTicketRequest(id=filed.id, close_code=tickets_pb.CLOSE_CODE_SOLVED)
        closed = (await client.call(f"{TICKETS}/CloseTicket", closing)).ticket
        assert closed.sla_outcome == tickets_pb.SLA_OUTCOME_BREACHED
        rows = [a_row("INC1", partner_id="", partner_external_source="itsm", partner_external_id="Location-1")]
        request = tickets_pb.ImportTicketsRequest(rows=rows)
        answers = [one async for one in client.converse(f"{TICKETS}/ImportTickets", _once(request))]
        assert [result.outcome for result in answers[0].results] == [import_pb2.IMPORT_OUTCOME_CREATED]
        listed = (
            await client.call(f"{TICKETS}/ListTickets", tickets_pb.ListTicketsRequest(partner_id=partner))
        ).tickets
        assert [ticket.external_id for ticket in listed] == ["", "INC1"]
    await cell.settled(within_seconds=DEADLINE_SECONDS)
    # Seven of the ticket, one of who was shown it, one of how many there were when the jobs ran.
    assert cell.relays["tickets"].stats.published == 9


async def test_a_cell_of_one_country_serves_that_country(tmp_path: Path) -> None:
    berlin = Directory(Cell(code="de", countries=("DE",), time_zone="Europe/Berlin", currency="EUR"))
    settings = Settings(data_dir=tmp_path, listen="127.0.0.1:0")
    async with running(builders("tickets"), settings, clock=SteppedClock(NOW), directory=berlin, sweep=False) as found:
        fact = PartnerFacts(id=an_id("ptn", cell="de"), facts_version=1, status=PartnerStatus.ACTIVE, country="DE")
        await found.env("tickets").run(project_partner, ProjectPartner(call=a_call(), fact=fact))
        async with found.client() as client:
            method = f"{TICKETS}/CreateTicket"
            filed = (await client.call(method, a_filing(partner_id=fact.id))).ticket
            assert filed.clocks[0].due_time == stamp(NOW + timedelta(hours=1))
            with pytest.raises(CallFailed) as refused:
                await client.call(method, a_filing(partner_id=fact.id, country="CN"))
    assert (refused.value.code, refused.value.reason) == ("FAILED_PRECONDITION", "WRONG_CELL")


async def test_refusals_arrive_with_their_code_and_reason(cell: RunningCell) -> None:
    async with cell.client() as client:
        for request, code, reason in (
            (a_filing(), "NOT_FOUND", "NOT_YET_KNOWN"),
            (tickets_pb.GetTicketRequest(id=an_id("tkt")), "NOT_FOUND", "NOT_FOUND"),
            (tickets_pb.GetTicketRequest(id=an_id("tkt", cell="cn")), "FAILED_PRECONDITION", "WRONG_CELL"),
            (tickets_pb.AssignTicketRequest(id=an_id("tkt")), "INVALID_ARGUMENT", "INVALID_INPUT"),
        ):
            method = request.DESCRIPTOR.name.removesuffix("Request")
            with pytest.raises(CallFailed) as refused:
                await client.call(f"{TICKETS}/{method}", request)
            assert (refused.value.code, refused.value.reason) == (code, reason)
