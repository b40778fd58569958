"""Tickets in any state, for the tests of tickets. Their calendar is open Monday to Friday from 9 to 17 UTC."""

from datetime import datetime, timedelta

from msgspec.structs import replace

from libs.deadlines import BusinessTime, Calendar, Hours, Rule
from libs.person import Person, PersonalText
from services.tickets.clocks.domain import Transition
from services.tickets.handling.domain import comments, transitions
from services.tickets.record.domain.policy import Terms
from services.tickets.record.domain.states import (
    Channel,
    CloseCode,
    CommentSide,
    Impact,
    PendingReason,
    Priority,
    TicketState,
    Urgency,
    Visibility,
)
from services.tickets.record.domain.ticket import Comment, Satisfaction, Ticket
from tests.builders import NOW, an_id

OFFICE = Calendar(
    id="office",
    version=1,
    time_zone="UTC",
    weekly=tuple((Hours(9 * 60, 17 * 60),) if day < 5 else () for day in range(7)),
)
TERMS = Terms(
    calendar=OFFICE,
    first_response=Rule("first-response", 1, BusinessTime(hours=1)),
    next_response=Rule("next-response", 1, BusinessTime(hours=2)),
    resolution=Rule("resolution", 1, BusinessTime(hours=8)),
    warn_percent=75,
)
REQUESTER = Person(person_id=an_id("psn"), name="Ngozi Okafor", email="ngozi@example.org")


def a_new_ticket(now: datetime = NOW, *, number: int = 1) -> Ticket:
    """A ticket just filed: one hour to respond, eight to resolve."""
    return transitions.create(_unstarted(number, now), now=now)[0]


def a_ticket(state: TicketState = TicketState.NEW, *, now: datetime = NOW) -> Ticket:
    """A ticket as it would be found in that state, every move made at `now`."""
    new = a_new_ticket(now)
    opened, _ = transitions.assign(new, "service-desk", "", now=now)
    resolved, _ = transitions.resolve(opened, "REPLACED", None, now=now)
    found: dict[TicketState, Ticket] = {
        TicketState.NEW: new,
        TicketState.OPEN: opened,
        TicketState.PENDING: transitions.set_pending(opened, PendingReason.AWAITING_REQUESTER, now=now)[0],
        TicketState.HELD: transitions.set_pending(opened, PendingReason.AWAITING_PARTS, now=now)[0],
        TicketState.RESOLVED: resolved,
        TicketState.CLOSED: transitions.close(resolved, CloseCode.SOLVED, now=now)[0],
        TicketState.CANCELED: transitions.close(new, CloseCode.CANCELED, now=now)[0],
    }
    return found[state]


def a_target(state: TicketState = TicketState.NEW) -> Ticket:
    """Another ticket of the same partner."""
    return replace(a_ticket(state), id=an_id("tkt", 2))


def word(
    ticket: Ticket,
    side: CommentSide = CommentSide.REQUESTER,
    visibility: Visibility = Visibility.PARTNER,
    *,
    now: datetime = NOW,
) -> Comment:
    """Something to say about the ticket."""
    return comments.written(
        ticket,
        id=an_id("cmt"),
        author="system",
        visibility=visibility,
        side=side,
        body=PersonalText(text="does it work?"),
        now=now,
    )


def say(ticket: Ticket, side: CommentSide, *, now: datetime) -> Transition:
    """The ticket after a comment that both sides read."""
    return comments.add_comment(ticket, word(ticket, side, now=now), now=now)


def an_opinion(now: datetime = NOW) -> Satisfaction:
    """A satisfied requester."""
    return Satisfaction(score=5, record_time=now)


def _unstarted(number: int, now: datetime) -> Ticket:
    return Ticket(
        id=an_id("tkt", number),
        partner_id=an_id("ptn"),
        requester=REQUESTER,
        subject=PersonalText(text="router does not start"),
        channel=Channel.PORTAL,
        country="DE",
        state=TicketState.NEW,
        impact=Impact.MEDIUM,
        urgency=Urgency.MEDIUM,
        priority=Priority.MODERATE,
        service_policy_id="standard",
        service_policy_version=1,
        terms=TERMS,
        create_time=now,
        update_time=now,
    )


def hours(count: float) -> timedelta:
    """So many hours."""
    return timedelta(hours=count)
