"""The job of conduct: it notes that deadlines for a cure or an appeal are over."""

from datetime import timedelta

from libs.runtime.service import Job
from libs.runtime.sweep import sweep
from libs.store.port import ROWS_PER_PAGE, Query
from services.partners.conduct.documents import CONDUCT_CASES
from services.partners.conduct.usecases.cases import MoveConductCase, move_conduct_case
from services.partners.settings import Env, Settings

NAME = "partners__move_due_conduct_cases"
EVERY = timedelta(minutes=1)


async def move_due_conduct_cases(env: Env) -> int:
    """Moves up to 200 cases with a deadline that is over; returns how many."""
    query = Query(kind=CONDUCT_CASES, order="act_on", below=env.clock.now(), limit=ROWS_PER_PAGE)
    rows = (await env.store.find(query)).rows
    return await sweep(NAME, rows, lambda call, row: env.run(move_conduct_case, MoveConductCase(call=call, id=row)))


JOBS: tuple[Job[Settings], ...] = (Job(NAME, EVERY, move_due_conduct_cases),)
