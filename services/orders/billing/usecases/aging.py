"""What is open on invoices, and for how long."""

from datetime import date

import msgspec

from libs.call import Command
from libs.partner_projection import require_known
from libs.store.port import ROWS_PER_EXPORT_BATCH, Query
from services.orders.billing.documents import INVOICES
from services.orders.billing.domain.aging import AgingRow, add_invoices
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
    """What is open now. Invoices are read in batches, so what is paid meanwhile may or may not be in it."""
    partner_id = await env.scope.partner_of(cmd.call.caller, cmd.partner_id)
    if partner_id:
        await require_known(env, partner_id)
    as_of = cmd.as_of or env.today()
    rows: dict[str, AgingRow] = {}
    query = Query(
        kind=INVOICES,
        equals={"partner_id": partner_id} if partner_id else {},
        order="open_due",
        at_least=_EVER,
        limit=ROWS_PER_EXPORT_BATCH,
    )
    while True:
        page = await env.store.find(query)
        add_invoices(rows, (loaded.value for loaded in page.rows), as_of)
        if not page.next_cursor:
            return Aging(rows=tuple(rows[code] for code in sorted(rows)), as_of=as_of)
        query = msgspec.structs.replace(query, cursor=page.next_cursor)
