"""Tickets taken over with their history: each row judged alone, harmless to repeat, every problem named."""

import csv
import itertools
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from libs.errors import NotFound, WrongState
from libs.partner import PartnerStatus
from libs.pb.prm.common.v1 import import_pb2, person_pb2
from libs.pb.prm.tickets import v1 as pb
from libs.pb.prm.tickets.v1 import ticket_pb2
from libs.rpc.imports import row_hash
from libs.store.port import get
from services.tickets.record.documents import TICKETS
from tests.builders import NOW, an_id
from tests.component.tickets.harness import PARTNER, Harness, stamp, text
from tests.data import DATA, needs_data

CREATED, UNCHANGED = import_pb2.IMPORT_OUTCOME_CREATED, import_pb2.IMPORT_OUTCOME_UNCHANGED
REFUSED, NOT_YET = import_pb2.IMPORT_OUTCOME_REFUSED, import_pb2.IMPORT_OUTCOME_NOT_YET
LONG_AGO = NOW - timedelta(days=1000)
T = ticket_pb2


def a_change(hours: float, state: T.TicketState.ValueType, **fields: Any) -> T.TicketChange:
    """How a ticket stood so many hours after it was opened."""
    levels: dict[str, Any] = {
        "impact": T.IMPACT_MEDIUM,
        "urgency": T.URGENCY_MEDIUM,
        "priority": T.PRIORITY_MODERATE,
        "assignment_group": "Group 56",
    }
    return T.TicketChange(time=stamp(LONG_AGO + timedelta(hours=hours)), state=state, **{**levels, **fields})


def a_row(external_id: str = "INC1", **fields: Any) -> pb.ImportTicketRow:
    """An incident of years ago, solved after two hours, closed after five."""
    defaults: dict[str, Any] = {
        "external_source": "itsm",
        "partner_id": PARTNER,
        "requester": person_pb2.Person(name="Caller 2403"),
        "subject": text("Symptom 72"),
        "category": "Category 55",
        "channel": T.CHANNEL_PHONE,
        "changes": [
            a_change(0, T.TICKET_STATE_NEW),
            a_change(1, T.TICKET_STATE_PENDING, pending_reason=T.PENDING_REASON_AWAITING_REQUESTER),
            a_change(2, T.TICKET_STATE_RESOLVED),
            a_change(5, T.TICKET_STATE_CLOSED, assignee="Resolver 89"),
        ],
        "create_time": stamp(LONG_AGO),
        "resolve_time": stamp(LONG_AGO + timedelta(hours=2)),
        "close_time": stamp(LONG_AGO + timedelta(hours=5)),
        "resolution_code": "code 5",
        "close_code": T.CLOSE_CODE_SOLVED,
        "reassignment_count": 3,
        "sla_outcome": pb.SLA_OUTCOME_BREACHED,
    }
    return pb.ImportTicketRow(external_id=external_id, **{**defaults, **fields})


def _problems(result: import_pb2.ImportResult) -> list[tuple[str, str]]:
    return [(problem.field, problem.reason) for problem in result.problems]


async def test_a_ticket_is_taken_over_as_it_stands_there_with_its_history_and_without_clocks(served: Harness) -> None:
    row = a_row()
    [result] = await served.take(row)
    assert (result.outcome, result.external_id) == (CREATED, "INC1")
    found = await served.get(result.id)
    ticket = found.ticket
    assert list(found.changes) == list(row.changes)
    assert (ticket.state, ticket.sla_outcome) == (T.TICKET_STATE_CLOSED, pb.SLA_OUTCOME_BREACHED)
    assert (ticket.create_time, ticket.resolve_time, ticket.close_time) == (
        row.create_time,
        row.resolve_time,
        row.close_time,
    )
    assert (ticket.country, ticket.assignee, ticket.reassignment_count) == ("DE", "Resolver 89", 3)
    assert list(ticket.clocks) == []
    with pytest.raises(NotFound):
        await served.call(pb.ExplainDeadlineRequest(id=ticket.id, clock_type=pb.CLOCK_TYPE_RESOLUTION))
    event = pb.TicketImported(
        ticket_id=ticket.id,
        partner_id=PARTNER,
        state=T.TICKET_STATE_CLOSED,
        priority=T.PRIORITY_MODERATE,
        sla_outcome=pb.SLA_OUTCOME_BREACHED,
        create_time=row.create_time,
    )
    assert served.events() == [("TicketImported", 1, event)]


