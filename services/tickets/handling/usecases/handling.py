"""What the vendor and the requester do with a ticket that exists."""

from libs.call import Command, ResourceCommand
from libs.document import same_content
from libs.person import PersonalText
from libs.store.port import create
from services.tickets.handling.domain import comments, transitions
from services.tickets.record.documents import COMMENTS, TICKETS
from services.tickets.record.domain.states import (
    CloseCode,
    CommentSide,
    PendingReason,
    Visibility,
)
from services.tickets.record.domain.ticket import Comment, Ticket
from services.tickets.record.reads import about, commit_ticket, keyed_assignee, moved
from services.tickets.settings import Env


class AssignTicket(ResourceCommand, frozen=True, kw_only=True):
    """Assign the ticket to a person, a group or both."""

    assignment_group: str = ""
    assignee: str = ""


class AddComment(Command, frozen=True, kw_only=True):
    """Say something; side: None for the caller's own."""

    ticket_id: str
    etag: str = ""
    visibility: Visibility
    side: CommentSide | None = None
    body: PersonalText


class SetPending(ResourceCommand, frozen=True, kw_only=True):
    """Wait for something."""

    pending_reason: PendingReason


class ResumeTicket(ResourceCommand, frozen=True, kw_only=True):
    """Wait no more."""


class ResolveTicket(ResourceCommand, frozen=True, kw_only=True):
    """Call it solved."""

    resolution_code: str
    resolution_note: PersonalText | None = None


class CloseTicket(ResourceCommand, frozen=True, kw_only=True):
    """End it."""

    close_code: CloseCode


class ReopenTicket(ResourceCommand, frozen=True, kw_only=True):
    """Go on with it; the reason becomes a comment."""

    reason: PersonalText | None = None


async def assign_ticket(env: Env, cmd: AssignTicket) -> Ticket:
    """The ticket, given to somebody; as it is if they have it."""
    loaded = await env.load(TICKETS, cmd.id, call=cmd.call, etag=cmd.etag)
    ticket, events = transitions.assign(loaded.value, cmd.assignment_group, cmd.assignee, now=env.clock.now())
    after = keyed_assignee(env, ticket, loaded.value), events
    if same_content(loaded.value, after[0]):
        return await env.unchanged(loaded, call=cmd.call)
    return await commit_ticket(env, loaded, after, call=cmd.call)


async def set_pending(env: Env, cmd: SetPending) -> Ticket:
    """The ticket, waiting."""
    loaded = await env.load(TICKETS, cmd.id, call=cmd.call, etag=cmd.etag)
    return await commit_ticket(
        env, loaded, transitions.set_pending(loaded.value, cmd.pending_reason, now=env.clock.now()), call=cmd.call
    )


async def resume_ticket(env: Env, cmd: ResumeTicket) -> Ticket:
    """Resume the ticket."""
    loaded = await env.load(TICKETS, cmd.id, call=cmd.call, etag=cmd.etag)
    return await commit_ticket(env, loaded, transitions.resume(loaded.value, now=env.clock.now()), call=cmd.call)


async def resolve_ticket(env: Env, cmd: ResolveTicket) -> Ticket:
    """The ticket, solved."""
    loaded = await env.load(TICKETS, cmd.id, call=cmd.call, etag=cmd.etag)
    after = transitions.resolve(loaded.value, cmd.resolution_code, cmd.resolution_note, now=env.clock.now())
    return await commit_ticket(env, loaded, after, call=cmd.call)


async def close_ticket(env: Env, cmd: CloseTicket) -> Ticket:
    """The ticket, over."""
    loaded = await env.load(TICKETS, cmd.id, call=cmd.call, etag=cmd.etag)
    return await commit_ticket(
        env, loaded, transitions.close(loaded.value, cmd.close_code, now=env.clock.now()), call=cmd.call
    )


async def reopen_ticket(env: Env, cmd: ReopenTicket) -> Ticket:
    """Reopen the ticket; with the reason as a comment of the requester's side."""
    loaded = await env.load(TICKETS, cmd.id, call=cmd.call, etag=cmd.etag)
    now = env.clock.now()
    if cmd.reason is None or not cmd.reason.text:
        return await commit_ticket(env, loaded, transitions.reopen(loaded.value, now=now), call=cmd.call)
    reason = comments.written(
        loaded.value,
        id=env.ids.new("cmt"),
        author=cmd.call.caller.subject,
        visibility=Visibility.PARTNER,
        side=CommentSide.REQUESTER,
        body=cmd.reason,
        now=now,
    )
    after = comments.reopen_saying(loaded.value, reason, now=now)
    return await commit_ticket(env, loaded, after, comment=reason, call=cmd.call)


async def add_comment(env: Env, cmd: AddComment) -> Comment:
    """What was said."""
    loaded = await env.load(TICKETS, cmd.ticket_id, call=cmd.call, etag=cmd.etag)
    now, caller = env.clock.now(), cmd.call.caller
    side = comments.side_of(cmd.ticket_id, cmd.visibility, cmd.side, partner=bool(caller.partner_id))
    comment = comments.written(
        loaded.value,
        id=env.ids.new("cmt"),
        author=caller.subject,
        visibility=cmd.visibility,
        side=side,
        body=cmd.body,
        now=now,
    )
    after, events = comments.add_comment(loaded.value, comment, now=now)
    after, writes = moved(loaded, after)
    put = loaded.put(after)
    return await env.commit(
        create(COMMENTS, comment),
        put,
        *writes,
        events=about(events, put.document),
        call=cmd.call,
    )
