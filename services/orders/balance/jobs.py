"""The jobs of balances: allocate credits if the policy says so, and book old credit notes."""

from datetime import timedelta

from libs.call import SYSTEM, Call
from libs.errors import AppError, StoreUnavailable
from libs.runtime.service import Job
from libs.runtime.sweep import sweep
from libs.store.port import ROWS_PER_PAGE, Query
from services.orders.balance.usecases.allocating import AllocateOldest, allocate_oldest
from services.orders.balance.usecases.booking import BookCreditNote, book_credit_note
from services.orders.billing.documents import CREDIT_NOTES
from services.orders.credit.documents import ACCOUNTS
from services.orders.settings import AllocationPolicy, Env, Settings

ALLOCATE = "orders__allocate_credits"
BOOK = "orders__book_credit_notes"
EVERY = timedelta(minutes=1)
_ACCOUNTS_AT_ONCE = 50


async def allocate_credits(env: Env) -> int:
    """Allocates credits in up to 50 accounts with open credits and open invoices, if the policy is OLDEST_FIRST;
    returns the number of accounts that were changed."""
    if env.settings.policy.allocation is not AllocationPolicy.OLDEST_FIRST:
        return 0
    query = Query(kind=ACCOUNTS, equals={"settleable": True}, limit=_ACCOUNTS_AT_ONCE)
    moved = 0
    for loaded in (await env.store.find(query)).rows:
        command = AllocateOldest(call=Call(caller=SYSTEM, method=ALLOCATE), id=loaded.value.id)
        try:
            await env.run(allocate_oldest, command)
        except StoreUnavailable:
            raise
        except AppError:
            continue  # usually another call was faster; the next run tries again
        moved += 1
    return moved


async def book_credit_notes(env: Env) -> int:
    """Books up to 200 credit notes that are older than partner credits and not booked yet; returns how many. The newest
    come first, because the last ones are those that credited money already paid."""
    query = Query(kind=CREDIT_NOTES, equals={"booked": False}, descending=True, limit=ROWS_PER_PAGE)
    due = (await env.store.find(query)).rows
    return await sweep(BOOK, due, lambda call, row: env.run(book_credit_note, BookCreditNote(call=call, id=row)))


JOBS: tuple[Job[Settings], ...] = (
    Job(ALLOCATE, EVERY, allocate_credits),
    Job(BOOK, EVERY, book_credit_notes),
)
