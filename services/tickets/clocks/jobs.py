"""What the clock makes due: warnings and breaches of tickets' deadlines."""

from datetime import timedelta

from libs.runtime.service import Job
from libs.runtime.sweep import sweep
from libs.store.port import ROWS_PER_PAGE, Query
from services.tickets.clocks.usecases import Sweep, sweep_ticket
from services.tickets.record.documents import TICKETS
from services.tickets.settings import Env, Settings

NAME = "tickets__publish_deadlines"
EVERY = timedelta(seconds=15)


async def publish_deadlines(env: Env) -> int:
    """Publish the warnings and breaches that are due, the most overdue ticket first.

    Each is read again for its own commit, so that of several replicas one publishes and the others find nothing due.
    """
    by_now = env.clock.now() + timedelta(microseconds=1)
    due = await env.store.find(Query(kind=TICKETS, order="sweep_time", below=by_now, limit=ROWS_PER_PAGE))
    return await sweep(NAME, due.rows, lambda call, row: env.run(sweep_ticket, Sweep(call=call, id=row)))


JOBS: tuple[Job[Settings], ...] = (Job(NAME, EVERY, publish_deadlines),)
