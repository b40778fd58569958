"""The state machine of a ticket, as a table over every state and move, and what each move keeps."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from msgspec.structs import replace

from libs.errors import InvalidInput, WrongState
from libs.person import PersonalText
from services.tickets.clocks.domain import Transition
from services.tickets.handling.domain import comments, transitions
from services.tickets.handling.domain.refusals import NotForPartners, ReopenTooLate, TooManyComments
from services.tickets.handling.events import TicketClosed, TicketPaused
from services.tickets.linking import domain as linking
from services.tickets.record.domain.states import (
    CloseCode,
    CommentSide,
    ComplaintCause,
    ComplaintType,
    Impact,
    PendingReason,
    Priority,
    TicketState,
    Urgency,
    Visibility,
    priority_of,
)
from services.tickets.record.domain.ticket import Ticket
from services.tickets.record.events import TicketEvent
from services.tickets.satisfaction.domain import AlreadyRecorded, record_satisfaction
from tests.builders import NOW
from tests.unit.tickets.filed import a_target, a_ticket, an_opinion, word

S = TicketState

MOVES: dict[str, Callable[[Ticket], Transition]] = {
    "assign": lambda ticket: transitions.assign(ticket, "field", "", now=NOW),
    "wait_for_requester": lambda ticket: transitions.set_pending(ticket, PendingReason.AWAITING_REQUESTER, now=NOW),
    "wait_for_parts": lambda ticket: transitions.set_pending(ticket, PendingReason.AWAITING_PARTS, now=NOW),
    "resume": lambda ticket: transitions.resume(ticket, now=NOW),
    "resolve": lambda ticket: transitions.resolve(ticket, "REPLACED", None, now=NOW),
    "close_as_solved": lambda ticket: transitions.close(ticket, CloseCode.SOLVED, now=NOW),
    "close_as_duplicate": lambda ticket: transitions.close(ticket, CloseCode.DUPLICATE, now=NOW),
    "merge": lambda ticket: linking.merge(ticket, a_target(), now=NOW)[0],
    "go_on_for": lambda ticket: linking.merge(a_target(), ticket, now=NOW)[1],
    "split": lambda ticket: linking.split(ticket, a_target(), now=NOW)[0],
    "reopen": lambda ticket: transitions.reopen(ticket, now=NOW),
    "rate": lambda ticket: record_satisfaction(ticket, an_opinion(), now=NOW),
    "ask": lambda ticket: comments.add_comment(ticket, word(ticket), now=NOW),
    "answer": lambda ticket: comments.add_comment(ticket, word(ticket, CommentSide.VENDOR), now=NOW),
    "note": lambda ticket: comments.add_comment(ticket, word(ticket, CommentSide.VENDOR, Visibility.INTERNAL), now=NOW),
}

# Rows: where a ticket stands. Columns: the moves it may make, and where each leads. Everything else is refused; a code
# that needs a solution is bad input rather than a wrong state.
CODE = object()
TALK = {"answer", "note", "go_on_for", "split"}  # wherever one may ask, and nothing moves
TABLE: dict[S, dict[str, object]] = {
    S.NEW: {
        "assign": S.OPEN,
        "close_as_solved": CODE,
        "close_as_duplicate": S.CANCELED,
        "merge": S.CANCELED,
        "ask": S.NEW,
    },
    S.OPEN: {
        "assign": S.OPEN,
        "wait_for_requester": S.PENDING,
        "wait_for_parts": S.HELD,
        "resolve": S.RESOLVED,
        "close_as_solved": CODE,
        "close_as_duplicate": S.CANCELED,
        "merge": S.CANCELED,
        "ask": S.OPEN,
    },
    S.PENDING: {
        "assign": S.PENDING,
        "resume": S.OPEN,
        "resolve": S.RESOLVED,
        "close_as_solved": CODE,
        "close_as_duplicate": S.CANCELED,
        "merge": S.CANCELED,
        "ask": S.OPEN,
    },
    S.HELD: {
        "assign": S.HELD,
        "resume": S.OPEN,
        "resolve": S.RESOLVED,
        "close_as_solved": CODE,
        "close_as_duplicate": S.CANCELED,
        "merge": S.CANCELED,
        "ask": S.HELD,
    },
    S.RESOLVED: {
        "close_as_solved": S.CLOSED,
        "close_as_duplicate": S.CLOSED,
        "reopen": S.OPEN,
        "rate": S.RESOLVED,
        "ask": S.RESOLVED,
    },
    S.CLOSED: {"reopen": S.OPEN, "rate": S.CLOSED},
    S.CANCELED: {},
}


@pytest.mark.parametrize("state", S)
@pytest.mark.parametrize("move", MOVES)
def test_a_move_is_made_from_the_states_of_the_table_and_refused_from_all_others(state: S, move: str) -> None:
    ticket = a_ticket(state)
    talks = move in TALK and "ask" in TABLE[state]
    leads_to = state if talks else TABLE[state].get(move)
    if leads_to is None:
        with pytest.raises(WrongState) as refused:
            MOVES[move](ticket)
        assert refused.value.metadata["state"] == state.name
    elif leads_to is CODE:
        with pytest.raises(InvalidInput) as wrong:
            MOVES[move](ticket)
        assert [(v.field, v.reason) for v in wrong.value.violations] == [("close_code", "CODE_NEEDS_RESOLUTION")]
    else:
        after, events = MOVES[move](ticket)
        assert after.state is leads_to
        assert all(isinstance(event, TicketEvent) and event.ticket_id == ticket.id for event in events)


@pytest.mark.parametrize(
    ("impact", "urgencies"),
    [
        (Impact.HIGH, (Priority.CRITICAL, Priority.HIGH, Priority.MODERATE)),
        (Impact.MEDIUM, (Priority.HIGH, Priority.MODERATE, Priority.LOW)),
        (Impact.LOW, (Priority.MODERATE, Priority.LOW, Priority.PLANNING)),
    ],
)
def test_priority_falls_by_one_with_each_step_of_impact_or_urgency(
    impact: Impact, urgencies: tuple[Priority, ...]
) -> None:
    assert tuple(priority_of(impact, urgency) for urgency in Urgency) == urgencies


@pytest.mark.parametrize("reason", PendingReason)
def test_waiting_for_the_requester_is_pending_and_for_anything_else_held(reason: PendingReason) -> None:
    after, events = transitions.set_pending(a_ticket(S.OPEN), reason, now=NOW)
    state = S.PENDING if reason is PendingReason.AWAITING_REQUESTER else S.HELD
    assert (after.state, after.pending_reason) == (state, reason)
    paused = TicketPaused(ticket_id=after.id, partner_id=after.partner_id, state=state, pending_reason=reason)
    assert events == (paused,)


@pytest.mark.parametrize("move", ["resume", "resolve", "close_as_duplicate"])
def test_what_was_waited_for_is_forgotten_with_the_waiting(move: str) -> None:
    assert MOVES[move](a_ticket(S.HELD))[0].pending_reason is None


def test_only_changes_after_the_first_assignment_count_as_reassignments() -> None:
    ticket = a_ticket(S.NEW)
    counts = []
    for group, person in [("desk", ""), ("desk", ""), ("", "u1"), ("desk", "u1"), ("field", ""), ("", "u2")]:
        ticket, _ = transitions.assign(ticket, group, person, now=NOW)
        counts.append((ticket.assignment_group, ticket.assignee, ticket.reassignment_count))
    assert counts == [
        ("desk", "", 0),
        ("desk", "", 0),
        ("desk", "u1", 1),
        ("desk", "u1", 1),
        ("field", "", 2),
        ("field", "u2", 3),
    ]


def test_reopening_forgets_the_end_and_counts() -> None:
    closed = a_ticket(S.CLOSED)
    after, _ = transitions.reopen(closed, now=NOW + timedelta(days=14))
    assert (after.resolve_time, after.close_time, after.close_code, after.reopen_count) == (None, None, None, 1)
    assert after.resolution_code == closed.resolution_code


def test_a_ticket_closed_for_more_than_fourteen_days_stays_closed() -> None:
    late = NOW + timedelta(days=14, microseconds=1)
    with pytest.raises(ReopenTooLate):
        transitions.reopen(a_ticket(S.CLOSED), now=late)
    assert transitions.reopen(a_ticket(S.RESOLVED), now=late)[0].state is S.OPEN


def test_satisfaction_is_recorded_once_even_across_a_reopening() -> None:
    rated, _ = record_satisfaction(a_ticket(S.RESOLVED), an_opinion(), now=NOW)
    with pytest.raises(AlreadyRecorded):
        record_satisfaction(rated, an_opinion(), now=NOW)
    again, _ = transitions.resolve(transitions.reopen(rated, now=NOW)[0], "REPLACED", None, now=NOW)
    with pytest.raises(AlreadyRecorded):
        record_satisfaction(again, an_opinion(), now=NOW)


def test_a_cause_needs_a_complaint() -> None:
    given = replace(an_opinion(), complaint_cause=ComplaintCause.DEFECT)
    with pytest.raises(InvalidInput) as refused:
        record_satisfaction(a_ticket(S.CLOSED), given, now=NOW)
    assert [(v.field, v.reason) for v in refused.value.violations] == [("complaint_cause", "NO_COMPLAINT")]
    complaint = replace(given, complaint_type=ComplaintType.SPEED)
    assert record_satisfaction(a_ticket(S.CLOSED), complaint, now=NOW)[0].satisfaction == complaint


def test_closing_says_whether_everything_was_done_in_time() -> None:
    _, events = transitions.close(a_ticket(S.RESOLVED), CloseCode.WORKAROUND, now=NOW)
    [event, _] = events
    assert isinstance(event, TicketClosed)
    assert (event.state, event.close_code, event.sla_outcome and event.sla_outcome.name) == (
        S.CLOSED,
        CloseCode.WORKAROUND,
        "MET",
    )


@pytest.mark.parametrize("visibility", Visibility)
@pytest.mark.parametrize("side", [None, *CommentSide])
@pytest.mark.parametrize("partner", [True, False])
def test_a_partner_speaks_for_the_requester_and_the_vendor_alone_writes_notes(
    visibility: Visibility, side: CommentSide | None, partner: bool
) -> None:
    forbidden = partner and (visibility is Visibility.INTERNAL or side is CommentSide.VENDOR)
    absurd = visibility is Visibility.INTERNAL and side is CommentSide.REQUESTER
    if forbidden or absurd:
        with pytest.raises(NotForPartners if forbidden else InvalidInput):
            comments.side_of("x", visibility, side, partner=partner)
    else:
        own = CommentSide.REQUESTER if partner else CommentSide.VENDOR
        assert comments.side_of("x", visibility, side, partner=partner) is (side or own)


def test_a_ticket_takes_five_hundred_comments_and_may_still_be_reopened_with_a_word() -> None:
    full = replace(a_ticket(S.RESOLVED), comment_count=500)
    with pytest.raises(TooManyComments):
        comments.add_comment(full, word(full), now=NOW)
    after, _ = comments.reopen_saying(full, word(full), now=NOW)
    assert (after.state, after.comment_count) == (S.OPEN, 501)


def test_the_last_comment_that_fits_is_the_five_hundredth() -> None:
    nearly = replace(a_ticket(S.OPEN), comment_count=499)
    assert comments.add_comment(nearly, word(nearly), now=NOW)[0].comment_count == 500


def test_a_note_of_the_solution_stays_with_the_ticket() -> None:
    note = PersonalText(text="power supply replaced")
    after, _ = transitions.resolve(a_ticket(S.OPEN), "REPLACED", note, now=NOW)
    assert (after.resolution_code, after.resolution_note, after.resolve_time) == ("REPLACED", note, NOW)


def test_a_ticket_given_to_those_who_have_it_is_as_it_was() -> None:
    later = NOW + timedelta(minutes=1)
    given, _ = transitions.assign(a_ticket(S.NEW), "desk", "u1", now=NOW)
    assert transitions.assign(given, "desk", "u1", now=later) == (given, ())
    assert transitions.assign(given, "", "u1", now=later) == (given, ())
    other, events = transitions.assign(given, "desk", "", now=later)
    assert (other.assignee, len(events)) == ("", 1), "a group alone drops the person"
