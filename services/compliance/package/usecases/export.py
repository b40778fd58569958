"""Taking the package of a request: what the services handed over is opened and checked, then put together."""

import asyncio
import hashlib

import msgspec

from libs.call import Command
from libs.errors import NotFound
from libs.privacy.keys import ForgedObject, Keys
from libs.subject_data import Holdings, signed_text
from services.compliance.package.domain.export import ExportExpired, ExportForged, mark_exported, require_searched
from services.compliance.package.usecases.assembly import Package, assemble
from services.compliance.package.usecases.last_pass import SearchAgain, search_again
from services.compliance.requests.documents import REQUESTS
from services.compliance.requests.domain.request import ServiceAnswer, SubjectRequest
from services.compliance.settings import Env


class ExportRequest(Command, frozen=True, kw_only=True):
    """Take the package of a request."""

    id: str


class RecordExport(Command, frozen=True, kw_only=True):
    """The package of a round, whose manifest has this SHA-256, was taken."""

    id: str
    round: int
    sha256: str


async def export_request(env: Env, cmd: ExportRequest) -> Package:
    """The package, with everything that was committed before the call; one that was taken already as it was then. As
    `make_package`, and NotFound."""
    return await make_package(env, await search_again(env, SearchAgain(call=cmd.call, id=cmd.id)))


async def make_package(env: Env, request: SubjectRequest) -> Package:
    """The whole package, or ExportIncomplete, ExportExpired, ExportForged. It is made in a thread, one at a time: it
    may be of thousands of rows, and meanwhile other calls are answered."""
    require_searched(request)
    loaded = await handed_over(env, request)
    async with env.settings.packages.slice():
        return await asyncio.to_thread(assemble, request, loaded, cell=env.directory.here.code, keys=env.keys)


async def handed_over(env: Env, request: SubjectRequest) -> list[Holdings]:
    """What the services handed over in the present round, opened and checked; ExportExpired, ExportForged."""
    loaded = []
    for answer in request.present_answers:
        sealed = await _sealed(env, request, answer)
        async with env.settings.packages.slice():
            loaded.append(await asyncio.to_thread(_holdings, env.keys, request, answer, sealed))
    return loaded


async def record_export(env: Env, cmd: RecordExport) -> SubjectRequest:
    """The request; the first package that is taken completes it."""
    loaded = await env.load(REQUESTS, cmd.id, call=cmd.call)
    request, events = mark_exported(loaded.value, cmd.sha256, cmd.round, now=env.clock.now())
    return await env.commit(loaded.put(request), events=events, call=cmd.call)


async def _sealed(env: Env, request: SubjectRequest, answer: ServiceAnswer) -> bytes:
    """What a service handed over; ExportExpired if it is no longer kept."""
    try:
        return await env.objects.get(answer.object_name)
    except NotFound as err:
        raise ExportExpired(request.id, answer.service) from err


def _holdings(keys: Keys, request: SubjectRequest, answer: ServiceAnswer, sealed: bytes) -> Holdings:
    """What a service handed over, opened; ExportForged if it is not what the service signed."""
    signed = signed_text(request.id, answer.round, answer.service, answer.sha256)
    try:
        plain = keys.unseal(sealed, answer.object_name)
    except ForgedObject as err:
        raise ExportForged(request.id, answer.service) from err
    same = hashlib.sha256(plain).hexdigest() == answer.sha256
    if not (same and keys.verify(bytes.fromhex(answer.signature), signed)):
        raise ExportForged(request.id, answer.service)
    return msgspec.json.decode(plain, type=Holdings)
