"""The job of data quality: it walks over all records once a day."""

from datetime import timedelta

from libs.call import SYSTEM, Call
from libs.errors import Contended
from libs.runtime.service import Job
from services.partners.quality.usecases.walking import WalkOn, walk_on
from services.partners.settings import Env, Settings

WALK = "partners__look_at_quality"
EVERY = timedelta(minutes=1)


async def walk(env: Env) -> int:
    """Looks at the next page of records; returns 1 while there are any, and 0 if another replica is at it."""
    try:
        book = await env.run(walk_on, WalkOn(call=Call(caller=SYSTEM, method=WALK)))
    except Contended:
        return 0
    return int(book.walking)


JOBS: tuple[Job[Settings], ...] = (Job(WALK, EVERY, walk),)
