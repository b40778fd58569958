"""The jobs of ordering: they review orders held for CREDIT when more credit is available on their account, and submit
orders again that were held for a right that their partner has now."""

from datetime import timedelta

from libs.call import SYSTEM, Call
from libs.errors import AppError, Contended, StoreUnavailable
from libs.partner_projection import PARTNERS
from libs.runtime.service import Job
from libs.runtime.sweep import sweep
from libs.store.port import ROWS_PER_PAGE, Loaded, Query, get
from services.orders.credit.documents import ACCOUNTS
from services.orders.credit.domain import CreditAccount
from services.orders.ordering.domain.holds import waits_for_right
from services.orders.ordering.usecases.release import ReleaseIfItFits, release_if_it_fits
from services.orders.ordering.usecases.reviews import (
    AdvanceReview,
    PostponeReview,
    advance_review,
    held_page,
    postpone_review,
    waiting,
)
from services.orders.ordering.usecases.submission import SubmitIfFree, submit_if_free
from services.orders.record.documents import ORDERS
from services.orders.record.domain.order import Order
from services.orders.record.domain.states import OrderState
from services.orders.settings import Env, Settings

REVIEW = "orders__review_held_orders"
FREE = "orders__submit_freed_orders"
SOON = timedelta(seconds=10)  # short, because people wait for held orders
_LATER = timedelta(minutes=1)
_PAGES_AT_ONCE = 50  # of 200 held orders
_A_MOMENT = timedelta(microseconds=1)  # `below` is exclusive; a review due now is included
_ACCOUNTS_AT_ONCE = 50  # each with a page of its orders


async def review_held_orders(env: Env) -> int:
    """Reviews the next page of held orders of up to 50 accounts with a due review, and releases each order that fits;
    returns how many orders and accounts it changed."""
    query = Query(kind=ACCOUNTS, order="review.due", below=env.clock.now() + _A_MOMENT, limit=_ACCOUNTS_AT_ONCE)
    moved = 0
    for loaded in (await env.store.find(query)).rows:
        moved += await _review(env, loaded)
    return moved


async def _review(env: Env, loaded: Loaded[CreditAccount]) -> int:
    account, seen = loaded.value, loaded.value.review
    partner = await get(env.store, PARTNERS, account.partner_id)
    if seen is None or partner is None or not partner.value.active:
        return await sweep(
            REVIEW, [loaded], lambda call, row: env.run(postpone_review, PostponeReview(call=call, id=row))
        )
    page = await held_page(env, account.partner_id, seen)
    orders, moved, room = waiting(page, account.currency), 0, account.available
    for one in orders:  # one after the other: the oldest has the first claim on the available credit
        if room < one.value.totals.total:
            continue
        try:
            released = await _released(env, one.value)
        except Contended:
            return moved  # the page is processed again
        if released:
            moved, room = moved + 1, room - one.value.totals.total
    return moved + await sweep(
        REVIEW,
        [loaded],
        lambda call, row: env.run(
            advance_review, AdvanceReview(call=call, id=row, seen=seen, cursor=page.next_cursor, found=bool(orders))
        ),
    )


async def _released(env: Env, order: Order) -> bool:
    command = ReleaseIfItFits(call=Call(caller=SYSTEM, method=REVIEW), id=order.id)
    try:
        return (await env.run(release_if_it_fits, command)).version != order.version
    except (Contended, StoreUnavailable):
        raise
    except AppError:
        return False  # another reason applies now; whoever calls ReleaseHold gets that error


async def submit_freed_orders(env: Env) -> int:
    """Submits again the held orders of which the partner lacked a right and lacks none now; how many changed."""
    moved, cursor = 0, ""
    for _ in range(_PAGES_AT_ONCE):
        query = Query(kind=ORDERS, equals={"state": OrderState.HELD}, limit=ROWS_PER_PAGE, cursor=cursor)
        page = await env.store.find(query)
        waiting_rows = [row for row in page.rows if waits_for_right(row.value)]
        moved += await sweep(
            FREE, waiting_rows, lambda call, row: env.run(submit_if_free, SubmitIfFree(call=call, id=row))
        )
        if not (cursor := page.next_cursor):
            break
    return moved


JOBS: tuple[Job[Settings], ...] = (Job(REVIEW, SOON, review_held_orders), Job(FREE, _LATER, submit_freed_orders))
