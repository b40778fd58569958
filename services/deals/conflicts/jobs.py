"""The job that computes the keys of open claims again after a release changed the rules, and those that ask other
cells."""

from datetime import timedelta

from libs.runtime.service import Job
from libs.runtime.sweep import sweep
from services.deals.claims.domain.states import CLAIMING
from services.deals.conflicts.reads.abroad import DUPLICATES
from services.deals.conflicts.reads.slots import with_outdated_keys
from services.deals.conflicts.usecases import RenewKeys
from services.deals.conflicts.usecases import renew_keys as renew_keys_of
from services.deals.settings import Env, Settings

NAME = "deals__renew_keys"
EVERY = timedelta(minutes=1)


async def renew_keys(env: Env) -> int:
    """Renew the keys of open claims that have keys of an earlier release; how many claims changed."""
    moved = 0
    for review in sorted(CLAIMING, key=lambda one: one.name):
        rows = await with_outdated_keys(env, review)
        moved += await sweep(NAME, rows, lambda call, row: env.run(renew_keys_of, RenewKeys(call=call, id=row)))
    return moved


JOBS: tuple[Job[Settings], ...] = (Job(NAME, EVERY, renew_keys), *DUPLICATES.jobs)
