"""Explains a clock; for the job, publishes due warnings and breaches."""

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
    """Explain when a clock is due, and why."""

    id: str
    clock_type: ClockType


class Sweep(Command, frozen=True, kw_only=True):
    """Publish the due warnings and breaches of one ticket."""

    id: str


async def explain_deadline(env: Env, cmd: ExplainDeadline) -> tuple[Clock, Deadline]:
    """The clock and the explanation of its deadline; NotFound if the ticket has no clock of this type."""
    ticket = await env.show(TICKETS, cmd.id, call=cmd.call)
    clock = ticket.clock(cmd.clock_type)
    if clock is None:
        raise NotFound("clock", f"{cmd.id} {cmd.clock_type.name}")
    return clock, explained(clock, ticket.terms)


async def sweep_ticket(env: Env, cmd: Sweep) -> Ticket:
    """The ticket after its due warnings and breaches were published; unchanged if none is due."""
    loaded = await env.load(TICKETS, cmd.id, call=cmd.call)
    after = tell_clocks(loaded.value, now=env.clock.now())
    return await commit_ticket(env, loaded, after, call=cmd.call) if after[1] else loaded.value
