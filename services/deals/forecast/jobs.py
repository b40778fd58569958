"""The jobs of forecasts: they learn the chances each day, take a snapshot each month, compare
snapshots with what came true, and delete old ones."""

from datetime import timedelta

from libs.call import SYSTEM, Call
from libs.runtime.service import Job
from services.deals.forecast.usecases.keeping import forget_snapshots, learn_chances, take_snapshot
from services.deals.forecast.usecases.tallying import tally_snapshot
from services.deals.settings import Env, Settings

LEARN, TAKE, FORGET = "deals__learn_chances", "deals__take_snapshot", "deals__forget_snapshots"
TALLY = "deals__tally_snapshots"
EVERY = timedelta(minutes=5)


async def learn(env: Env) -> int:
    """Learn the chances, once a day."""
    return await learn_chances(env, Call(caller=SYSTEM, method=LEARN))


async def take(env: Env) -> int:
    """Keep the next page of this month's snapshot."""
    return await take_snapshot(env, Call(caller=SYSTEM, method=TAKE))


async def forget(env: Env) -> int:
    """Delete a page of the oldest snapshot that is too old."""
    return await forget_snapshots(env, Call(caller=SYSTEM, method=FORGET))


async def tally(env: Env) -> int:
    """Compare the next page of a snapshot with what came true, once more of its months are over."""
    return await tally_snapshot(env, Call(caller=SYSTEM, method=TALLY))


JOBS: tuple[Job[Settings], ...] = (
    Job(LEARN, EVERY, learn),
    Job(TAKE, EVERY, take),
    Job(TALLY, EVERY, tally),
    Job(FORGET, EVERY, forget),
)
