"""Shows credits: one with its allocations, or all open ones."""

from datetime import date

import msgspec

from libs.call import Command
from libs.store.port import ROWS_PER_PAGE, Page, Query
from services.orders.balance.documents import ALLOCATIONS
from services.orders.balance.domain.allocation import Allocation
from services.orders.credit.documents import PARTNER_CREDITS
from services.orders.credit.domain import PartnerCredit
from services.orders.settings import Env

_EVER = date.min  # excludes settled credits, whose day is None


class GetCredit(Command, frozen=True, kw_only=True):
    """Show one credit."""

    id: str


class ListOpenCredits(Command, frozen=True, kw_only=True):
    """List open credits, of one partner or all, in one currency or all."""

    page_size: int = 0
    page_token: str = ""
    partner_id: str = ""
    currency: str = ""


class CreditOverview(msgspec.Struct, frozen=True, kw_only=True):
    """A credit with its first 200 allocations, in order of creation."""

    credit: PartnerCredit
    allocations: tuple[Allocation, ...]


async def get_credit(env: Env, cmd: GetCredit) -> CreditOverview:
    """The credit as it is now."""
    credit = await env.show(PARTNER_CREDITS, cmd.id, call=cmd.call)
    query = Query(kind=ALLOCATIONS, equals={"credit_id": credit.id}, limit=ROWS_PER_PAGE)
    rows = (await env.store.find(query)).rows
    return CreditOverview(credit=credit, allocations=tuple(loaded.value for loaded in rows))


async def list_open_credits(env: Env, cmd: ListOpenCredits) -> Page[PartnerCredit]:
    """One page of open credits, in the order of the days of their documents."""
    return await env.listing(
        PARTNER_CREDITS,
        {"partner_id": cmd.partner_id, "amount.currency": cmd.currency},
        call=cmd.call,
        page_size=cmd.page_size,
        page_token=cmd.page_token,
        order="open_date",
        at_least=_EVER,
    )
