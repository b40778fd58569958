"""Publishes the warnings and breaches that are due, and explains a clock."""

from libs.call import Command
from libs.deadlines import Deadline
from libs.errors import NotFound
from services.tickets.clocks.domain import explained, tell_clocks
from services.tickets.record.documents import TICKETS
from services.tickets.record.domain.clock import Clock
from services.tickets.record.domain.states import ClockType
from services.tickets.record.domain.ticket import Ticket
from services.tickets.record.reads import commit_ticket
from services.tickets.settings import Env


class ExplainDeadline(Command, frozen=True, kw_only=True):
    """Ask why a clock runs out when it does."""

    id: str
    clock_type: ClockType


class Sweep(Command, frozen=True, kw_only=True):
    """Publish the warnings and breaches of one ticket that are due."""

    id: str


async def explain_deadline(env: Env, cmd: ExplainDeadline) -> tuple[Clock, Deadline]:
    """A clock, and why it runs out when it does; NotFound if the ticket has none of this type."""
    ticket = await env.show(TICKETS, cmd.id, call=cmd.call)
    clock = ticket.clock(cmd.clock_type)
    if clock is None:
        raise NotFound("clock", f"{cmd.id} {cmd.clock_type.name}")
    return clock, explained(clock, ticket.terms)


async def sweep_ticket(env: Env, cmd: Sweep) -> Ticket:
    """Publish the warnings and breaches of the ticket; unchanged if another replica has published them."""
    loaded = await env.load(TICKETS, cmd.id, call=cmd.call)
    after = tell_clocks(loaded.value, now=env.clock.now())
    return await commit_ticket(env, loaded, after, call=cmd.call) if after[1] else loaded.value
