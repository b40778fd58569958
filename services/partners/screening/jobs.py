"""The jobs of screening: they screen all partners again after a list changed, and remove what a list no longer has."""

from datetime import timedelta

from libs.call import SYSTEM, Call
from libs.runtime.service import Job
from libs.runtime.sweep import sweep
from libs.store.listing import everything
from libs.store.port import ROWS_PER_PAGE, Query, get
from services.partners.screening.documents import SCREENING_BOOKS, SCREENING_LISTS, SCREENING_NAMES
from services.partners.screening.domain.screening import BOOK
from services.partners.screening.usecases import DropName, ScreenNextPartners, drop_name, screen_next_partners
from services.partners.settings import Env, Settings

SCREEN, DROP = "partners__screen_partners", "partners__drop_screening_names"
SOON, EVERY = timedelta(seconds=10), timedelta(minutes=1)


async def screen_partners(env: Env) -> int:
    """Screens the next partners; returns 1 while there are any."""
    loaded = await get(env.store, SCREENING_BOOKS, BOOK)
    if loaded is None or not loaded.value.walking:
        return 0
    await env.run(screen_next_partners, ScreenNextPartners(call=Call(caller=SYSTEM, method=SCREEN)))
    return 1


async def drop_names(env: Env) -> int:
    """Removes up to 200 names that the complete edition of a list does not have; returns how many."""
    for one in await everything(env.store, SCREENING_LISTS, {}):
        if one.published_on is None:
            continue
        query = Query(
            kind=SCREENING_NAMES,
            equals={"list_id": one.id},
            order="published_on",
            below=one.published_on,
            limit=ROWS_PER_PAGE,
        )
        if rows := (await env.store.find(query)).rows:
            return await sweep(DROP, rows, lambda call, row: env.run(drop_name, DropName(call=call, id=row)))
    return 0


JOBS: tuple[Job[Settings], ...] = (Job(SCREEN, SOON, screen_partners), Job(DROP, EVERY, drop_names))
