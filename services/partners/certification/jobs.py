"""The jobs of certification: they warn of the end of completions, and end those whose day or person has gone."""

from collections.abc import Sequence
from datetime import timedelta

from libs.runtime.service import Job
from libs.runtime.sweep import sweep
from libs.store.port import ROWS_PER_PAGE, Loaded, Query, Scalar
from services.partners.certification.documents import COMPLETIONS
from services.partners.certification.domain.completions import Completion
from services.partners.certification.domain.states import CompletionState
from services.partners.certification.usecases.completions import MoveCompletion, move_completion
from services.partners.settings import Env, Settings

DUE, ERASED = "partners__move_due_completions", "partners__end_erased_completions"
EVERY, SOON = timedelta(minutes=1), timedelta(seconds=10)
_DAY = timedelta(days=1)


async def move_due(env: Env) -> int:
    """Warn of the completions that end soon, and end those whose last day has passed; how many changed."""
    query = Query(
        kind=COMPLETIONS,
        equals={"state": CompletionState.VALID},
        order="act_on",
        below=env.today() + _DAY,
        limit=ROWS_PER_PAGE,
    )
    return await _move(env, DUE, (await env.store.find(query)).rows)


async def end_erased(env: Env) -> int:
    """End the completions whose person was erased; how many changed."""
    equals: dict[str, Scalar] = {"state": CompletionState.VALID, "orphaned": True}
    query = Query(kind=COMPLETIONS, equals=equals, limit=ROWS_PER_PAGE)
    return await _move(env, ERASED, (await env.store.find(query)).rows)


async def _move(env: Env, job: str, rows: Sequence[Loaded[Completion]]) -> int:
    return await sweep(job, rows, lambda call, row: env.run(move_completion, MoveCompletion(call=call, id=row)))


JOBS: tuple[Job[Settings], ...] = (Job(DUE, EVERY, move_due), Job(ERASED, SOON, end_erased))
