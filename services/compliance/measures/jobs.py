"""The job of measures: it restricts the data of whoever objects, as soon as the search has ended."""

from datetime import timedelta

from libs.call import Call
from libs.runtime.service import Job
from libs.runtime.sweep import sweep
from libs.store.port import ROWS_PER_PAGE, Loaded, Query
from services.compliance.measures.documents import MEASURES
from services.compliance.measures.domain import Measure, measure_id
from services.compliance.measures.usecases import BeginRestriction, begin_restriction
from services.compliance.requests.documents import REQUESTS
from services.compliance.requests.domain.request import SubjectRequest
from services.compliance.requests.domain.states import RequestState, RequestType
from services.compliance.settings import Env, Settings

NAME = "compliance__restrict_objections"
EVERY = timedelta(minutes=1)


async def restrict_objections(env: Env) -> int:
    """Begins the restriction for up to 200 objections that have none; returns how many. One whose person has no name is
    left to an officer, who knows whom it must not reach."""

    async def begin(call: Call, id: str) -> Measure:
        return await env.run(begin_restriction, BeginRestriction(call=call, case_id=id))

    return await sweep(NAME, await _unrestricted(env), begin)


async def _unrestricted(env: Env) -> list[Loaded[SubjectRequest]]:
    """Objections that are ready and have no measure, at most a page of them."""
    wanted = {"state": RequestState.READY_FOR_REVIEW, "type": RequestType.OBJECTION}
    cursor = ""
    while True:
        page = await env.store.find(Query(kind=REQUESTS, equals=wanted, limit=ROWS_PER_PAGE, cursor=cursor))
        begun = await env.store.get_many(MEASURES, [measure_id(one.value.id) for one in page.rows])
        due = [
            one
            for one in page.rows
            if measure_id(one.value.id) not in begun and one.value.subject and one.value.subject.name
        ]
        if due or not (cursor := page.next_cursor):
            return due


JOBS: tuple[Job[Settings], ...] = (Job(NAME, EVERY, restrict_objections),)