async def test_the_same_rows_again_change_nothing_and_another_row_under_an_id_is_refused(served: Harness) -> None:
    rows = [a_row(f"INC{number}") for number in range(70)]
    first = await served.take(*rows)
    served.events()
    again = await served.take(*rows)
    assert {result.outcome for result in first} == {CREATED}
    assert [(result.external_id, result.id) for result in again] == [(one.external_id, one.id) for one in first]
    assert {result.outcome for result in again} == {UNCHANGED}
    [other] = await served.take(a_row("INC7", category="Category 56"))
    assert (other.outcome, _problems(other)) == (REFUSED, [("", "EXTERNAL_ID_TAKEN")])
    assert served.events() == []


async def test_the_same_row_twice_in_one_message_becomes_one_ticket(served: Harness) -> None:
    results = await served.take(a_row(), a_row(), a_row())
    assert sorted(result.outcome for result in results) == [CREATED, UNCHANGED, UNCHANGED]
    assert len({result.id for result in results}) == 1


async def test_a_row_waits_for_its_partner_and_may_name_it_as_its_source_does(harness: Harness) -> None:
    by_source = a_row("INC2", partner_id="", partner_external_source="itsm", partner_external_id="Location-143")
    results = await harness.take(a_row("INC1"), by_source)
    assert [result.outcome for result in results] == [NOT_YET, NOT_YET]
    assert {_problems(result)[0][1] for result in results} == {"PARTNER_NOT_YET_KNOWN"}
    await harness.know_partner(
        status=PartnerStatus.TERMINATED, external_source="itsm", external_id="Location-143", country="BR"
    )
    results = await harness.take(a_row("INC1"), by_source)
    assert [result.outcome for result in results] == [CREATED, CREATED]
    assert (await harness.get(results[1].id)).ticket.country == "BR"


