"""Reads deals, no more than one answer may."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date

from msgspec.structs import replace

from libs.store.port import ROWS_PER_PAGE, Query, Scalar, get
from services.deals.pipeline.documents import PIPELINE_DEALS
from services.deals.pipeline.domain.deals import PipelineDeal
from services.deals.pipeline.domain.rates import DEALS_READ, TooManyDeals
from services.deals.settings import Env


async def deals_with(
    env: Env, equals: Mapping[str, Scalar], *, since: date | None = None, before: date | None = None
) -> list[PipelineDeal]:
    """Every deal with these values, of those that ended in these days if days are given; None: no bound. TooManyDeals
    for more than DEALS_READ."""
    found: list[PipelineDeal] = []
    async for rows in every_deal(env, equals, since=since, before=before):
        found += rows
        if len(found) > DEALS_READ:
            raise TooManyDeals
    return found


async def every_deal(
    env: Env, equals: Mapping[str, Scalar], *, since: date | None = None, before: date | None = None
) -> AsyncIterator[Sequence[PipelineDeal]]:
    """As `deals_with`, page by page and however many there are: for jobs."""
    bounded = since is not None or before is not None
    query = Query(
        kind=PIPELINE_DEALS,
        equals={field: value for field, value in equals.items() if value not in (None, "")},
        order="closed_date" if bounded else "",
        at_least=since,
        below=before,
        limit=ROWS_PER_PAGE,
    )
    while True:
        page = await env.store.find(query)
        yield [loaded.value for loaded in page.rows]
        if not page.next_cursor:
            return
        query = replace(query, cursor=page.next_cursor)
        await asyncio.sleep(0)  # let other calls run: a store that answers at once would never yield


async def deal_of(env: Env, registration_id: str) -> PipelineDeal | None:
    """The deal of a claim; None if no event of the claim has arrived."""
    loaded = await get(env.store, PIPELINE_DEALS, registration_id)
    return loaded.value if loaded else None
