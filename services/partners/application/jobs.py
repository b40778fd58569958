"""The job of application: it renews keys of partners that earlier rules made, or that were never made."""

from datetime import timedelta

from libs.runtime.service import Job
from libs.runtime.sweep import sweep
from libs.store.port import ROWS_PER_PAGE, Query
from services.partners.application.usecases.name_keys import RenewNameKey, renew_name_key
from services.partners.record.documents import PARTNERS
from services.partners.record.domain.partner import NAME_RULES
from services.partners.settings import Env, Settings

NAME = "partners__renew_name_keys"
EVERY = timedelta(minutes=1)


async def renew_name_keys(env: Env) -> int:
    """Renews up to 200 name keys; returns how many."""
    query = Query(kind=PARTNERS, order="name_rules", below=NAME_RULES, limit=ROWS_PER_PAGE)
    rows = (await env.store.find(query)).rows
    return await sweep(NAME, rows, lambda call, row: env.run(renew_name_key, RenewNameKey(call=call, id=row)))


JOBS: tuple[Job[Settings], ...] = (Job(NAME, EVERY, renew_name_keys),)
