"""The jobs of dunning: mark invoices overdue, take the next step, end blocks. Each returns how many invoices it
changed."""

from datetime import date, timedelta

from libs.runtime.service import Job
from libs.runtime.sweep import sweep
from libs.store.port import ROWS_PER_PAGE, Query
from services.orders.billing.documents import INVOICES
from services.orders.dunning.usecases import (
    Dun,
    EndDunningBlock,
    FallOverdue,
    dun_invoice,
    end_dunning_block,
    fall_overdue_invoice,
)
from services.orders.settings import Env, Settings

FALL_OVERDUE = "orders__fall_overdue"
END_DUNNING_BLOCKS = "orders__end_dunning_blocks"
DUN = "orders__dun"
EVERY = timedelta(minutes=1)
_EVER = date.min  # excludes invoices whose day is None: settled, overdue already or blocked
_DAY = timedelta(days=1)


async def fall_overdue(env: Env) -> int:
    """Marks up to 200 invoices overdue whose due date has passed."""
    query = Query(kind=INVOICES, order="watch_due", at_least=_EVER, below=env.today(), limit=ROWS_PER_PAGE)
    due = (await env.store.find(query)).rows
    return await sweep(
        FALL_OVERDUE, due, lambda call, row: env.run(fall_overdue_invoice, FallOverdue(call=call, id=row))
    )


async def end_dunning_blocks(env: Env) -> int:
    """Ends up to 200 dunning blocks whose last day has passed."""
    query = Query(kind=INVOICES, order="dunning_block.until", at_least=_EVER, below=env.today(), limit=ROWS_PER_PAGE)
    due = (await env.store.find(query)).rows
    return await sweep(
        END_DUNNING_BLOCKS, due, lambda call, row: env.run(end_dunning_block, EndDunningBlock(call=call, id=row))
    )


async def dun(env: Env) -> int:
    """Duns invoices whose next step is due, up to 200 for each step."""
    moved = 0
    for level, days in enumerate(env.settings.policy.dunning.days_past_due):
        query = Query(
            kind=INVOICES,
            equals={"dunning_level": level},
            order="dunning_watch",
            at_least=_EVER,
            below=env.today() - timedelta(days=days) + _DAY,
            limit=ROWS_PER_PAGE,
        )
        due = (await env.store.find(query)).rows
        moved += await sweep(DUN, due, lambda call, row: env.run(dun_invoice, Dun(call=call, id=row)))
    return moved


JOBS: tuple[Job[Settings], ...] = (
    Job(FALL_OVERDUE, EVERY, fall_overdue),
    Job(END_DUNNING_BLOCKS, EVERY, end_dunning_blocks),
    Job(DUN, EVERY, dun),
)
