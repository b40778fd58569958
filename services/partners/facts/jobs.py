"""The jobs of the facts: they add what is new to the sums, and pass changed sums up to parents."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from libs.call import SYSTEM, Call
from libs.errors import Contended
from libs.runtime.service import Job
from services.partners.facts.usecases import reports, sums
from services.partners.facts.usecases.held import FACTS_TURN
from services.partners.facts.usecases.work import Done, Work
from services.partners.settings import Env, Settings

EVERY = timedelta(seconds=2)
RENEW_EVERY = timedelta(minutes=1)

UseCase = Callable[[Env, Work], Awaitable[Done]]


def _job(name: str, every: timedelta, use_case: UseCase) -> Job[Settings]:
    """A job that runs the use case, alone in this process; it does nothing if another one writes the same rows at the
    moment."""

    async def run(env: Env) -> int:
        try:
            async with env.settings.locks.of(FACTS_TURN):
                done = await env.run(use_case, Work(call=Call(caller=SYSTEM, method=name)))
        except Contended:
            return 0
        return done.count

    return Job(name, every, run)


JOBS: tuple[Job[Settings], ...] = (
    _job("partners__sum_up_facts", EVERY, sums.sum_up),
    _job("partners__mark_moved_facts", EVERY, sums.mark_moved),
    _job("partners__pass_up_facts", EVERY, sums.pass_up),
    _job("partners__renew_facts", RENEW_EVERY, reports.renew),
)
