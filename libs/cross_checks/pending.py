"""Metrics about the checks that wait for the answer of another cell."""

from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from libs.cross_checks.documents import CHECKS
from libs.cross_checks.domain import CrossCheck
from libs.env import Env
from libs.runtime.service import Figures
from libs.store.port import ROWS_PER_PAGE, Query
from libs.telemetry import Reading

COUNT, AGE = "prm.checks.pending", "prm.checks.age_seconds"
CHECKS_AT_MOST = 2_000
_EVER = datetime(1970, 1, 1, tzinfo=UTC)


async def pending(env: Env[Any]) -> Mapping[str, Sequence[Reading]]:
    """For each other cell, how many checks wait for it and for how many seconds the oldest of them does, among the
    CHECKS_AT_MOST that have waited longest; nothing if this cell has no key and so asks nothing. StoreUnavailable."""
    if not env.settings.checks.keys.current():
        return {}
    counts = Counter[str]({one.code: 0 for one in env.directory.others if one.code != env.directory.here.code})
    ages = dict.fromkeys(counts, 0.0)
    async for check in _waiting(env):
        age = (env.clock.now() - (check.waiting_since or _EVER)).total_seconds()
        for cell in check.silent:
            counts[cell] += 1
            ages[cell] = max(ages.get(cell, 0.0), age)
    return {
        COUNT: [Reading(count, {"cell": cell}) for cell, count in counts.items()],
        AGE: [Reading(age, {"cell": cell}) for cell, age in ages.items()],
    }


PENDING = Figures[Any](
    about={COUNT: "Checks that wait for another cell", AGE: "Age of the oldest check that waits for another cell"},
    read=pending,
)


async def _waiting(env: Env[Any]) -> AsyncIterator[CrossCheck]:
    cursor = ""
    for _ in range(CHECKS_AT_MOST // ROWS_PER_PAGE):
        query = Query(kind=CHECKS, order="waiting_since", at_least=_EVER, limit=ROWS_PER_PAGE, cursor=cursor)
        page = await env.store.find(query)
        for row in page.rows:
            yield row.value
        if not (cursor := page.next_cursor):
            return
