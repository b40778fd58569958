"""The jobs of leads: they pass leads on, take back what nobody answers or follows up, and end what nobody takes."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

from msgspec.structs import replace

from libs.call import SYSTEM, Call
from libs.document import Document
from libs.errors import AppError, StoreUnavailable
from libs.partner import PartnerStatus
from libs.partner_projection import PARTNERS
from libs.runtime.service import Job
from libs.runtime.sweep import sweep
from libs.store.port import ROWS_PER_PAGE, Loaded, Query, Scalar, get_all
from services.deals.leads.documents import LEAD_ACCOUNTS, LEADS
from services.deals.leads.domain.lead import Lead
from services.deals.leads.domain.states import HELD, MAY_EXPIRE, LeadState
from services.deals.leads.reads import Roster
from services.deals.leads.usecases.answering import Sweep, leave_lead, take_back_lead
from services.deals.leads.usecases.distributing import (
    LEADS_TOGETHER,
    DistributeLead,
    DistributeLeads,
    distribute_lead,
    distribute_leads,
    is_due,
)
from services.deals.leads.usecases.judging import expire_lead
from services.deals.settings import Env, Settings

DISTRIBUTE, TAKE_BACK = "deals__distribute_leads", "deals__take_back_leads"
EXPIRE, LEAVE = "deals__expire_leads", "deals__take_back_leads_of_terminated"
EVERY = timedelta(minutes=1)
PAGES_AT_ONCE = 10  # share what they read of partners
_INSTANT = timedelta(microseconds=1)  # the resolution of a clock


async def distribute(env: Env) -> int:
    """Pass on the leads that wait; how many were. Leads of a batch that is refused are passed on one by one."""
    call, roster, done = Call(caller=SYSTEM, method=DISTRIBUTE), Roster(env), 0
    query = _due(env, LeadState.QUALIFIED)
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
                done += await sweep(DISTRIBUTE, together, _one_by_one(env))
        query = replace(query, cursor=page.next_cursor)
        if not query.cursor:
            break
    return done


async def take_back(env: Env) -> int:
    """Take back offers that have ended, and leads that were not followed up."""
    moved = 0
    for state in (LeadState.OFFERED, LeadState.ACCEPTED):
        page = await env.store.find(_due(env, state))
        moved += await _sweep(env, TAKE_BACK, take_back_lead, page.rows)
    return moved


async def expire(env: Env) -> int:
    """End the leads that nobody has taken in time."""
    moved = 0
    for state in sorted(MAY_EXPIRE, key=lambda one: one.name):
        page = await env.store.find(_due(env, state))
        rows = [loaded for loaded in page.rows if loaded.value.expire_time <= env.clock.now()]
        moved += await _sweep(env, EXPIRE, expire_lead, rows)
    return moved


async def take_back_of_terminated(env: Env) -> int:
    """Take back the leads of terminated partners."""
    moved, cursor = 0, ""
    while True:
        query = Query(kind=PARTNERS, equals={"status": PartnerStatus.TERMINATED}, limit=ROWS_PER_PAGE, cursor=cursor)
        gone = await env.store.find(query)
        accounts = await get_all(env.store, LEAD_ACCOUNTS, (one.value.id for one in gone.rows))
        for account in accounts.values():
            for state in sorted(HELD, key=lambda one: one.name) if account.value.open_leads else ():
                equals: dict[str, Scalar] = {"partner_id": account.value.id, "state": state}
                page = await env.store.find(Query(kind=LEADS, equals=equals, limit=ROWS_PER_PAGE))
                moved += await _sweep(env, LEAVE, leave_lead, page.rows)
        if not (cursor := gone.next_cursor):
            return moved


def _due(env: Env, state: LeadState) -> Query[Lead]:
    return Query(
        kind=LEADS,
        equals={"state": state},
        order="due_time",
        below=env.clock.now() + _INSTANT,
        limit=ROWS_PER_PAGE,
    )


def _one_by_one(env: Env) -> Callable[[Call, str], Awaitable[Document]]:
    return lambda call, row: env.run(distribute_lead, DistributeLead(call=call, id=row))


async def _sweep(
    env: Env, name: str, use_case: Callable[[Env, Sweep], Awaitable[Lead]], rows: Sequence[Loaded[Lead]]
) -> int:
    return await sweep(name, rows, lambda call, row: env.run(use_case, Sweep(call=call, id=row)))


JOBS: tuple[Job[Settings], ...] = (
    Job(DISTRIBUTE, EVERY, distribute),
    Job(TAKE_BACK, EVERY, take_back),
    Job(EXPIRE, EVERY, expire),
    Job(LEAVE, EVERY, take_back_of_terminated),
)
