"""Learns the chances anew each day, and keeps the open deals of each month with their chances."""

from datetime import timedelta

from msgspec.structs import replace

from libs.call import Call
from libs.store.port import ROWS_PER_PAGE, Query, create, get
from services.deals.forecast.documents import ENTRIES, SNAPSHOTS, TABLES, TALLIES
from services.deals.forecast.domain.accuracy import ForecastSnapshot, entry_of
from services.deals.forecast.domain.learning import HORIZON, LEARNED, ChanceTable, Course, Turn, learn
from services.deals.forecast.domain.months import MONTHS_A_QUARTER, month_of, named
from services.deals.forecast.reads import TABLE, table_of, weighed
from services.deals.pipeline.documents import PIPELINE_DEALS
from services.deals.pipeline.domain.deals import PipelineDeal
from services.deals.pipeline.domain.history import PipelineState, steps
from services.deals.pipeline.reads import every_deal
from services.deals.settings import Env

KEPT = 36  # months of snapshots
_LEARNED = timedelta(days=31 * (LEARNED + HORIZON))


async def learn_chances(env: Env, call: Call) -> int:
    """Count the history anew if that was not done today; 1 if it was done now, else 0."""
    today = env.today()
    held = await get(env.store, TABLES, TABLE)
    if held is not None and held.value.as_of == today:
        return 0
    courses: list[Course] = []
    async for rows in every_deal(env, {"state": PipelineState.OPEN}):
        courses += (_course(env, one) for one in rows)
    async for rows in every_deal(env, {}, since=today - _LEARNED):
        courses += (_course(env, one) for one in rows)
    table: ChanceTable = learn(courses, as_of=today, id=TABLE)
    await env.commit(held.put(table) if held else create(TABLES, table), call=call)
    return 1


async def take_snapshot(env: Env, call: Call) -> int:
    """Keep the next page of open deals in the snapshot of the month; how many, 0 once it is complete."""
    await learn_chances(env, call)
    month = month_of(env.today())
    held = await get(env.store, SNAPSHOTS, named(month))
    snapshot = held.value if held else ForecastSnapshot(id=named(month), month_number=month, taken_date=env.today())
    if snapshot.complete:
        return 0
    query = Query(
        kind=PIPELINE_DEALS, equals={"state": PipelineState.OPEN}, limit=ROWS_PER_PAGE, cursor=snapshot.cursor
    )
    page = await env.store.find(query)
    deals = [loaded.value for loaded in page.rows]
    found = weighed(env, deals, await table_of(env), today=env.today())
    unknown = sum(not all(one.known for one in each.chances[:MONTHS_A_QUARTER]) for each in found)
    after = replace(
        snapshot,
        deal_count=snapshot.deal_count + len(deals),
        unknown_count=snapshot.unknown_count + unknown,
        cursor=page.next_cursor,
        complete=not page.next_cursor,
    )
    entries = (create(ENTRIES, entry_of(one.deal, one.chances, snapshot)) for one in found)
    await env.commit(held.put(after) if held else create(SNAPSHOTS, after), *entries, call=call)
    return len(deals) or 1


async def forget_snapshots(env: Env, call: Call) -> int:
    """Delete a page of the oldest snapshot, if it is older than KEPT months; how many entries were deleted."""
    oldest = await env.store.find(Query(kind=SNAPSHOTS, limit=1))
    if not oldest.rows or oldest.rows[0].value.month_number >= month_of(env.today()) - KEPT:
        return 0
    held = oldest.rows[0]
    for kind in (ENTRIES, TALLIES):
        page = await env.store.find(Query(kind=kind, equals={"snapshot_id": held.value.id}, limit=ROWS_PER_PAGE))
        if page.rows:
            first, *more = page.rows
            await env.remove(first, *(one.delete() for one in more), call=call)
            return len(page.rows)
    await env.remove(held, call=call)
    return 1


def _course(env: Env, deal: PipelineDeal) -> Course:
    return tuple(Turn(env.day_of(one.time), one.state, one.stage) for one in steps(deal.transitions))
