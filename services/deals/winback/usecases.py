"""Lists the customers to be won back."""

from datetime import date, timedelta
from typing import NamedTuple

from libs.call import Command
from libs.errors import InvalidInput, Violation
from libs.store.listing import DEFAULT_ROWS
from libs.store.port import Query, Scalar, get, get_all
from services.deals.claims.domain.registration import Registration
from services.deals.customers.documents import CUSTOMERS, ENTRIES
from services.deals.customers.domain.customers import EndCustomer, View
from services.deals.customers.domain.entries import DocumentType
from services.deals.customers.reads import Book, last_win, registrations, tree
from services.deals.pipeline.documents import PIPELINE_DEALS
from services.deals.pipeline.domain.history import PipelineState
from services.deals.pipeline.reads import deal_of
from services.deals.settings import Env
from services.deals.winback.domain import WinBack, WinBackKind, still_gone, win_back

CLAIMS_LOOKED_AT = 50  # of each record, the newest


class ListWinBacks(Command, frozen=True, kw_only=True):
    """List customers of one kind."""

    page_size: int = 0
    page_token: str = ""
    kind: WinBackKind
    ended_since: date | None = None
    ended_before: date | None = None


class Page(NamedTuple):
    """The rows of a page, and the token of the next one, empty on the last."""

    found: tuple[WinBack, ...]
    next_page_token: str


async def list_win_backs(env: Env, cmd: ListWinBacks) -> Page:
    """A page, the newest loss first. InvalidInput for a period that ends before it begins."""
    if cmd.ended_since and cmd.ended_before and cmd.ended_before < cmd.ended_since:
        raise InvalidInput([Violation("ended_before", "is before ended_since", "DATES_OUT_OF_ORDER")])
    return await (_lost(env, cmd) if cmd.kind is WinBackKind.LOST else _lapsed(env, cmd))


async def _lost(env: Env, cmd: ListWinBacks) -> Page:
    page = await env.listing(
        PIPELINE_DEALS,
        {"state": PipelineState.LOST},
        call=cmd.call,
        page_size=_size(cmd),
        page_token=cmd.page_token,
        order="closed_date",
        at_least=cmd.ended_since,
        below=cmd.ended_before,
        descending=True,
    )
    deals = [row.value for row in page.rows]
    entries = await get_all(env.store, ENTRIES, (one.id for one in deals))
    customers = await get_all(env.store, CUSTOMERS, {one.value.customer_id for one in entries.values()} - {""})
    found: list[WinBack] = []
    for deal in deals:
        held = customers.get(entries[deal.id].value.customer_id) if deal.id in entries else None
        if held is not None and deal.closed_date is not None:
            top = await Book(env).root(held.value)
            if await _gone(env, top, deal.closed_date):
                found.append(win_back(WinBackKind.LOST, top, entries[deal.id].value, deal, ended=deal.closed_date))
    return Page(tuple(found), page.next_cursor)


async def _lapsed(env: Env, cmd: ListWinBacks) -> Page:
    latest = env.today() - timedelta(days=env.settings.policy.lapsed_after_days)
    page = await env.listing(
        CUSTOMERS,
        {"view": View.CELL},
        call=cmd.call,
        page_size=_size(cmd),
        page_token=cmd.page_token,
        order="last_won_date",
        at_least=cmd.ended_since or date.min,
        below=min(cmd.ended_before or latest, latest),
        descending=True,
    )
    found: list[WinBack] = []
    for row in (loaded.value for loaded in page.rows):
        won = await last_win(Book(env), await tree(env, row.id))
        claim = await get(env.store, ENTRIES, won.registration_id) if won else None
        if claim and row.last_won_date and await _gone(env, row, row.last_won_date):
            deal = await deal_of(env, claim.value.id)
            found.append(win_back(WinBackKind.LAPSED, row, claim.value, deal, ended=row.last_won_date))
    return Page(tuple(found), page.next_cursor)


async def _gone(env: Env, top: EndCustomer, ended: date) -> bool:
    """Whether nobody has an open deal with the customer, and it has not bought since."""
    regs: dict[str, Registration] = {}
    for member in await tree(env, top.id):
        equals: dict[str, Scalar] = {"customer_id": member, "type": DocumentType.CLAIM}
        query = Query(kind=ENTRIES, equals=equals, order="place", at_least="", descending=True, limit=CLAIMS_LOOKED_AT)
        regs |= await registrations(env, [loaded.value.id for loaded in (await env.store.find(query)).rows])
    return still_gone(regs.values(), last_won=top.last_won_date, ended=ended)


def _size(cmd: ListWinBacks) -> int:
    return min(cmd.page_size or DEFAULT_ROWS, DEFAULT_ROWS)
