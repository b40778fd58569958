"""The aging report: open amounts of invoices by days past due, and open credits."""

from collections.abc import AsyncIterator, Iterable
from datetime import date

import msgspec

from libs.call import Command
from libs.partner_projection import known_partner
from libs.store.port import ROWS_PER_EXPORT_BATCH, D, Kind, Query
from services.orders.billing.documents import INVOICES
from services.orders.billing.domain.aging import AgingRow, add_credits, add_invoices
from services.orders.credit.documents import PARTNER_CREDITS
from services.orders.settings import Env

_EVER = date.min  # excludes settled documents, whose day is None


class GetAging(Command, frozen=True, kw_only=True):
    """Get the aging of one partner or all; days past due are counted up to `as_of` (None: today)."""

    partner_id: str = ""
    as_of: date | None = None


class Aging(msgspec.Struct, frozen=True, kw_only=True):
    """One row per currency, ordered by currency code."""

    rows: tuple[AgingRow, ...]
    as_of: date


async def get_aging(env: Env, cmd: GetAging) -> Aging:
    """The amounts that are open now. Documents are read in batches, so a payment during the call may or may not be
    counted."""
    partner_id = await env.scope.partner_of(cmd.call.caller, cmd.partner_id)
    if partner_id:
        await known_partner(env, partner_id)
    as_of = cmd.as_of or env.today()
    rows: dict[str, AgingRow] = {}
    async for invoices in _open(env, INVOICES, "open_due", partner_id):
        add_invoices(rows, invoices, as_of)
    async for owed in _open(env, PARTNER_CREDITS, "open_date", partner_id):
        add_credits(rows, owed)
    return Aging(rows=tuple(rows[code] for code in sorted(rows)), as_of=as_of)


async def _open(env: Env, kind: Kind[D], day: str, partner_id: str) -> AsyncIterator[Iterable[D]]:
    """Batches of the open documents of a partner, or of all. day: the field that is set while a document is open."""
    query = Query(
        kind=kind,
        equals={"partner_id": partner_id} if partner_id else {},
        order=day,
        at_least=_EVER,
        limit=ROWS_PER_EXPORT_BATCH,
    )
    while True:
        page = await env.store.find(query)
        yield [loaded.value for loaded in page.rows]
        if not page.next_cursor:
            return
        query = msgspec.structs.replace(query, cursor=page.next_cursor)
