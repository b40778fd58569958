"""The end of a year: its key is destroyed, its marks are deleted, its count stays."""

from msgspec.structs import replace

from libs.call import SYSTEM, Call
from libs.store.port import ROWS_PER_PAGE, Loaded, Query
from services.compliance.settings import Env
from services.compliance.transfers.documents import COUNTS, MARKS
from services.compliance.transfers.domain.flow import TransferCount
from services.compliance.transfers.events import TransferYearClosed


async def close_years(env: Env) -> int:
    """Close every year before the present one, then delete up to 200 marks of closed years; how many rows changed."""
    call = Call(caller=SYSTEM, method="compliance__close_transfer_years")
    year = env.today().year
    over = await env.store.find(Query(kind=COUNTS, order="open_year", below=year, limit=ROWS_PER_PAGE))
    for loaded in over.rows:
        await _close(env, loaded, call)
    marks = await env.store.find(Query(kind=MARKS, order="year", below=year, limit=ROWS_PER_PAGE))
    if marks.rows:
        first, *rest = marks.rows
        await env.remove(first, *(one.delete() for one in rest), call=call)
    return len(over.rows) + len(marks.rows)


async def _close(env: Env, loaded: Loaded[TransferCount], call: Call) -> None:
    closed = replace(loaded.value, sealed_key="", open_year=None)
    event = TransferYearClosed(
        year=closed.year, person_count=closed.person_count, sensitive_person_count=closed.sensitive_person_count
    )
    await env.commit(loaded.put(closed), events=[event], call=call)
