"""The job of joint pursuits: it expires invitations that nobody has answered."""

from datetime import timedelta

from libs.runtime.service import Job
from libs.runtime.sweep import sweep
from libs.store.port import ROWS_PER_PAGE, Query
from services.deals.pursuit.documents import MEMBERSHIPS
from services.deals.pursuit.domain.members import PursuitState
from services.deals.pursuit.usecases import Sweep, expire_invitation
from services.deals.settings import Env, Settings

EXPIRE, EVERY = "deals__expire_invitations", timedelta(minutes=1)
_INSTANT = timedelta(microseconds=1)  # the resolution of a clock


async def expire(env: Env) -> int:
    """Expire the invitations that are over; how many."""
    query = Query(
        kind=MEMBERSHIPS,
        equals={"state": PursuitState.INVITED},
        order="expire_time",
        below=env.clock.now() + _INSTANT,
        limit=ROWS_PER_PAGE,
    )
    rows = (await env.store.find(query)).rows
    return await sweep(EXPIRE, rows, lambda call, row: env.run(expire_invitation, Sweep(call=call, id=row)))


JOBS: tuple[Job[Settings], ...] = (Job(EXPIRE, EVERY, expire),)
