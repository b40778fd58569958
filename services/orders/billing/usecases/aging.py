"""What is open on invoices, and for how long, and on credits."""

from collections.abc import AsyncIterator, Iterable
from datetime import date

import msgspec

from libs.call import Command
from libs.partner_projection import require_known
from libs.store.port import ROWS_PER_EXPORT_BATCH, D, Kind, Query
from services.orders.billing.documents import INVOICES
from services.orders.billing.domain.aging import AgingRow, add_credits, add_invoices
from services.orders.credit.documents import PARTNER_CREDITS
from services.orders.settings import Env

_EVER = date.min  # leaves out what is settled


class GetAging(Command, frozen=True, kw_only=True):
    """Of one partner or all; ages are counted to `as_of`."""

    partner_id: str = ""
    as_of: date | None = None


class Aging(msgspec.Struct, frozen=True, kw_only=True):
    """One row per currency, by its code."""

    rows: tuple[AgingRow, ...]
    as_of: date


async def get_aging(env: Env, cmd: GetAging) -> Aging:
    """What is open now. Documents are read in batches, so what is paid meanwhile may or may not be in it."""
    partner_id = await env.scope.partner_of(cmd.call.caller, cmd.partner_id)
    if partner_id:
        await require_known(env, partner_id)
    as_of = cmd.as_of or env.today()
    rows: dict[str, AgingRow] = {}
    async for invoices in _open(env, INVOICES, "open_due", partner_id):
        add_invoices(rows, invoices, as_of)
    async for owed in _open(env, PARTNER_CREDITS, "open_date", partner_id):
        add_credits(rows, owed)
    return Aging(rows=tuple(rows[code] for code in sorted(rows)), as_of=as_of)


async def _open(env: Env, kind: Kind[D], day: str, partner_id: str) -> AsyncIterator[Iterable[D]]:
    """Batches of the documents that have something open, of a partner or of all. day: the field that says so."""
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