async def test_everything_that_is_wrong_with_a_row_is_named_and_the_others_go_in(served: Harness) -> None:
    closed = a_row().changes[3]
    backwards = [a_change(3, T.TICKET_STATE_NEW), a_change(2, T.TICKET_STATE_OPEN), closed]
    rows = {
        "no rules kept": a_row("bad id", channel=0, changes=[]),
        "backwards": a_row(changes=backwards),
        "before it was opened": a_row(changes=[a_change(-1, T.TICKET_STATE_NEW), closed]),
        "future": a_row(
            changes=[a_change(24_001, T.TICKET_STATE_OPEN)], close_code=0, close_time=None, resolve_time=None
        ),
        "solved before opened": a_row(resolve_time=stamp(LONG_AGO - timedelta(hours=1))),
        "no end": a_row(close_time=None, close_code=0),
        "not ended": a_row(changes=[a_change(1, T.TICKET_STATE_OPEN)], resolve_time=None),
        "open and solved": a_row(changes=[a_change(1, T.TICKET_STATE_OPEN)], close_code=0, close_time=None),
        "goes on after it was closed": a_row(changes=[closed, a_change(5.5, T.TICKET_STATE_CLOSED)]),
        "canceled though solved": a_row(changes=[a_change(5, T.TICKET_STATE_CANCELED)]),
        "waits in vain": a_row(
            changes=[a_change(1, T.TICKET_STATE_OPEN, pending_reason=T.PENDING_REASON_OTHER), closed]
        ),
        "waits as another": a_row(
            changes=[a_change(1, T.TICKET_STATE_PENDING, pending_reason=T.PENDING_REASON_AWAITING_PARTS), closed]
        ),
        "unknown state": a_row(changes=[a_change(1, -100), closed]),  # type: ignore[arg-type]  # as the source has it
        "no partner": a_row(partner_id=""),
        "another cell": a_row(partner_id=an_id("ptn", cell="cn")),
        "unknown country": a_row(country="XQ"),
    }
    results = await served.take(*rows.values(), a_row("good"))
    assert results[-1].outcome == CREATED
    assert {result.outcome for result in results[:-1]} == {REFUSED}
    out_of_order = "DATES_OUT_OF_ORDER"
    assert {name: _problems(result) for name, result in zip(rows, results, strict=False)} == {
        "no rules kept": [
            ("external_id", "STRING_PATTERN"),
            ("channel", "ENUM_NOT_IN"),
            ("changes", "REPEATED_MIN_ITEMS"),
        ],
        "backwards": [("changes[1].time", out_of_order)],
        "before it was opened": [("changes[0].time", out_of_order)],
        "future": [("changes[0].time", out_of_order)],
        "solved before opened": [("resolve_time", out_of_order)],
        "no end": [("close_time", "REQUIRED"), ("close_code", "REQUIRED")],
        "not ended": [("close_time", "NOT_CLOSED"), ("close_code", "NOT_CLOSED")],
        "open and solved": [("resolve_time", "NOT_RESOLVED")],
        "goes on after it was closed": [("changes[1].time", out_of_order)],
        "canceled though solved": [("resolve_time", "NOT_RESOLVED"), ("close_code", "CODE_NEEDS_RESOLUTION")],
        "waits in vain": [("changes[0].pending_reason", "NOT_PENDING")],
        "waits as another": [("changes[0].pending_reason", "NOT_PENDING")],
        "unknown state": [("changes[0].state", "ENUM_DEFINED_ONLY")],
        "no partner": [("partner_id", "REQUIRED")],
        "another cell": [("partner_id", "WRONG_CELL")],
        "unknown country": [("country", "UNKNOWN_COUNTRY")],
    }


async def test_a_ticket_that_ended_comes_in_with_every_code_that_its_end_allows(served: Harness) -> None:
    solved = [a_row(f"S{code}", close_code=code) for code in T.CloseCode.values() if code]
    canceled = [
        a_row(f"C{code}", changes=[a_change(5, T.TICKET_STATE_CANCELED)], resolve_time=None, close_code=code)
        for code in (T.CLOSE_CODE_DUPLICATE, T.CLOSE_CODE_CANCELED)
    ]
    assert {result.outcome for result in await served.take(*solved, *canceled)} == {CREATED}


@pytest.mark.parametrize("before", [pb.SLA_OUTCOME_MET, pb.SLA_OUTCOME_BREACHED])
async def test_a_ticket_that_was_open_goes_on_here_and_its_answers_are_timed(
    served: Harness, before: pb.SlaOutcome.ValueType
) -> None:
    row = a_row(
        changes=[a_change(0, T.TICKET_STATE_NEW), a_change(1, T.TICKET_STATE_OPEN)],
        resolve_time=None,
        close_time=None,
        close_code=0,
        sla_outcome=before,
    )
    [result] = await served.take(row)
    asking = pb.COMMENT_SIDE_REQUESTER
    await served.call(
        pb.AddCommentRequest(
            ticket_id=result.id, visibility=pb.VISIBILITY_PARTNER, side=asking, body=text("Still broken")
        )
    )
    ticket = (await served.get(result.id)).ticket
    assert [clock.type for clock in ticket.clocks] == [pb.CLOCK_TYPE_NEXT_RESPONSE]
    assert ticket.sla_outcome == pb.SLA_OUTCOME_UNSPECIFIED
    solved = await served.call(pb.ResolveTicketRequest(id=result.id, resolution_code="DONE"))
    assert solved.ticket.sla_outcome == before
    with pytest.raises(WrongState):
        await served.call(pb.SetPendingRequest(id=result.id, pending_reason=T.PENDING_REASON_OTHER))


