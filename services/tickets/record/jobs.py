"""The job of record: it renews the assignees of tickets that an earlier release stored."""

from datetime import timedelta

from libs.runtime.service import Job
from libs.runtime.sweep import sweep
from libs.store.port import ROWS_PER_PAGE, Query
from services.tickets.record.documents import TICKETS
from services.tickets.record.domain.persons import ASSIGNEE_RULES
from services.tickets.record.usecases import RenewAssignee, renew_assignee
from services.tickets.settings import Env, Settings

NAME = "tickets__renew_assignees"
EVERY = timedelta(minutes=1)


async def renew_assignees(env: Env) -> int:
    """Renews the assignees of up to 200 tickets; returns how many."""
    query = Query(kind=TICKETS, order="assignee_rules", below=ASSIGNEE_RULES, limit=ROWS_PER_PAGE)
    rows = (await env.store.find(query)).rows
    return await sweep(NAME, rows, lambda call, row: env.run(renew_assignee, RenewAssignee(call=call, id=row)))


JOBS: tuple[Job[Settings], ...] = (Job(NAME, EVERY, renew_assignees),)
