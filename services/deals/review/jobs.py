"""The job that publishes once that the vendor missed the deadline of a decision."""

from datetime import UTC, datetime, timedelta

from libs.runtime.service import Job
from libs.runtime.sweep import sweep
from libs.store.port import ROWS_PER_PAGE, Query
from services.deals.claims.documents import REGISTRATIONS
from services.deals.claims.domain.states import AWAITING_DECISION
from services.deals.review.usecases import BreachDecision, breach_decision
from services.deals.settings import Env, Settings

NAME = "deals__breach_decision"
EVERY = timedelta(minutes=1)
_INSTANT = timedelta(microseconds=1)  # the resolution of a clock
_EVER = datetime(1970, 1, 1, tzinfo=UTC)  # as lower bound it leaves out claims without a due time


async def breach_decisions(env: Env) -> int:
    """Mark the claims whose decision is late; how many claims changed."""
    moved = 0
    for review in sorted(AWAITING_DECISION, key=lambda one: one.name):
        query = Query(
            kind=REGISTRATIONS,
            equals={"review": review, "decision_breached": False},
            order="decision_due_time",
            at_least=_EVER,
            below=env.clock.now() + _INSTANT,
            limit=ROWS_PER_PAGE,
        )
        due = await env.store.find(query)
        moved += await sweep(
            NAME, due.rows, lambda call, row: env.run(breach_decision, BreachDecision(call=call, id=row))
        )
    return moved


JOBS: tuple[Job[Settings], ...] = (Job(NAME, EVERY, breach_decisions),)
