"""States to the exits of the cell which transfers the year's count refuses."""

from libs.call import SYSTEM, Call
from libs.store.port import ROWS_PER_PAGE, Loaded, Query, VersionConflict
from services.compliance.settings import Env
from services.compliance.transfers.documents import TRANSFERS
from services.compliance.transfers.domain.flow import is_blocked
from services.compliance.transfers.domain.states import TransferState
from services.compliance.transfers.domain.transfer import Transfer, state
from services.compliance.transfers.reads import count_of, counted, thresholds_of

JOB = "compliance__state_transfers"


async def blocked_year(env: Env, transfer: Transfer) -> int:
    """The present year if its count refuses the transfer whatever is sent; else 0."""
    today = env.today()
    near = counted(await count_of(env, today.year), thresholds_of(env, today))
    return today.year if is_blocked(transfer, near) else 0


async def state_transfers(env: Env) -> int:
    """State every published transfer of which the exits know something else; how many."""
    query = Query(kind=TRANSFERS, equals={"state": TransferState.PUBLISHED}, limit=ROWS_PER_PAGE)
    count = 0
    while True:
        page = await env.store.find(query)
        for loaded in page.rows:
            count += await _state(env, loaded)
        if not page.next_cursor:
            return count
        query = Query(kind=TRANSFERS, equals=query.equals, limit=ROWS_PER_PAGE, cursor=page.next_cursor)


async def _state(env: Env, loaded: Loaded[Transfer]) -> int:
    year = await blocked_year(env, loaded.value)
    if loaded.value.blocked_year == year:
        return 0
    transfer, event = state(loaded.value, year)
    try:
        await env.commit(loaded.put(transfer), events=[event], call=Call(caller=SYSTEM, method=JOB))
    except VersionConflict:  # it ends, or another replica states it
        return 0
    return 1
