"""A ticket whose row goes on in the other system is continued by a later import that asks for it; nothing else of it is
changed."""

from typing import Any

import pytest

from libs.pb.prm.common.v1 import import_pb2, person_pb2
from libs.pb.prm.tickets import v1 as pb
from libs.person import Person
from libs.privacy.aliases import sought
from libs.privacy.sealing.store import SealedStore
from services.tickets.service import COMPOSITION
from tests.component.erasing import erase, meanwhile
from tests.component.tickets.harness import Harness
from tests.component.tickets.migration.test_imports import T, a_change, a_row

CHANGED, REFUSED = import_pb2.IMPORT_OUTCOME_CHANGED, import_pb2.IMPORT_OUTCOME_REFUSED
UNCHANGED = import_pb2.IMPORT_OUTCOME_UNCHANGED
NO_END: dict[str, Any] = {"resolve_time": None, "close_time": None, "close_code": 0, "resolution_code": ""}
OPEN = a_row(changes=list(a_row().changes[:2]), **{**NO_END, "sla_outcome": 0})
CLOSED = a_row()
PROGRESS = ["sla_outcome", "resolution_code", "close_code", "resolve_time", "close_time", "changes"]


async def test_the_history_goes_on_and_the_ticket_stands_as_its_row_says(served: Harness) -> None:
    [first] = await served.take(OPEN)
    served.events()
    [result] = await served.take(CLOSED, update_existing=True)
    assert (result.outcome, result.id, list(result.differing_fields)) == (CHANGED, first.id, [])
    assert sorted(result.changed_fields) == sorted(PROGRESS)
    found = await served.get(first.id)
    ticket = found.ticket
    assert list(found.changes) == list(CLOSED.changes)
    assert (ticket.state, ticket.close_time, ticket.assignee) == (
        T.TICKET_STATE_CLOSED,
        CLOSED.close_time,
        "Resolver 89",
    )
    assert [(name, version) for name, version, _ in served.events()] == [("TicketImported", 2)]
    again = [await served.take(CLOSED, update_existing=True), await served.take(CLOSED)]
    assert [one.outcome for [one] in again] == [UNCHANGED, UNCHANGED]
    assert served.events() == []


async def test_without_being_asked_nothing_is_continued(served: Harness) -> None:
    await served.take(OPEN)
    [result] = await served.take(CLOSED)
    assert result.outcome == REFUSED
    assert sorted(result.differing_fields) == sorted(PROGRESS)


async def test_a_row_that_is_validated_only_says_what_it_would_change_and_changes_nothing(served: Harness) -> None:
    [first] = await served.take(OPEN)
    served.events()
    [result] = await served.take(CLOSED, update_existing=True, validate_only=True)
    assert (result.outcome, sorted(result.changed_fields)) == (CHANGED, sorted(PROGRESS))
    assert (await served.get(first.id)).ticket.state == T.TICKET_STATE_PENDING
    assert served.events() == []


async def test_what_may_not_be_changed_is_named_and_stays(served: Harness) -> None:
    [first] = await served.take(OPEN)
    row = a_row(category="Category 9")
    [result] = await served.take(row, update_existing=True)
    assert (result.outcome, list(result.differing_fields)) == (CHANGED, ["category"])
    assert (await served.get(first.id)).ticket.category == "Category 55"
    [again] = await served.take(row, update_existing=True)
    assert (again.outcome, list(again.differing_fields)) == (REFUSED, ["category"])


@pytest.mark.parametrize(
    "changes",
    [
        [*OPEN.changes[:1], a_change(1.5, T.TICKET_STATE_OPEN)],
        [*OPEN.changes[:1]],
        [a_change(0, T.TICKET_STATE_NEW), a_change(1, T.TICKET_STATE_OPEN), a_change(2, T.TICKET_STATE_OPEN)],
    ],
)
async def test_a_history_that_is_rewritten_is_refused(served: Harness, changes: list[T.TicketChange]) -> None:
    await served.take(OPEN)
    row = a_row(changes=changes, **{**NO_END, "sla_outcome": 0})
    [result] = await served.take(row, update_existing=True)
    assert (result.outcome, next(path.partition("[")[0] for path in result.differing_fields)) == (REFUSED, "changes")


async def test_a_ticket_that_has_ended_or_was_worked_on_here_is_not_continued(served: Harness) -> None:
    await served.take(CLOSED)
    reopened = a_row(changes=[*CLOSED.changes, a_change(6, T.TICKET_STATE_OPEN)], **NO_END)
    [result] = await served.take(reopened, update_existing=True)
    assert result.outcome == REFUSED
    [worked] = await served.take(a_row("INC2", changes=list(OPEN.changes), **{**NO_END, "sla_outcome": 0}))
    await served.call(pb.AssignTicketRequest(id=worked.id, assignment_group="Group 1"))
    [result] = await served.take(a_row("INC2"), update_existing=True)
    assert result.outcome == REFUSED


@pytest.mark.parametrize("validate_only", [False, True])
async def test_no_update_brings_back_a_requester_who_was_erased(served: Harness, *, validate_only: bool) -> None:
    await served.take(a_row())
    store = served.env.store
    assert isinstance(store, SealedStore)
    await store.ledger.suppress(sought(served.env.keys, Person(email="anna@example.org"), ""), "dsr_local_1")
    anna = person_pb2.Person(name="Anna", email="anna@example.org")
    [refused] = await served.take(a_row(requester=anna), update_existing=True, validate_only=validate_only)
    assert [one.reason for one in refused.problems] == ["PERSON_ERASED"]


async def test_a_requester_who_is_erased_before_the_commit_is_not_imported(served: Harness) -> None:
    await served.take(OPEN)
    anna = person_pb2.Person(name="Anna", email="anna@example.org")
    for row, number in ((a_row("INC9", requester=anna), 1), (a_row(requester=anna), 2)):
        meanwhile(served).before_commit(lambda: erase(served, COMPOSITION, Person(email="anna@example.org")))
        [refused] = await served.take(row, update_existing=True)
        assert [one.reason for one in refused.problems] == ["PERSON_ERASED"], number
