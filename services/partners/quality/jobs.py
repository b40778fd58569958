"""The jobs of data quality: one walks over all records once a day, one counts all findings once a day, and one deletes
findings that were closed long ago."""

from datetime import date, timedelta

from libs.call import SYSTEM, Call
from libs.errors import Contended
from libs.runtime.service import Job
from libs.runtime.sweep import sweep
from libs.store.port import ROWS_PER_PAGE, Query
from services.partners.quality.documents import QUALITY_FINDINGS, QUALITY_TALLIES
from services.partners.quality.domain.counts import tally_id
from services.partners.quality.domain.rules import QualityRule
from services.partners.quality.usecases.counting import CountFindings, count_findings
from services.partners.quality.usecases.results import DeleteClosedFinding, delete_closed_finding
from services.partners.quality.usecases.walking import WalkOn, walk_on
from services.partners.settings import Env, Settings

WALK = "partners__look_at_quality"
EVERY = timedelta(minutes=1)
COUNT = "partners__count_findings"
DELETE = "partners__delete_closed_findings"
DELETE_EVERY = timedelta(hours=1)


async def walk(env: Env) -> int:
    """Looks at the next page of records; returns 1 while there are any, and 0 if another replica is at it."""
    try:
        book = await env.run(walk_on, WalkOn(call=Call(caller=SYSTEM, method=WALK)))
    except Contended:
        return 0
    return int(book.walking)


async def delete_closed_findings(env: Env) -> int:
    """Deletes a page of the findings that were mended or lapsed long ago; of how many."""
    until = env.clock.now() - timedelta(days=env.settings.policy.quality_closed_days)
    query = Query(kind=QUALITY_FINDINGS, order="close_time", below=until, limit=ROWS_PER_PAGE)
    rows = (await env.store.find(query)).rows
    return await sweep(
        DELETE, rows, lambda call, row: env.run(delete_closed_finding, DeleteClosedFinding(call=call, id=row))
    )


async def count(env: Env) -> int:
    """Counts the findings of the next rule that were not counted today; returns 1 while there are any, and 0 if another
    replica changes them."""
    held = await env.store.get_many(QUALITY_TALLIES, [tally_id(rule, None) for rule in QualityRule])
    days = {one.value.rule: one.value.counted_on for one in held.values()}
    rule = next((rule for rule in QualityRule if (days.get(rule) or date.min) < env.today()), None)
    if rule is None:
        return 0
    try:
        await env.run(count_findings, CountFindings(call=Call(caller=SYSTEM, method=COUNT), rule=rule))
    except Contended:
        return 0
    return 1


JOBS: tuple[Job[Settings], ...] = (
    Job(WALK, EVERY, walk),
    Job(COUNT, EVERY, count),
    Job(DELETE, DELETE_EVERY, delete_closed_findings),
)
