"""What the vendor and the requester do with a ticket that exists."""

from libs.call import Call, Command
from libs.document import same_content
from libs.person import PersonalText
from libs.store.port import Held, create
from services.tickets.documents import COMMENTS, TICKETS
from services.tickets.domain import moves, talking
from services.tickets.domain.moves import Moved
from services.tickets.domain.states import (
    CloseCode,
    CommentSide,
    ComplaintCause,
    ComplaintType,
    PendingReason,
    Visibility,
)
from services.tickets.domain.ticket import Comment, Satisfaction, Ticket
from services.tickets.usecases.records import about, moved, said
from services.tickets.usecases.settings import Env


class AssignTicket(Command, frozen=True, kw_only=True):
    """Say who is to work on it."""

    id: str
    etag: str = ""
    assignment_group: str = ""
    assignee: str = ""


class AddComment(Command, frozen=True, kw_only=True):
    """Say something; side: None for the caller's own."""

    ticket_id: str
    etag: str = ""
    visibility: Visibility
    side: CommentSide | None = None
    body: PersonalText


class SetPending(Command, frozen=True, kw_only=True):
    """Wait for something."""

    id: str
    etag: str = ""
    pending_reason: PendingReason


class ResumeTicket(Command, frozen=True, kw_only=True):
    """Wait no more."""

    id: str
    etag: str = ""


class ResolveTicket(Command, frozen=True, kw_only=True):
    """Call it solved."""

    id: str
    etag: str = ""
    resolution_code: str
    resolution_note: PersonalText | None = None


class CloseTicket(Command, frozen=True, kw_only=True):
    """End it."""

    id: str
    etag: str = ""
    close_code: CloseCode


class ReopenTicket(Command, frozen=True, kw_only=True):
    """Go on with it; the reason becomes a comment."""

    id: str
    etag: str = ""
    reason: PersonalText | None = None


class RecordSatisfaction(Command, frozen=True, kw_only=True):
    """Keep what the requester thinks of it."""

    id: str
    etag: str = ""
    score: int
    complaint_type: ComplaintType | None = None
    complaint_cause: ComplaintCause | None = None
    note: PersonalText | None = None


class Sweep(Command, frozen=True, kw_only=True):
    """Tell what the clocks of one ticket have to tell by now."""

    id: str


async def assign_ticket(env: Env, cmd: AssignTicket) -> Ticket:
    """The ticket, given to somebody; as it is if they have it."""
    held = await env.load(TICKETS, cmd.id, call=cmd.call, etag=cmd.etag)
    after = moves.assign(held.value, cmd.assignment_group, cmd.assignee, now=env.clock.now())
    if same_content(held.value, after[0]):
        return await env.unchanged(held.value, call=cmd.call)
    return await _commit(env, held, after, call=cmd.call)


async def set_pending(env: Env, cmd: SetPending) -> Ticket:
    """The ticket, waiting."""
    held = await env.load(TICKETS, cmd.id, call=cmd.call, etag=cmd.etag)
    return await _commit(
        env, held, moves.set_pending(held.value, cmd.pending_reason, now=env.clock.now()), call=cmd.call
    )


async def resume_ticket(env: Env, cmd: ResumeTicket) -> Ticket:
    """The ticket, going on."""
    held = await env.load(TICKETS, cmd.id, call=cmd.call, etag=cmd.etag)
    return await _commit(env, held, moves.resume(held.value, now=env.clock.now()), call=cmd.call)


async def resolve_ticket(env: Env, cmd: ResolveTicket) -> Ticket:
    """The ticket, solved."""
    held = await env.load(TICKETS, cmd.id, call=cmd.call, etag=cmd.etag)
    after = moves.resolve(held.value, cmd.resolution_code, cmd.resolution_note, now=env.clock.now())
    return await _commit(env, held, after, call=cmd.call)


async def close_ticket(env: Env, cmd: CloseTicket) -> Ticket:
    """The ticket, over."""
    held = await env.load(TICKETS, cmd.id, call=cmd.call, etag=cmd.etag)
    return await _commit(env, held, moves.close(held.value, cmd.close_code, now=env.clock.now()), call=cmd.call)


async def record_satisfaction(env: Env, cmd: RecordSatisfaction) -> Ticket:
    """The ticket with what its requester thinks."""
    held = await env.load(TICKETS, cmd.id, call=cmd.call, etag=cmd.etag)
    now = env.clock.now()
    given = Satisfaction(
        score=cmd.score,
        complaint_type=cmd.complaint_type,
        complaint_cause=cmd.complaint_cause,
        note=cmd.note,
        record_time=now,
    )
    return await _commit(env, held, moves.record_satisfaction(held.value, given, now=now), call=cmd.call)


async def reopen_ticket(env: Env, cmd: ReopenTicket) -> Ticket:
    """The ticket, going on; with the reason as a comment of the requester's side."""
    held = await env.load(TICKETS, cmd.id, call=cmd.call, etag=cmd.etag)
    now = env.clock.now()
    if cmd.reason is None or not cmd.reason.text:
        return await _commit(env, held, moves.reopen(held.value, now=now), call=cmd.call)
    reason = talking.written(
        held.value,
        id=env.ids.new("cmt"),
        author=cmd.call.caller.subject,
        visibility=Visibility.PARTNER,
        side=CommentSide.REQUESTER,
        body=cmd.reason,
        now=now,
    )
    after = talking.reopen_saying(held.value, reason, now=now)
    return await _commit(env, held, after, comment=reason, call=cmd.call)


async def add_comment(env: Env, cmd: AddComment) -> Comment:
    """What was said."""
    held = await env.load(TICKETS, cmd.ticket_id, call=cmd.call, etag=cmd.etag)
    now, caller = env.clock.now(), cmd.call.caller
    side = talking.side_of(cmd.ticket_id, cmd.visibility, cmd.side, partner=bool(caller.partner_id))
    comment = talking.written(
        held.value,
        id=env.ids.new("cmt"),
        author=caller.subject,
        visibility=cmd.visibility,
        side=side,
        body=cmd.body,
        now=now,
    )
    after, events = talking.add_comment(held.value, comment, now=now)
    after, writes = moved(env, held, after)
    put = held.put(after)
    return await env.commit(
        create(COMMENTS, comment),
        put,
        *writes,
        *said(env, comment),
        events=about(events, put.document),
        call=cmd.call,
    )


async def sweep_ticket(env: Env, cmd: Sweep) -> Ticket:
    """The ticket, its warnings and breaches told; as it is if somebody else told them."""
    held = await env.load(TICKETS, cmd.id, call=cmd.call)
    after = moves.tell_clocks(held.value, now=env.clock.now())
    return await _commit(env, held, after, call=cmd.call) if after[1] else held.value


async def _commit(env: Env, held: Held[Ticket], after: Moved, *, comment: Comment | None = None, call: Call) -> Ticket:
    ticket, writes = moved(env, held, after[0])
    spoken = (create(COMMENTS, comment), *said(env, comment)) if comment else ()
    return await env.commit(held.put(ticket), *writes, *spoken, events=after[1], call=call)
