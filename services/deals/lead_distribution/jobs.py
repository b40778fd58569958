"""The job of the distribution: it passes on the leads that wait."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from msgspec.structs import replace

from libs.call import SYSTEM, Call
from libs.document import Document
from libs.errors import AppError, StoreUnavailable
from libs.runtime.service import Job
from libs.runtime.sweep import sweep
from services.deals.lead_distribution.reads import Roster
from services.deals.lead_distribution.usecases.distributing import (
    LEADS_TOGETHER,
    DistributeLead,
    DistributeLeads,
    distribute_lead,
    distribute_leads,
    is_due,
)
from services.deals.leads.domain.states import LeadState
from services.deals.leads.reads.moving import due
from services.deals.settings import Env, Settings

NAME = "deals__distribute_leads"
EVERY = timedelta(minutes=1)
PAGES_AT_ONCE = 10  # share what they read of partners


async def distribute(env: Env) -> int:
    """Pass on the leads that wait; how many were. Leads of a batch that is refused are passed on one by one."""
    call, roster, done = Call(caller=SYSTEM, method=NAME), Roster(env), 0
    query = due(env, LeadState.QUALIFIED)
    for _ in range(PAGES_AT_ONCE):
        page = await env.store.find(query)
        rows = [loaded for loaded in page.rows if is_due(loaded.value, now=env.clock.now())]
        for start in range(0, len(rows), LEADS_TOGETHER):
            together = rows[start : start + LEADS_TOGETHER]
            cmd = DistributeLeads(call=call, ids=tuple(one.value.id for one in together), roster=roster)
            try:
                done += (await env.run(distribute_leads, cmd)).count
            except StoreUnavailable:
                raise
            except AppError:
                done += await sweep(NAME, together, _one_by_one(env))
        query = replace(query, cursor=page.next_cursor)
        if not query.cursor:
            break
    return done


def _one_by_one(env: Env) -> Callable[[Call, str], Awaitable[Document]]:
    return lambda call, row: env.run(distribute_lead, DistributeLead(call=call, id=row))


JOBS: tuple[Job[Settings], ...] = (Job(NAME, EVERY, distribute),)
