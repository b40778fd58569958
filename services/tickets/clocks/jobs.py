"""The job of clocks: it publishes due warnings and breaches."""

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
    """Publishes the due warnings and breaches of up to 200 tickets, the most overdue first; returns how many tickets it
    changed.

    Each ticket is loaded again for its own commit, so that only one of several replicas publishes its events.
    """
    by_now = env.clock.now() + timedelta(microseconds=1)
    due = await env.store.find(Query(kind=TICKETS, order="sweep_time", below=by_now, limit=ROWS_PER_PAGE))
    return await sweep(NAME, due.rows, lambda call, row: env.run(sweep_ticket, Sweep(call=call, id=row)))


JOBS: tuple[Job[Settings], ...] = (Job(NAME, EVERY, publish_deadlines),)
