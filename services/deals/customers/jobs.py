"""The jobs of end customers: they look for duplicates of changed records, and file the claims of an earlier release."""

from datetime import datetime, timedelta

from libs.call import SYSTEM, Call
from libs.runtime.service import Job
from libs.runtime.sweep import sweep
from libs.store.port import ROWS_PER_PAGE, Query
from services.deals.customers.documents import CUSTOMERS
from services.deals.customers.usecases.filing import walk_claims
from services.deals.customers.usecases.proposing import ProposeMerges, propose_merges
from services.deals.settings import Env, Settings

PROPOSE, WALK = "deals__propose_merges", "deals__file_claims"
EVERY = timedelta(minutes=1)
_EVER = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


async def propose(env: Env) -> int:
    """Look for duplicates of the records that have changed, those that wait longest first; how many were looked at."""
    page = await env.store.find(Query(kind=CUSTOMERS, order="propose_since", at_least=_EVER, limit=ROWS_PER_PAGE))
    return await sweep(
        PROPOSE, page.rows, lambda call, row: env.run(propose_merges, ProposeMerges(call=call, customer_id=row))
    )


async def walk(env: Env) -> int:
    """File the next page of older claims; how many were looked at."""
    return await walk_claims(env, Call(caller=SYSTEM, method=WALK))


JOBS: tuple[Job[Settings], ...] = (Job(PROPOSE, EVERY, propose), Job(WALK, EVERY, walk))
