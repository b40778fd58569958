"""Shows what was ordered on a claim."""

from collections.abc import Iterable
from typing import NamedTuple

from libs.call import Caller, Command
from libs.errors import NotFound
from libs.store.listing import rows_per_page
from libs.store.port import ROWS_PER_PAGE, Page, Query
from services.deals.claims.documents import REGISTRATIONS
from services.deals.customers.documents import ENTRIES
from services.deals.customers.domain.entries import CustomerEntry
from services.deals.projects.domain import Project, ProjectOrder, project, seen
from services.deals.settings import Env

ORDERS_COUNTED = 1_000  # whole pages of ROWS_PER_PAGE


class GetProject(Command, frozen=True, kw_only=True):
    """Show what was ordered on a claim."""

    registration_id: str


class ListProjectOrders(Command, frozen=True, kw_only=True):
    """List the orders on a claim."""

    registration_id: str
    page_size: int = 0
    page_token: str = ""


class Orders(NamedTuple):
    """The orders of a page, and the token of the next one, empty on the last."""

    found: tuple[ProjectOrder, ...]
    next_page_token: str


async def get_project(env: Env, cmd: GetProject) -> Project:
    """The sum of the first 1,000 orders on the claim."""
    reg = await env.show(REGISTRATIONS, cmd.registration_id, call=cmd.call)
    page = await _orders(env, reg.id)
    entries = [loaded.value for loaded in page.rows]
    while page.next_cursor and len(entries) < ORDERS_COUNTED:
        page = await _orders(env, reg.id, cursor=page.next_cursor)
        entries += (loaded.value for loaded in page.rows)
    orders = await _seen(env, cmd.call.caller, entries)
    return project(reg.id, reg.expected_amount, orders, more=bool(page.next_cursor))


async def list_project_orders(env: Env, cmd: ListProjectOrders) -> Orders:
    """A page of the orders on the claim, the oldest first."""
    reg = await env.show(REGISTRATIONS, cmd.registration_id, call=cmd.call)
    page = await _orders(env, reg.id, limit=rows_per_page(cmd.page_size), cursor=cmd.page_token)
    orders = await _seen(env, cmd.call.caller, [loaded.value for loaded in page.rows])
    return Orders(orders, page.next_cursor)


async def _orders(env: Env, claim: str, *, limit: int = ROWS_PER_PAGE, cursor: str = "") -> Page[CustomerEntry]:
    """What hangs on a claim that was shown: whoever may see the claim may see that there are orders."""
    return await env.store.find(Query(kind=ENTRIES, equals={"parent_id": claim}, limit=limit, cursor=cursor))


async def _seen(env: Env, caller: Caller, entries: Iterable[CustomerEntry]) -> tuple[ProjectOrder, ...]:
    """The orders as the caller may see them."""
    found = tuple(entries)
    if not caller.partner_id:
        return tuple(seen(one, None) for one in found)
    buyers = {one.partner_id for one in found}
    visible = {buyer for buyer in buyers if await _sees(env, caller, buyer)}
    return tuple(seen(one, visible) for one in found)


async def _sees(env: Env, caller: Caller, buyer: str) -> bool:
    try:
        await env.scope.partner_of(caller, buyer)
    except NotFound:
        return False
    return True
