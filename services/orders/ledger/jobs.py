"""The jobs of the ledger: they count orders that are due, and post what accounts lack."""

from datetime import UTC, datetime, timedelta

from libs.runtime.service import Job
from libs.runtime.sweep import sweep
from libs.store.port import ROWS_PER_PAGE, Query
from services.orders.ledger.documents import ACCOUNTS, SALE_RECORDS
from services.orders.ledger.usecases.booking import BookAccount, book_account
from services.orders.ledger.usecases.counting import CountOrder, count_order
from services.orders.settings import Env, Settings

COUNT = "orders__count_sales"
BOOK = "orders__book_incentives"
EVERY = timedelta(seconds=10)
_EVER = datetime.min.replace(tzinfo=UTC)  # excludes what is counted, whose time is None


async def count_sales(env: Env) -> int:
    """Counts up to 200 orders that are due, the longest due first; returns how many."""
    until = env.clock.now() + timedelta.resolution
    query = Query(kind=SALE_RECORDS, order="due_time", at_least=_EVER, below=until, limit=ROWS_PER_PAGE)
    rows = (await env.store.find(query)).rows
    return await sweep(COUNT, rows, lambda call, row: env.run(count_order, CountOrder(call=call, id=row)))


async def book_incentives(env: Env) -> int:
    """Posts one period of up to 200 accounts; returns of how many."""
    query = Query(kind=ACCOUNTS, equals={"pending": True}, limit=ROWS_PER_PAGE)
    rows = (await env.store.find(query)).rows
    return await sweep(BOOK, rows, lambda call, row: env.run(book_account, BookAccount(call=call, id=row)))


JOBS: tuple[Job[Settings], ...] = (
    Job(COUNT, EVERY, count_sales),
    Job(BOOK, EVERY, book_incentives),
)
