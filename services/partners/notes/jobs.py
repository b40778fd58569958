"""What becomes due in notes: those older than a year are deleted."""

from datetime import timedelta

from libs.runtime.service import Job
from libs.runtime.sweep import sweep
from libs.store.port import ROWS_PER_PAGE, Query
from services.partners.notes.documents import PARTNER_NOTES
from services.partners.notes.domain import KEPT
from services.partners.notes.usecases import DeletePartnerNote, delete_partner_note
from services.partners.settings import Env, Settings

NAME = "partners__delete_old_notes"
EVERY = timedelta(hours=1)


async def delete_old_notes(env: Env) -> int:
    """How many were deleted, 200 at most."""
    query = Query(kind=PARTNER_NOTES, order="create_time", below=env.clock.now() - KEPT, limit=ROWS_PER_PAGE)
    due = (await env.store.find(query)).rows
    return await sweep(NAME, due, lambda call, row: env.run(delete_partner_note, DeletePartnerNote(call=call, id=row)))


JOBS: tuple[Job[Settings], ...] = (Job(NAME, EVERY, delete_old_notes),)
