"""The last pass of a search: before a package is taken for the first time, every service is asked once more.

A service goes on writing after it has answered, so what it handed over is older than the package. A pass that was
opened after the call came in finds everything that was committed before it.
"""

import asyncio

from libs.call import Command
from services.compliance.package.domain.export import ExportIncomplete
from services.compliance.requests.documents import REQUESTS
from services.compliance.requests.domain.request import SubjectRequest
from services.compliance.requests.domain.search import SEARCHED, SEARCHING, open_last_pass
from services.compliance.settings import Env

LAST_PASS_SECONDS = 20.0
LOOK_SECONDS = 0.05


class SearchAgain(Command, frozen=True, kw_only=True):
    """Ask every service once more for what is held about whoever a request is of."""

    id: str


async def search_again(env: Env, cmd: SearchAgain) -> SubjectRequest:
    """The request once every service has answered a round that was opened after this call; as it is, if its first
    search has not ended or its package was taken. ExportIncomplete, naming the services that have not answered within
    20 seconds; their answers are taken when they come. NotFound."""
    asked = request = await env.show(REQUESTS, cmd.id, call=cmd.call)
    if not (request.state in SEARCHED or (request.state in SEARCHING and request.passes)):
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


async def _open_last_pass(env: Env, cmd: SearchAgain) -> SubjectRequest:
    """The request in its last pass; unchanged where somebody else has opened one meanwhile."""
    loaded = await env.load(REQUESTS, cmd.id, call=cmd.call)
    if loaded.value.state not in SEARCHED:
        return loaded.value
    request, events = open_last_pass(loaded.value, now=env.clock.now())
    return await env.commit(loaded.put(request), events=events, call=cmd.call)
