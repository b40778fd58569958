"""What becomes due in orders: invoices that were not paid in time, and what is asked of them; held orders whose account
has room; decisions nobody took."""

from datetime import date, timedelta

from libs.call import SYSTEM, Call
from libs.decisions.expiry import expiry
from libs.errors import AppError, Contended, StoreUnavailable
from libs.peers import PARTNERS
from libs.runtime.service import Job
from libs.runtime.sweep import sweep
from libs.store.port import ROWS_PER_PAGE, Held, Query
from services.orders.documents import ACCOUNTS, INVOICES
from services.orders.domain.credit import CreditAccount
from services.orders.domain.order import Order
from services.orders.usecases.billing import FallOverdue, fall_overdue_invoice
from services.orders.usecases.dunning import Dun, EndDunningBlock, dun_invoice, end_dunning_block
from services.orders.usecases.four_eyes import FOUR_EYES
from services.orders.usecases.reviews import PutReviewOff, TurnPage, held_page, put_review_off, turn_page, waiting
from services.orders.usecases.settings import Env, Settings, today
from services.orders.usecases.submission import ReleaseIfItFits, release_if_it_fits

FALL_OVERDUE = "orders__fall_overdue"
END_DUNNING_BLOCKS = "orders__end_dunning_blocks"
DUN = "orders__dun"
REVIEW = "orders__review_held_orders"
EVERY = timedelta(minutes=1)
SOON = timedelta(seconds=10)  # somebody waits for a held order
_EVER = date.min  # leaves out what is settled, told or blocked
_DAY = timedelta(days=1)
_A_MOMENT = timedelta(microseconds=1)  # what is due now is due
_ACCOUNTS_AT_ONCE = 50  # each with a page of its orders


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


async def review_held_orders(env: Env) -> int:
    """Accounts that have more room than before: the next page of their held orders, each released that fits."""
    query = Query(kind=ACCOUNTS, order="review.due", below=env.clock.now() + _A_MOMENT, limit=_ACCOUNTS_AT_ONCE)
    moved = 0
    for held in (await env.store.find(query)).rows:
        moved += await _review(env, held)
    return moved


async def _review(env: Env, held: Held[CreditAccount]) -> int:
    account, seen = held.value, held.value.review
    partner = await env.store.get(PARTNERS, account.partner_id)
    if seen is None or partner is None or not partner.value.active:
        return await sweep(REVIEW, [held], lambda call, row: env.run(put_review_off, PutReviewOff(call=call, id=row)))
    page = await held_page(env, account.partner_id, seen)
    orders, moved, room = waiting(page, account.currency), 0, account.available
    for one in orders:  # one after the other: the oldest has the first claim on the room
        if room < one.value.totals.total:
            continue
        try:
            released = await _released(env, one.value)
        except Contended:
            return moved  # the page is looked at again
        if released:
            moved, room = moved + 1, room - one.value.totals.total
    return moved + await sweep(
        REVIEW,
        [held],
        lambda call, row: env.run(
            turn_page, TurnPage(call=call, id=row, seen=seen, cursor=page.next_cursor, found=bool(orders))
        ),
    )


async def _released(env: Env, order: Order) -> bool:
    command = ReleaseIfItFits(call=Call(caller=SYSTEM, method=REVIEW), id=order.id)
    try:
        return (await env.run(release_if_it_fits, command)).version != order.version
    except (Contended, StoreUnavailable):
        raise
    except AppError:
        return False  # it may not stand; whoever releases it is told why


JOBS: tuple[Job[Settings], ...] = (
    Job(FALL_OVERDUE, EVERY, fall_overdue),
    Job(END_DUNNING_BLOCKS, EVERY, end_dunning_blocks),
    Job(DUN, EVERY, dun),
    Job(REVIEW, SOON, review_held_orders),
    expiry("orders", FOUR_EYES),
)
