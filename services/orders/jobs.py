"""What becomes due in orders: invoices that were not paid in time, decisions that nobody took."""

from datetime import date, timedelta

from libs.decisions.expiry import expiry
from libs.runtime.service import Job
from libs.runtime.sweep import sweep
from libs.store.port import ROWS_PER_PAGE, Query
from services.orders.documents import INVOICES
from services.orders.usecases.billing import FallOverdue, fall_overdue_invoice
from services.orders.usecases.four_eyes import FOUR_EYES
from services.orders.usecases.settings import Env, Settings, today

NAME = "orders__fall_overdue"
EVERY = timedelta(minutes=1)
_EVER = date.min  # leaves out what is settled or told


async def fall_overdue(env: Env) -> int:
    """Invoices whose last day to pay has passed."""
    query = Query(kind=INVOICES, order="watch_due", at_least=_EVER, below=today(env), limit=ROWS_PER_PAGE)
    due = (await env.store.find(query)).rows
    return await sweep(NAME, due, lambda call, row: env.run(fall_overdue_invoice, FallOverdue(call=call, id=row)))


JOBS: tuple[Job[Settings], ...] = (Job(NAME, EVERY, fall_overdue), expiry("orders", FOUR_EYES))
