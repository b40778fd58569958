"""The job of clocks: it publishes due warnings and misses."""

from datetime import timedelta

from libs.runtime.service import Job
from libs.runtime.sweep import sweep
from libs.store.port import ROWS_PER_PAGE, Query
from services.compliance.clocks.documents import CLOCKS
from services.compliance.clocks.usecases import Sweep, sweep_clock
from services.compliance.settings import Env, Settings

NAME = "compliance__publish_deadlines"
EVERY = timedelta(minutes=1)


async def publish_deadlines(env: Env) -> int:
    """Publishes the due warnings and misses of up to 200 requests, the most overdue first; returns how many clocks it
    changed."""
    by_now = env.clock.now() + timedelta(microseconds=1)
    due = await env.store.find(Query(kind=CLOCKS, order="sweep_time", below=by_now, limit=ROWS_PER_PAGE))
    return await sweep(NAME, due.rows, lambda call, row: env.run(sweep_clock, Sweep(call=call, id=row)))


JOBS: tuple[Job[Settings], ...] = (Job(NAME, EVERY, publish_deadlines),)
