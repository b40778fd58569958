"""The job that settles cases in which nobody has appealed in time."""

from datetime import timedelta

from libs.runtime.service import Job
from libs.runtime.sweep import sweep
from libs.store.port import ROWS_PER_PAGE, Query
from services.deals.adjudication.documents import ADJUDICATIONS
from services.deals.adjudication.usecases.deciding import SettleAdjudication, settle_adjudication
from services.deals.settings import Env, Settings

NAME = "deals__settle_adjudications"
EVERY = timedelta(minutes=1)
_INSTANT = timedelta(microseconds=1)  # the resolution of a clock


async def settle_adjudications(env: Env) -> int:
    """Settle up to 200 cases whose time for appeals is over; how many changed."""
    query = Query(kind=ADJUDICATIONS, order="settle_on", below=env.clock.now() + _INSTANT, limit=ROWS_PER_PAGE)
    rows = (await env.store.find(query)).rows
    return await sweep(
        NAME, rows, lambda call, row: env.run(settle_adjudication, SettleAdjudication(call=call, id=row))
    )


JOBS: tuple[Job[Settings], ...] = (Job(NAME, EVERY, settle_adjudications),)
