"""The jobs of the segmentation: they open the runs of quarters that have ended, and do their pages."""

from datetime import timedelta

from libs.call import SYSTEM, Call
from libs.errors import Contended
from libs.runtime.service import Job
from libs.runtime.sweep import sweep
from libs.store.port import Query
from services.deals.customer_segmentation.documents import RUNS
from services.deals.customer_segmentation.usecases.running import OpenRuns, WorkOnRun, open_runs, work_on_run
from services.deals.settings import Env, Settings

OPEN, WORK = "deals__open_segmentations", "deals__work_on_segmentations"
OPEN_EVERY, WORK_EVERY = timedelta(minutes=10), timedelta(seconds=10)
_RUNS_AT_ONCE = 4
_INSTANT = timedelta(microseconds=1)


async def open_segmentations(env: Env) -> int:
    """Opens the runs that are missing; none if another replica opens them at the moment. How many."""
    try:
        return (await env.run(open_runs, OpenRuns(call=Call(caller=SYSTEM, method=OPEN)))).count
    except Contended:
        return 0


async def work_on_segmentations(env: Env) -> int:
    """Does a page of up to four runs that are due; of how many."""
    query = Query(kind=RUNS, order="due_at", below=env.clock.now() + _INSTANT, limit=_RUNS_AT_ONCE)
    rows = (await env.store.find(query)).rows
    return await sweep(WORK, rows, lambda call, row: env.run(work_on_run, WorkOnRun(call=call, id=row)))


JOBS: tuple[Job[Settings], ...] = (
    Job(OPEN, OPEN_EVERY, open_segmentations),
    Job(WORK, WORK_EVERY, work_on_segmentations),
)
