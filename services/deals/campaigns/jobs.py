"""The job of campaigns: it counts anew what came of those whose tallies are stale."""

from datetime import timedelta

from libs.runtime.service import Job
from libs.runtime.sweep import ROWS_AT_ONCE, sweep
from libs.store.port import Query
from services.deals.campaigns.documents import TALLIES
from services.deals.campaigns.usecases.tallying import TallyCampaign, tally_campaign
from services.deals.settings import Env, Settings

TALLY, EVERY = "deals__tally_campaigns", timedelta(seconds=10)


async def tally(env: Env) -> int:
    """Count the next stale tallies; how many."""
    query = Query(kind=TALLIES, equals={"stale": True}, limit=ROWS_AT_ONCE)
    rows = (await env.store.find(query)).rows
    return await sweep(TALLY, rows, lambda call, row: env.run(tally_campaign, TallyCampaign(call=call, id=row)))


JOBS: tuple[Job[Settings], ...] = (Job(TALLY, EVERY, tally),)
