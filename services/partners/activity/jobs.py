"""The jobs of activity: they add pending reports to the totals, and pass changed totals up to parents."""

from datetime import timedelta

from libs.call import SYSTEM, Call
from libs.errors import Contended
from libs.runtime.service import Job
from libs.store.port import ROWS_PER_PAGE, Query
from services.partners.activity.documents import ACTIVITIES, TRACES
from services.partners.activity.usecases import PassUp, SumUp, pass_up, sum_up
from services.partners.settings import Env, Settings

NAME = "partners__sum_up_reports"
PASSING = "partners__pass_up_sums"
EVERY = timedelta(seconds=10)


async def sum_up_reports(env: Env) -> int:
    """Adds pending reports to the totals, partner by partner; returns the number of partners updated. A partner that
    another replica is updating is skipped."""
    page = await env.store.find(Query(kind=TRACES, equals={"pending": True}, limit=ROWS_PER_PAGE))
    call, moved = Call(caller=SYSTEM, method=NAME), 0
    for partner_id in dict.fromkeys(loaded.value.partner_id for loaded in page.rows):
        try:
            await env.run(sum_up, SumUp(call=call, partner_id=partner_id))
        except Contended:
            continue
        moved += 1
    return moved


async def pass_up_sums(env: Env) -> int:
    """Passes changed totals up by one level; returns the number of partners updated. A partner that another replica is
    updating is skipped."""
    page = await env.store.find(Query(kind=ACTIVITIES, equals={"stale": True}, limit=ROWS_PER_PAGE))
    call, moved = Call(caller=SYSTEM, method=PASSING), 0
    for loaded in page.rows:
        try:
            await env.run(pass_up, PassUp(call=call, partner_id=loaded.value.id))
        except Contended:
            continue
        moved += 1
    return moved


JOBS: tuple[Job[Settings], ...] = (
    Job(NAME, EVERY, sum_up_reports),
    Job(PASSING, EVERY, pass_up_sums),
)
