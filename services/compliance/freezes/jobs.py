"""The job of freezes: it states those that no event has led to, as of requests from a release before freezes."""

from datetime import timedelta

from libs.call import SYSTEM, Call
from libs.runtime.service import Job
from libs.store.listing import everything
from services.compliance.freezes.documents import FREEZES
from services.compliance.freezes.usecases import StateFreeze, state_freeze
from services.compliance.holds.documents import HOLDS
from services.compliance.holds.domain import LegalHoldState
from services.compliance.requests.documents import REQUESTS
from services.compliance.requests.domain.moves import OPEN
from services.compliance.settings import Env, Settings

NAME = "compliance__state_freezes"
EVERY = timedelta(hours=1)


async def state_freezes(env: Env) -> int:
    """Compare every open request, active hold and active freeze with what was stated, and state what differs; how many
    were stated."""
    cases = {one.case_id for one in await everything(env.store, FREEZES, {"active": True})}
    cases |= {one.case_id for one in await everything(env.store, HOLDS, {"state": LegalHoldState.ACTIVE})}
    for state in sorted(OPEN, key=lambda one: one.name):
        cases |= {one.id for one in await everything(env.store, REQUESTS, {"state": state})}
    stated = 0
    for case in sorted(cases):
        done = await env.run(state_freeze, StateFreeze(call=Call(caller=SYSTEM, method=NAME), case_id=case))
        stated += done.changed
    return stated


JOBS: tuple[Job[Settings], ...] = (Job(NAME, EVERY, state_freezes),)
