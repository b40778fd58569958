"""What becomes due in orders: invoices that were not paid in time, and what is asked of them; decisions nobody took."""

from datetime import date, timedelta

from libs.decisions.expiry import expiry
from libs.runtime.service import Job
from libs.runtime.sweep import sweep
from libs.store.port import ROWS_PER_PAGE, Query
from services.orders.documents import INVOICES
from services.orders.usecases.billing import FallOverdue, fall_overdue_invoice
from services.orders.usecases.dunning import Dun, EndDunningBlock, dun_invoice, end_dunning_block
from services.orders.usecases.four_eyes import FOUR_EYES
from services.orders.usecases.settings import Env, Settings, today

FALL_OVERDUE = "orders__fall_overdue"
END_DUNNING_BLOCKS = "orders__end_dunning_blocks"
DUN = "orders__dun"
EVERY = timedelta(minutes=1)
_EVER = date.min  # leaves out what is settled, told or blocked
_DAY = timedelta(days=1)


async def fall_overdue(env: Env) -> int:
    """Invoices whose last day to pay has passed."""
    query = Query(kind=INVOICES, order="watch_due", at_least=_EVER, below=today(env), limit=ROWS_PER_PAGE)
    due = (await env.store.find(query)).rows
    return await sweep(
        FALL_OVERDUE, due, lambda call, row: env.run(fall_overdue_invoice, FallOverdue(call=call, id=row))
    )


async def end_dunning_blocks(env: Env) -> int:
    """Invoices whose block has had its last day."""
    query = Query(kind=INVOICES, order="dunning_block.until", at_least=_EVER, below=today(env), limit=ROWS_PER_PAGE)
    due = (await env.store.find(query)).rows
    return await sweep(
        END_DUNNING_BLOCKS, due, lambda call, row: env.run(end_dunning_block, EndDunningBlock(call=call, id=row))
    )


async def dun(env: Env) -> int:
    """Invoices whose next step of dunning is due, 200 of each step."""
    moved = 0
    for level, days in enumerate(env.settings.policy.dunning.days_past_due):
        query = Query(
            kind=INVOICES,
            equals={"dunning_level": level},
            order="dunning_watch",
            at_least=_EVER,
            below=today(env) - timedelta(days=days) + _DAY,
            limit=ROWS_PER_PAGE,
        )
        due = (await env.store.find(query)).rows
        moved += await sweep(DUN, due, lambda call, row: env.run(dun_invoice, Dun(call=call, id=row)))
    return moved


JOBS: tuple[Job[Settings], ...] = (
    Job(FALL_OVERDUE, EVERY, fall_overdue),
    Job(END_DUNNING_BLOCKS, EVERY, end_dunning_blocks),
    Job(DUN, EVERY, dun),
    expiry("orders", FOUR_EYES),
)
