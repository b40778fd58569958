"""What runs against the vendor, by examples; test_clock_properties.py has the rules for every course of events."""

from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from libs.deadlines import Pause
from services.tickets.clocks import domain as clocks
from services.tickets.clocks.domain import tell_clocks
from services.tickets.clocks.events import DeadlineBreached, DeadlineWarned
from services.tickets.handling.domain import comments, transitions
from services.tickets.record.domain.states import (
    ClockState,
    ClockType,
    CloseCode,
    CommentSide,
    PendingReason,
    SlaOutcome,
    TicketState,
    Visibility,
)
from services.tickets.record.domain.ticket import Ticket
from tests.builders import NOW
from tests.unit.tickets.filed import TERMS, a_new_ticket, a_ticket, hours, say, word

VENDOR, REQUESTER = CommentSide.VENDOR, CommentSide.REQUESTER
FIRST, NEXT, RESOLUTION = ClockType.FIRST_RESPONSE, ClockType.NEXT_RESPONSE, ClockType.RESOLUTION


def _states(ticket: Ticket) -> dict[str, str]:
    return {clock.type.name: clock.state.name for clock in ticket.clocks}


def _due(ticket: Ticket, type: ClockType) -> datetime | None:
    clock = ticket.clock(type)
    assert clock is not None
    return clock.due_time


def test_a_new_ticket_has_a_first_response_and_a_resolution_to_come_and_is_swept_at_the_first_warning() -> None:
    ticket = a_new_ticket()
    assert _states(ticket) == {"FIRST_RESPONSE": "RUNNING", "RESOLUTION": "RUNNING"}
    assert (_due(ticket, FIRST), _due(ticket, RESOLUTION)) == (NOW + hours(1), NOW + hours(8))
    assert (ticket.due_time, ticket.sweep_time) == (NOW + hours(1), NOW + timedelta(minutes=45))
    assert ticket.sla_outcome is None


def test_a_clock_is_met_until_just_before_it_is_due_and_has_run_out_at_that_instant() -> None:
    due = NOW + hours(1)
    in_time, _ = say(a_new_ticket(), VENDOR, now=due - timedelta(microseconds=1))
    late, told = say(a_new_ticket(), VENDOR, now=due)
    assert _states(in_time)["FIRST_RESPONSE"] == "MET"
    assert _states(late)["FIRST_RESPONSE"] == "BREACHED"
    clock = late.clock(FIRST)
    assert clock is not None
    assert (clock.breach_time, clock.meet_time) == (due, due)
    assert next(type(event) for event in told) is DeadlineBreached


def test_a_warning_and_a_breach_are_each_told_once() -> None:
    ticket = a_new_ticket()
    told = []
    for minutes in range(0, 100, 5):
        ticket, events = tell_clocks(ticket, now=NOW + timedelta(minutes=minutes))
        told += [(minutes, event) for event in events]
    about = {"ticket_id": ticket.id, "partner_id": ticket.partner_id, "clock_type": FIRST}
    assert told == [
        (45, DeadlineWarned(**about, due_time=NOW + hours(1))),  # type: ignore[arg-type]  # by name
        (60, DeadlineBreached(**about, breach_time=NOW + hours(1))),  # type: ignore[arg-type]  # by name
    ]


def test_nobody_is_warned_of_what_has_already_run_out() -> None:
    _, events = tell_clocks(a_new_ticket(), now=NOW + hours(1))
    assert [type(event) for event in events] == [DeadlineBreached]


def test_what_a_sweep_would_have_told_is_told_by_the_next_move() -> None:
    after, events = transitions.assign(a_new_ticket(), "desk", "", now=NOW + hours(2))
    assert [type(event).__name__ for event in events] == ["DeadlineBreached", "TicketAssigned"]
    assert _states(after)["FIRST_RESPONSE"] == "BREACHED"


