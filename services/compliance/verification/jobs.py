"""The job that ends requests whose identity nobody proved in time."""

from datetime import timedelta

from libs.runtime.service import Job
from libs.runtime.sweep import sweep
from libs.store.port import ROWS_PER_PAGE, Query
from services.compliance.requests.documents import REQUESTS
from services.compliance.requests.domain.moves import MOVES, Move
from services.compliance.settings import Env, Settings
from services.compliance.verification.usecases import ExpireRequest, expire_request

NAME = "compliance__expire_requests"
EVERY = timedelta(minutes=10)


async def expire_requests(env: Env) -> int:
    """Ends up to 200 requests in each state that waits for a proof of identity; returns how many."""
    before = env.clock.now() - timedelta(days=env.settings.policy.verification_days)
    changed = 0
    for state in sorted(MOVES[Move.EXPIRE].sources, key=lambda one: one.name):
        query = Query(kind=REQUESTS, equals={"state": state}, order="create_time", below=before, limit=ROWS_PER_PAGE)
        due = await env.store.find(query)
        changed += await sweep(
            NAME, due.rows, lambda call, row: env.run(expire_request, ExpireRequest(call=call, id=row))
        )
    return changed


JOBS: tuple[Job[Settings], ...] = (Job(NAME, EVERY, expire_requests),)
