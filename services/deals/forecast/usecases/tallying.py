"""Compares the deals of snapshots with what came true of them, a page at a time, once their months are over."""

from collections.abc import Sequence
from datetime import timedelta

from msgspec.structs import replace

from libs.call import Call
from libs.store.port import ROWS_PER_PAGE, Loaded, Query, create, get_all
from services.deals.forecast.documents import ENTRIES, SNAPSHOTS, TALLIES
from services.deals.forecast.domain.accuracy import ForecastEntry, ForecastSnapshot, Outcome
from services.deals.forecast.domain.learning import HORIZON
from services.deals.forecast.domain.tallies import added, months_over, tally_id
from services.deals.pipeline.documents import PIPELINE_DEALS
from services.deals.settings import Env

LATE = timedelta(days=1)  # for events of the last day of a month


async def tally_snapshot(env: Env, call: Call) -> int:
    """Add the next page of a snapshot to its tallies; how many deals, 0 if there is nothing to compare."""
    held = await _due(env)
    if held is None:
        return 0
    snapshot = held.value
    over = snapshot.tally_months or months_over(snapshot, today=env.today() - LATE)
    query = Query(kind=ENTRIES, equals={"snapshot_id": snapshot.id}, limit=ROWS_PER_PAGE, cursor=snapshot.tally_cursor)
    page = await env.store.find(query)
    entries = [loaded.value for loaded in page.rows]
    partners = {"", *(one.partner_id for one in entries)}
    tallies = await get_all(env.store, TALLIES, (tally_id(snapshot.id, one) for one in partners))
    changed = added(
        {key: one.value for key, one in tallies.items()},
        snapshot,
        await _outcomes(env, entries),
        range(snapshot.tallied_months + 1, over + 1),
    )
    after = replace(
        snapshot,
        tallied_months=snapshot.tallied_months if page.next_cursor else over,
        tally_months=over if page.next_cursor else 0,
        tally_cursor=page.next_cursor,
    )
    writes = (tallies[key].put(one) if key in tallies else create(TALLIES, one) for key, one in changed.items())
    await env.commit(held.put(after), *writes, call=call)
    return len(entries) or 1


async def _due(env: Env) -> Loaded[ForecastSnapshot] | None:
    """The oldest snapshot of which more months are over than were compared; None if there is none."""
    found = await env.store.find(Query(kind=SNAPSHOTS, order="tallied_months", below=HORIZON, limit=ROWS_PER_PAGE))
    yesterday = env.today() - LATE
    due = [
        row
        for row in found.rows
        if row.value.complete and months_over(row.value, today=yesterday) > row.value.tallied_months
    ]
    return min(due, key=lambda row: row.value.id, default=None)


async def _outcomes(env: Env, entries: Sequence[ForecastEntry]) -> list[Outcome]:
    deals = await get_all(env.store, PIPELINE_DEALS, (one.registration_id for one in entries))
    return [Outcome(one, deals[one.registration_id].value if one.registration_id in deals else None) for one in entries]