def test_the_clocks_stand_still_while_a_ticket_waits() -> None:
    opened, _ = say(a_ticket(TicketState.OPEN), VENDOR, now=NOW)
    waiting, _ = transitions.set_pending(opened, PendingReason.AWAITING_PARTS, now=NOW + hours(2))
    assert _states(waiting) == {"FIRST_RESPONSE": "MET", "RESOLUTION": "PAUSED"}
    assert (_due(waiting, RESOLUTION), waiting.due_time, waiting.sweep_time) == (None, None, None)
    going, _ = transitions.resume(waiting, now=NOW + hours(5))
    assert _due(going, RESOLUTION) == NOW + timedelta(days=1, hours=3)  # six hours left: three today, three tomorrow


def test_a_word_of_the_requester_wakes_a_pending_ticket_and_starts_the_next_response() -> None:
    after, events = say(a_ticket(TicketState.PENDING), REQUESTER, now=NOW + hours(3))
    assert [type(event).__name__ for event in events] == ["TicketResumed", "CommentAdded"]
    assert after.state is TicketState.OPEN
    assert _states(after) == {"FIRST_RESPONSE": "RUNNING", "NEXT_RESPONSE": "RUNNING", "RESOLUTION": "RUNNING"}
    assert _due(after, NEXT) == NOW + hours(5)


def test_a_word_of_the_requester_leaves_a_held_ticket_held_and_its_new_clock_still() -> None:
    loaded, _ = say(a_ticket(TicketState.HELD), REQUESTER, now=NOW + hours(1))
    assert (loaded.state, _states(loaded)["NEXT_RESPONSE"]) == (TicketState.HELD, "PAUSED")
    going, _ = transitions.resume(loaded, now=NOW + hours(3))
    assert _due(going, NEXT) == NOW + hours(5)


def test_a_second_word_does_not_put_off_the_answer_to_the_first() -> None:
    asked, _ = say(a_ticket(TicketState.OPEN), REQUESTER, now=NOW)
    again, _ = say(asked, REQUESTER, now=NOW + hours(1))
    assert _due(again, NEXT) == NOW + hours(2)
    answered, _ = say(again, VENDOR, now=NOW + hours(1.5))
    anew, _ = say(answered, REQUESTER, now=NOW + hours(4))
    assert (_states(answered)["NEXT_RESPONSE"], _due(anew, NEXT)) == ("MET", NOW + hours(6))


def test_work_notes_touch_no_clock() -> None:
    ticket = a_ticket(TicketState.PENDING)
    note = word(ticket, VENDOR, Visibility.INTERNAL)
    assert comments.add_comment(ticket, note, now=NOW + hours(1))[0].clocks == ticket.clocks


def test_resolving_meets_everything_that_is_open() -> None:
    asked, _ = say(a_ticket(TicketState.HELD), REQUESTER, now=NOW)
    solved, _ = transitions.resolve(asked, "REPLACED", None, now=NOW + timedelta(minutes=30))
    assert _states(solved) == {"FIRST_RESPONSE": "MET", "NEXT_RESPONSE": "MET", "RESOLUTION": "MET"}
    assert (solved.sla_outcome, solved.due_time) == (SlaOutcome.MET, None)


def test_after_a_reopening_the_resolution_goes_on_where_it_stood() -> None:
    solved, _ = transitions.resolve(a_ticket(TicketState.OPEN), "REPLACED", None, now=NOW + timedelta(minutes=30))
    opened, _ = transitions.reopen(solved, now=NOW + hours(5))
    clock = opened.clock(RESOLUTION)
    assert clock is not None
    assert clock.pauses == (Pause(NOW + timedelta(minutes=30), NOW + hours(5)),)
    assert (clock.state, clock.meet_time) == (ClockState.RUNNING, None)
    assert clock.due_time == NOW + timedelta(days=1, hours=4, minutes=30)
    assert opened.sla_outcome is None
    assert _states(opened)["FIRST_RESPONSE"] == "MET"


