"""Comments and work notes, of the vendor or the requester, and their effect on the clocks."""

from datetime import datetime

from msgspec.structs import replace

from libs.errors import InvalidInput, Violation, require_state
from libs.person import PersonalText
from services.tickets.clocks import domain as clocks
from services.tickets.clocks.domain import Transition, tell_clocks, with_clocks
from services.tickets.handling.domain import transitions
from services.tickets.handling.domain.refusals import NotForPartners, TooManyComments
from services.tickets.handling.events import CommentAdded
from services.tickets.record.domain.clock import Clock
from services.tickets.record.domain.states import (
    MAY_COMMENT,
    RESPONSES,
    WAITING,
    ClockType,
    CommentSide,
    TicketState,
    Visibility,
)
from services.tickets.record.domain.ticket import Comment, Ticket
from services.tickets.record.events import TicketEvent

COMMENTS_PER_TICKET = 500


def side_of(id: str, visibility: Visibility, side: CommentSide | None, *, partner: bool) -> CommentSide:
    """The side of a caller's comment. NotForPartners; InvalidInput for a work note of the requester's side. partner:
    whether the caller is a user of a partner."""
    if partner and (visibility is Visibility.INTERNAL or side is CommentSide.VENDOR):
        raise NotForPartners(id)
    if visibility is Visibility.INTERNAL and side is CommentSide.REQUESTER:
        raise InvalidInput([Violation("side", "only the vendor writes work notes", "WORK_NOTE_OF_REQUESTER")])
    return side or (CommentSide.REQUESTER if partner else CommentSide.VENDOR)


def add_comment(ticket: Ticket, comment: Comment, *, now: datetime) -> Transition:
    """The ticket with the comment counted and its effect on the clocks, and the events. WrongState, TooManyComments."""
    require_state("ticket", ticket.id, ticket.state, action="comment", allowed=MAY_COMMENT)
    if ticket.comment_count >= COMMENTS_PER_TICKET:
        raise TooManyComments(ticket.id, COMMENTS_PER_TICKET)
    ticket, told = tell_clocks(ticket, now=now)
    if comment.visibility is Visibility.INTERNAL:
        return _counted(ticket, comment, told, now)
    if comment.side is CommentSide.VENDOR:
        return _counted(_answered(ticket, now), comment, told, now)
    if ticket.state is TicketState.PENDING:
        ticket, resumed = transitions.resume(ticket, now=now)
        told += resumed
    return _counted(_asked(ticket, now), comment, told, now)


def reopen_saying(ticket: Ticket, comment: Comment, *, now: datetime) -> Transition:
    """The ticket, reopened with a comment of the requester that waits for an answer like any other, and the events. The
    maximum number of comments does not apply."""
    reopened, told = transitions.reopen(ticket, now=now)
    return _counted(_asked(reopened, now), comment, told, now)


def written(ticket: Ticket, *, id: str, author: str, visibility: Visibility, side: CommentSide, body: PersonalText,
            now: datetime) -> Comment:  # fmt: skip
    """The next comment on the ticket."""
    return Comment(
        id=id,
        ticket_id=ticket.id,
        number=ticket.comment_count,
        visibility=visibility,
        side=side,
        author=author,
        body=body,
        requester_person_id=ticket.requester.person_id,
        create_time=now,
    )


def _answered(ticket: Ticket, now: datetime) -> Ticket:
    return with_clocks(
        ticket,
        tuple(clocks.meet(clock, ticket.terms, now) if clock.type in RESPONSES else clock for clock in ticket.clocks),
    )


def _asked(ticket: Ticket, now: datetime) -> Ticket:
    """The ticket with its next-response clock restarted, unless an earlier comment is still unanswered, whose clock
    then continues."""
    waiting = ticket.clock(ClockType.NEXT_RESPONSE)
    if waiting is not None and waiting.unanswered:
        return ticket
    fresh = clocks.start(ClockType.NEXT_RESPONSE, ticket.terms, at=now, paused=ticket.state in WAITING)
    others = [clock for clock in ticket.clocks if clock.type is not ClockType.NEXT_RESPONSE]
    return with_clocks(ticket, tuple(sorted([*others, fresh], key=_place)))


def _place(clock: Clock) -> int:
    return list(ClockType).index(clock.type)


def _counted(ticket: Ticket, comment: Comment, told: tuple[TicketEvent, ...], now: datetime) -> Transition:
    event = CommentAdded(
        ticket_id=ticket.id,
        partner_id=ticket.partner_id,
        comment_id=comment.id,
        visibility=comment.visibility,
        side=comment.side,
    )
    return replace(ticket, comment_count=ticket.comment_count + 1, update_time=now), (*told, event)
