"""The last pass of a search: before the first export of a package every service is asked once more.

A service goes on writing after it has answered, so its answer may lack newer data. A pass that is opened after the call
has come in finds everything that was committed before the call.
"""

import asyncio

from libs.call import Command
from services.compliance.package.domain.export import ExportIncomplete, reopen
from services.compliance.requests.documents import REQUESTS
from services.compliance.requests.domain.request import SubjectRequest
from services.compliance.requests.domain.search import SEARCHED, SEARCHING, open_last_pass
from services.compliance.requests.domain.states import NOT_SEARCHED, RequestState
from services.compliance.requests.reads import ask
from services.compliance.settings import Env

LAST_PASS_SECONDS = 20.0
LOOK_SECONDS = 0.05


class SearchAgain(Command, frozen=True, kw_only=True):
    """Ask every service once more for the data of the person of a request. anew: also if it is completed."""

    id: str
    anew: bool = False


async def search_again(env: Env, cmd: SearchAgain) -> SubjectRequest:
    """The request, after every service has answered a round that was opened after this call; unchanged if its first
    search has not ended, if its package was exported and is not made anew, or if its type needs no search.

    ExportIncomplete, with the services that have not answered within 20 seconds; later answers still count. NotFound.
    """
    asked = request = await env.show(REQUESTS, cmd.id, call=cmd.call)
    if cmd.anew and request.state is RequestState.COMPLETED:
        request = await env.run(_reopen, cmd)
    if request.type in NOT_SEARCHED or not (
        request.state in SEARCHED or (request.state in SEARCHING and request.passes)
    ):
        return request
    try:
        async with asyncio.timeout(LAST_PASS_SECONDS):
            while request.state in SEARCHING or (request.state in SEARCHED and request.round == asked.round):
                if request.state in SEARCHED:
                    await env.run(_open_last_pass, cmd)
                await asyncio.sleep(LOOK_SECONDS)
                request = await env.show(REQUESTS, cmd.id, call=cmd.call)
    except TimeoutError as err:
        raise ExportIncomplete(request.id, request.missing_services or request.services) from err
    return request


async def _reopen(env: Env, cmd: SearchAgain) -> SubjectRequest:
    """The completed request in a new last pass; unchanged if another call has opened one meanwhile."""
    loaded = await env.load(REQUESTS, cmd.id, call=cmd.call)
    if loaded.value.state is not RequestState.COMPLETED:
        return loaded.value
    request, events = await ask(env, *reopen(loaded.value, now=env.clock.now()))
    return await env.commit(loaded.put(request), events=events, call=cmd.call)


async def _open_last_pass(env: Env, cmd: SearchAgain) -> SubjectRequest:
    """The request in a new last pass; unchanged if another call has opened one meanwhile."""
    loaded = await env.load(REQUESTS, cmd.id, call=cmd.call)
    if loaded.value.state not in SEARCHED:
        return loaded.value
    request, events = await ask(env, *open_last_pass(loaded.value, now=env.clock.now()))
    return await env.commit(loaded.put(request), events=events, call=cmd.call)
