"""Which tickets a handover moves, by state."""

import pytest
from msgspec.structs import replace

from services.tickets.handover.domain import OPEN, to_assignee, to_partner
from services.tickets.record.domain.states import TicketState
from tests.builders import NOW, an_id
from tests.unit.tickets.filed import a_ticket


@pytest.mark.parametrize("state", TicketState)
def test_a_ticket_that_has_not_ended_is_open(state: TicketState) -> None:
    assert (state in OPEN) is (state not in {TicketState.CLOSED, TicketState.CANCELED})


def test_a_handover_changes_nothing_but_the_partner_or_the_assignee() -> None:
    ticket, target, of = a_ticket(TicketState.OPEN), an_id("ptn", 2), an_id("hov")
    moved, event = to_partner(ticket, target, handover_id=of, now=NOW)
    assert moved == replace(ticket, partner_id=target, update_time=NOW)
    assert (event.partner_id, event.from_partner_id) == (target, ticket.partner_id)
    given, event = to_assignee(ticket, "auth0|target", handover_id=of, now=NOW)
    more = ticket.reassignment_count + 1
    assert given == replace(ticket, assignee="auth0|target", reassignment_count=more, update_time=NOW)
    assert (event.partner_id, event.from_partner_id) == (ticket.partner_id, ticket.partner_id)
