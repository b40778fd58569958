"""Reads the orders of a customer, and runs that are complete."""

from datetime import date

from msgspec.structs import replace

from libs.errors import NotFound
from libs.store.port import ROWS_PER_PAGE, Query, get
from services.deals.customer_segmentation.documents import RUNS
from services.deals.customer_segmentation.domain.run import CustomerRun, RunPhase, run_id
from services.deals.customers.documents import ENTRIES
from services.deals.customers.domain.entries import CustomerEntry, DocumentType
from services.deals.customers.reads import tree
from services.deals.settings import Env


async def orders_of(env: Env, customer_id: str) -> list[CustomerEntry]:
    """The orders of a customer and of all records that were merged into it, however many there are."""
    found: list[CustomerEntry] = []
    for one in await tree(env, customer_id):
        query = Query(kind=ENTRIES, equals={"customer_id": one, "type": DocumentType.ORDER}, limit=ROWS_PER_PAGE)
        while True:
            page = await env.store.find(query)
            found += (row.value for row in page.rows)
            if not page.next_cursor:
                break
            query = replace(query, cursor=page.next_cursor)
    return found


async def complete_run(env: Env, quarter: date | None) -> CustomerRun:
    """The complete run of a quarter, the newest without one. NotFound."""
    if quarter is not None:
        loaded = await get(env.store, RUNS, run_id(quarter))
        if loaded is not None and loaded.value.phase is RunPhase.COMPLETE:
            return loaded.value
        raise NotFound(RUNS.name, run_id(quarter))
    query = Query(kind=RUNS, equals={"phase": RunPhase.COMPLETE}, order="quarter", descending=True, limit=1)
    for row in (await env.store.find(query)).rows:
        return row.value
    raise NotFound(RUNS.name, "newest")
