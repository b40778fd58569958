"""The jobs of leads: they take back what nobody answers or follows up, and end what nobody takes."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

from libs.partner import PartnerStatus
from libs.partner_projection import PARTNERS
from libs.runtime.service import Job
from libs.runtime.sweep import sweep
from libs.store.port import ROWS_PER_PAGE, Loaded, Query, Scalar, get_all
from services.deals.leads.documents import LEAD_ACCOUNTS, LEADS
from services.deals.leads.domain.lead import Lead
from services.deals.leads.domain.states import HELD, MAY_EXPIRE, LeadState
from services.deals.leads.reads.moving import due
from services.deals.leads.usecases.answering import Sweep, leave_lead, take_back_lead
from services.deals.leads.usecases.judging import expire_lead
from services.deals.settings import Env, Settings

TAKE_BACK, EXPIRE = "deals__take_back_leads", "deals__expire_leads"
LEAVE = "deals__take_back_leads_of_terminated"
EVERY = timedelta(minutes=1)


async def take_back(env: Env) -> int:
    """Take back offers that have ended, and leads that were not followed up."""
    moved = 0
    for state in (LeadState.OFFERED, LeadState.ACCEPTED):
        page = await env.store.find(due(env, state))
        moved += await _sweep(env, TAKE_BACK, take_back_lead, page.rows)
    return moved


async def expire(env: Env) -> int:
    """End the leads that nobody has taken in time."""
    moved = 0
    for state in sorted(MAY_EXPIRE, key=lambda one: one.name):
        page = await env.store.find(due(env, state))
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


async def _sweep(
    env: Env, name: str, use_case: Callable[[Env, Sweep], Awaitable[Lead]], rows: Sequence[Loaded[Lead]]
) -> int:
    return await sweep(name, rows, lambda call, row: env.run(use_case, Sweep(call=call, id=row)))


JOBS: tuple[Job[Settings], ...] = (
    Job(TAKE_BACK, EVERY, take_back),
    Job(EXPIRE, EVERY, expire),
    Job(LEAVE, EVERY, take_back_of_terminated),
)