async def test_a_row_is_recognised_by_a_keyed_hash_and_by_that_of_an_earlier_release(served: Harness) -> None:
    [made] = await served.take(a_row())
    loaded = await get(served.env.store, TICKETS, made.id)
    assert loaded is not None
    other = a_row(category="Category 56")
    assert [one.outcome for one in await served.take(other)] == [REFUSED]
    assert loaded.value.imported_as == served.env.keys.keyed(f"imported row:{row_hash(a_row())}")
    await served.env.store.commit([loaded.put(replace(loaded.value, imported_as=row_hash(other)))])
    assert [one.outcome for one in await served.take(other)] == [UNCHANGED]


async def test_a_long_history_is_kept_whole_and_its_newest_part_shown(served: Harness) -> None:
    changes = [a_change(number / 100, T.TICKET_STATE_OPEN, assignee=f"u{number}") for number in range(500)]
    [result] = await served.take(a_row(changes=changes, close_code=0, close_time=None, resolve_time=None))
    shown = (await served.get(result.id)).changes
    assert [change.assignee for change in shown] == [f"u{number}" for number in range(300, 500)]


@needs_data
async def test_real_incidents_come_in_whole_and_what_runs_backwards_is_refused(served: Harness) -> None:
    """The first 2,000 of them, which have three of the log's four disorders."""
    refused: list[str] = []
    events = 0
    outcomes: Counter[int] = Counter()
    for batch in _batched(itertools.islice(_incidents(), 2_000), 100):
        for row, result in zip(batch, await served.take(*batch), strict=True):
            outcomes[result.outcome] += 1
            if result.outcome == REFUSED:
                refused.append(row.external_id)
                assert {reason for _, reason in _problems(result)} == {"DATES_OUT_OF_ORDER"}
            else:
                events += len(row.changes)
                assert len((await served.get(result.id)).changes) == len(row.changes)
    assert refused == ["INC0000131", "INC0000135", "INC0000137"]
    assert outcomes == {CREATED: 1_997, REFUSED: 3}
    taken = (row for row in itertools.islice(_incidents(), 2_000) if row.external_id not in refused)
    assert events == sum(len(row.changes) for row in taken)


STATES = {"New": T.TICKET_STATE_NEW, "Active": T.TICKET_STATE_OPEN, "Closed": T.TICKET_STATE_CLOSED}
STATES |= {"Resolved": T.TICKET_STATE_RESOLVED, "Awaiting User Info": T.TICKET_STATE_PENDING}


def _incidents() -> Iterator[pb.ImportTicketRow]:
    """The incidents as rows, in the order of their file; their events stand in the same order in theirs."""
    with (DATA / "incidents.csv").open() as heads, (DATA / "incident_events.csv").open() as log:
        history = itertools.groupby(csv.DictReader(log), key=lambda event: event["number"])
        for head, (number, changes) in zip(csv.DictReader(heads), history, strict=True):
            assert head["number"] == number
            yield a_row(
                number,
                changes=[_change(event) for event in changes],
                create_time=_local(head["opened_at"]),
                resolve_time=_local(head["resolved_at"]) if head["resolved_at"] else None,
                close_time=_local(head["closed_at"]),
            )


def _change(event: dict[str, str]) -> T.TicketChange:
    return T.TicketChange(
        time=_local(event["sys_updated_at"]),
        state=STATES.get(event["incident_state"], T.TICKET_STATE_HELD),
        impact=int(event["impact"][0]),  # type: ignore[arg-type]  # 1 to 3, as here
        urgency=int(event["urgency"][0]),  # type: ignore[arg-type]  # 1 to 3, as here
        priority=int(event["priority"][0]),  # type: ignore[arg-type]  # 1 to 4, as here
        assignment_group=event["assignment_group"],
        assignee=event["assigned_to"],
    )


def _local(text: str) -> Any:
    return stamp(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("America/Sao_Paulo")))


def _batched(rows: Iterator[Any], size: int) -> Iterator[list[Any]]:
    while batch := list(itertools.islice(rows, size)):
        yield batch