def test_what_is_done_while_a_ticket_waits_ends_the_pause_of_its_clock() -> None:
    loaded, _ = transitions.set_pending(a_ticket(TicketState.OPEN), PendingReason.AWAITING_PARTS, now=NOW + hours(0.5))
    solved, _ = transitions.resolve(loaded, "REPLACED", None, now=NOW + hours(2))
    opened, _ = transitions.reopen(solved, now=NOW + hours(4))
    first, resolution = solved.clock(FIRST), opened.clock(RESOLUTION)
    assert first is not None
    assert resolution is not None
    paused = Pause(NOW + hours(0.5), NOW + hours(2))
    assert (first.state, first.pauses, first.due_time) == (ClockState.MET, (paused,), NOW + hours(2.5))
    assert resolution.pauses == (paused, Pause(NOW + hours(2), NOW + hours(4)))
    assert resolution.due_time == NOW + timedelta(days=1, hours=3.5)


def test_what_ran_out_stays_run_out_through_a_reopening() -> None:
    late, _ = transitions.resolve(a_ticket(TicketState.OPEN), "REPLACED", None, now=NOW + timedelta(days=3))
    opened, _ = transitions.reopen(late, now=NOW + timedelta(days=4))
    clock = opened.clock(RESOLUTION)
    assert clock is not None
    assert (clock.state, clock.meet_time, clock.breach_time) == (ClockState.BREACHED, None, NOW + hours(8))
    again, events = transitions.resolve(opened, "REPLACED", None, now=NOW + timedelta(days=5))
    assert [type(event).__name__ for event in events] == ["TicketResolved"]
    assert again.sla_outcome is SlaOutcome.BREACHED


def test_an_earlier_answer_that_was_late_is_not_forgotten_when_the_clock_starts_anew() -> None:
    welcomed, _ = say(a_ticket(TicketState.OPEN), VENDOR, now=NOW)
    asked, _ = say(welcomed, REQUESTER, now=NOW)
    late, _ = say(asked, VENDOR, now=NOW + hours(3))
    asked_again, _ = say(late, REQUESTER, now=NOW + hours(3.5))
    solved, _ = transitions.resolve(asked_again, "REPLACED", None, now=NOW + hours(4))
    assert _states(solved) == {"FIRST_RESPONSE": "MET", "NEXT_RESPONSE": "MET", "RESOLUTION": "MET"}
    assert solved.sla_outcome is SlaOutcome.BREACHED


def test_canceling_stops_what_runs_and_keeps_what_ran_out() -> None:
    canceled, _ = transitions.close(a_new_ticket(), CloseCode.CANCELED, now=NOW + hours(2))
    assert _states(canceled) == {"FIRST_RESPONSE": "BREACHED", "RESOLUTION": "STOPPED"}
    assert (canceled.sla_outcome, canceled.sweep_time) == (SlaOutcome.BREACHED, None)
    at_once, _ = transitions.close(a_new_ticket(), CloseCode.CANCELED, now=NOW)
    assert at_once.sla_outcome is None


def test_a_question_that_nobody_answers_before_the_end_stops_with_it() -> None:
    asked, _ = say(a_ticket(TicketState.RESOLVED), REQUESTER, now=NOW)
    closed, _ = transitions.close(asked, CloseCode.SOLVED, now=NOW + hours(1))
    assert (_states(closed)["NEXT_RESPONSE"], closed.sla_outcome) == ("STOPPED", SlaOutcome.MET)
    reopened, _ = comments.reopen_saying(closed, word(closed), now=NOW + hours(2))
    assert _due(reopened, NEXT) == NOW + hours(4)


@pytest.mark.parametrize("type", ClockType)
def test_an_explanation_leads_to_the_very_instant_the_clock_runs_out(type: ClockType) -> None:
    asked, _ = say(a_ticket(TicketState.PENDING), REQUESTER, now=NOW + hours(30))
    clock = asked.clock(type)
    assert clock is not None
    found = clocks.explained(clock, TERMS)
    assert found.due == clock.due_time
    assert sum((one.counted for one in found.segments), timedelta()) == clock.target


def test_no_move_touches_the_clocks_of_a_ticket_that_has_none() -> None:
    bare = replace(a_ticket(TicketState.RESOLVED), clocks=(), sla_outcome=SlaOutcome.MET)
    assert transitions.reopen(bare, now=NOW)[0].clocks == ()
    assert transitions.close(bare, CloseCode.SOLVED, now=NOW)[0].sla_outcome is SlaOutcome.MET
