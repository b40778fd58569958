"""Duplicates and parts: what may be merged, what a split begins with, and that links never run in a circle."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from libs.errors import AppError, InvalidInput, WrongState
from libs.person import PersonalText
from services.tickets.handling.domain import transitions
from services.tickets.handling.events import TicketClosed, TicketCreated
from services.tickets.linking import domain as linking
from services.tickets.linking.domain import PartnersDiffer, TooManyLinks
from services.tickets.linking.events import TicketLinked, TicketMerged
from services.tickets.record.domain.states import ClockState, CloseCode, Priority, TicketState
from tests.builders import NOW, an_id
from tests.unit.tickets.filed import a_new_ticket, a_target, a_ticket

S = TicketState
LATER = NOW + timedelta(minutes=10)
ENDED = {S.CLOSED, S.CANCELED}


@pytest.mark.parametrize("state", S)
@pytest.mark.parametrize("target", S)
def test_a_duplicate_that_is_not_solved_is_merged_into_whatever_has_not_ended(state: S, target: S) -> None:
    if state in {S.RESOLVED, *ENDED} or target in ENDED:
        with pytest.raises(WrongState):
            linking.merge(a_ticket(state), a_target(target), now=NOW)
    else:
        (after, _), (into, _) = linking.merge(a_ticket(state), a_target(target), now=NOW)
        assert (after.state, into.state) == (S.CANCELED, target)


def test_the_duplicate_ends_and_each_names_the_other() -> None:
    ticket, other = a_ticket(S.OPEN), a_target(S.PENDING)
    (after, told), (into, told_of_other) = linking.merge(ticket, other, now=LATER)
    assert (after.close_code, after.close_time, after.survey_expire_time) == (CloseCode.DUPLICATE, LATER, None)
    assert {clock.state for clock in after.clocks} <= {ClockState.STOPPED, ClockState.MET}
    assert (after.merged_into_ticket_id, into.merged_ticket_ids) == (other.id, (ticket.id,))
    assert into == replace(other, merged_ticket_ids=(ticket.id,), update_time=LATER)
    assert [type(event) for event in told] == [TicketClosed, TicketMerged]
    assert told[1] == TicketMerged(ticket_id=ticket.id, partner_id=ticket.partner_id, into_ticket_id=other.id)
    linked = TicketLinked(ticket_id=other.id, partner_id=other.partner_id, merged_ticket_id=ticket.id)
    assert told_of_other == (linked,)


def test_a_ticket_is_not_its_own_duplicate() -> None:
    with pytest.raises(InvalidInput) as refused:
        linking.merge(a_ticket(), a_ticket(), now=NOW)
    assert [(v.field, v.reason) for v in refused.value.violations] == [("into_ticket_id", "SAME_TICKET")]


def test_tickets_of_two_partners_are_not_merged() -> None:
    with pytest.raises(PartnersDiffer):
        linking.merge(a_ticket(), replace(a_target(), partner_id=an_id("ptn", 2)), now=NOW)


def test_a_ticket_goes_on_for_a_hundred_others_and_has_a_hundred_parts() -> None:
    hundred = tuple(an_id("tkt", number) for number in range(10, 110))
    with pytest.raises(TooManyLinks):
        linking.merge(a_ticket(), replace(a_target(), merged_ticket_ids=hundred), now=NOW)
    with pytest.raises(TooManyLinks):
        linking.split(replace(a_ticket(), split_ticket_ids=hundred), a_target(), now=NOW)
    (_, _), (into, _) = linking.merge(a_ticket(), replace(a_target(), merged_ticket_ids=hundred[1:]), now=NOW)
    assert len(into.merged_ticket_ids) == 100


@pytest.mark.parametrize("state", S)
def test_a_ticket_that_has_not_ended_is_split_and_stays_as_it_is(state: S) -> None:
    ticket, part = a_ticket(state), a_target()
    if state in ENDED:
        with pytest.raises(WrongState):
            linking.split(ticket, part, now=NOW)
        return
    (first, told), _ = linking.split(ticket, part, now=LATER)
    assert first == replace(ticket, split_ticket_ids=(part.id,), update_time=LATER)
    assert told == (TicketLinked(ticket_id=ticket.id, partner_id=ticket.partner_id, split_ticket_id=part.id),)


def test_the_clocks_of_a_part_start_with_the_split() -> None:
    part = replace(a_target(), clocks=(), create_time=LATER)
    _, (after, told) = linking.split(a_ticket(S.OPEN), part, now=LATER)
    assert after.split_from_ticket_id == a_ticket().id
    assert {clock.start_time for clock in after.clocks} == {LATER}
    assert [type(event) for event in told] == [TicketCreated]
    assert Priority.MODERATE is after.priority


def test_what_the_clocks_of_the_other_ticket_had_to_tell_is_told_first() -> None:
    late = NOW + timedelta(hours=2)
    _, (into, told) = linking.merge(a_ticket(), a_target(), now=late)
    assert [event.__class__.__name__ for event in told] == ["DeadlineBreached", "TicketLinked"]
    assert into.breached
    (first, told), _ = linking.split(a_ticket(), a_target(), now=late)
    assert [event.__class__.__name__ for event in told] == ["DeadlineBreached", "TicketLinked"]
    assert first.breached


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.sampled_from(["merge", "reopen", "close"]))))
def test_whatever_is_merged_leads_to_one_ticket_and_never_back(course: list[tuple[int, int, str]]) -> None:
    tickets = [replace(a_new_ticket(), id=an_id("tkt", number)) for number in range(6)]
    places = {ticket.id: place for place, ticket in enumerate(tickets)}
    for one, other, action in course:
        try:
            if action == "merge":
                (tickets[one], _), (tickets[other], _) = linking.merge(tickets[one], tickets[other], now=NOW)
            elif action == "reopen":
                tickets[one], _ = transitions.reopen(tickets[one], now=NOW)
            else:
                tickets[one], _ = transitions.close(tickets[one], CloseCode.CANCELED, now=NOW)
        except AppError:
            continue
    for ticket in tickets:
        assert all(tickets[places[id]].merged_into_ticket_id == ticket.id for id in ticket.merged_ticket_ids)
        if ticket.merged_into_ticket_id:
            assert ticket.state is S.CANCELED
            assert ticket.id in tickets[places[ticket.merged_into_ticket_id]].merged_ticket_ids
        seen = {ticket.id}
        while into := ticket.merged_into_ticket_id:
            ticket = tickets[places[into]]
            assert ticket.id not in seen
            seen.add(ticket.id)


def test_words_of_a_part_are_its_own() -> None:
    part = replace(a_target(), subject=PersonalText(text="and the cable, too"))
    _, (after, _) = linking.split(a_ticket(), part, now=NOW)
    assert after.subject == PersonalText(text="and the cable, too")
