"""The job of agreements: their start, the warnings before their end, renewals, and their end."""

from datetime import timedelta

from libs.runtime.service import Job
from libs.runtime.sweep import sweep
from libs.store.port import ROWS_PER_PAGE, Query
from services.partners.agreement.documents import AGREEMENTS
from services.partners.agreement.domain.states import ENDED_AHEAD, RUNNING
from services.partners.agreement.usecases.ending import MoveAgreement, move_agreement
from services.partners.settings import Env, Settings

NAME = "partners__move_due_agreements"
EVERY = timedelta(minutes=1)
_DAY = timedelta(days=1)


async def move_due(env: Env) -> int:
    """Do what is due today on agreements; how many changed."""
    moved = 0
    for state in sorted(RUNNING | ENDED_AHEAD, key=lambda one: one.name):
        query = Query(
            kind=AGREEMENTS, equals={"state": state}, order="act_on", below=env.today() + _DAY, limit=ROWS_PER_PAGE
        )
        due = await env.store.find(query)
        moved += await sweep(
            NAME, due.rows, lambda call, row: env.run(move_agreement, MoveAgreement(call=call, id=row))
        )
    return moved


JOBS: tuple[Job[Settings], ...] = (Job(NAME, EVERY, move_due),)
