"""The job of erasures: it begins those that a legal hold stopped and that none stops any more."""

from datetime import timedelta

from libs.call import Call
from libs.runtime.service import Job
from libs.runtime.sweep import sweep
from libs.store.port import ROWS_PER_PAGE, Query
from services.compliance.erasure.documents import ERASURES
from services.compliance.erasure.domain import Erasure, ErasureState, case_of
from services.compliance.erasure.usecases import BeginErasure, begin_erasure
from services.compliance.holds.documents import HOLDS
from services.compliance.holds.domain import LegalHoldState
from services.compliance.settings import Env, Settings

NAME = "compliance__begin_held_erasures"
EVERY = timedelta(minutes=1)


async def begin_held_erasures(env: Env) -> int:
    """Begins up to 200 erasures whose hold was released; returns how many. One that another hold stops names that."""
    page = await env.store.find(Query(kind=ERASURES, equals={"state": ErasureState.HELD}, limit=ROWS_PER_PAGE))
    holds = await env.store.get_many(HOLDS, sorted({one.value.hold_id for one in page.rows}))
    active = {name for name, one in holds.items() if one.value.state is LegalHoldState.ACTIVE}
    due = [one for one in page.rows if one.value.hold_id not in active]

    async def begin(call: Call, id: str) -> Erasure:
        return await env.run(begin_erasure, BeginErasure(call=call, case_id=case_of(id)))

    return await sweep(NAME, due, begin)


JOBS: tuple[Job[Settings], ...] = (Job(NAME, EVERY, begin_held_erasures),)
