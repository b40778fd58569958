"""Exports the package of a request: decrypts and checks the objects of the services, then assembles the package."""

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
    """Export the package of a request."""

    id: str


class RecordExport(Command, frozen=True, kw_only=True):
    """Record that the package of a round was exported. sha256: of its manifest, hex."""

    id: str
    round: int
    sha256: str


async def export_request(env: Env, cmd: ExportRequest) -> Package:
    """The package with everything that was committed before the call; if it was exported before, the same package.

    NotFound, and the errors of `make_package`.
    """
    return await make_package(env, await search_again(env, SearchAgain(call=cmd.call, id=cmd.id)))


async def make_package(env: Env, request: SubjectRequest) -> Package:
    """The complete package; ExportIncomplete, ExportExpired, ExportForged, WrongState.

    It is assembled in a thread, so that other calls are answered meanwhile, and one at a time, because it may have
    thousands of rows.
    """
    require_searched(request)
    loaded = await handed_over(env, request)
    async with env.settings.packages.slice():
        return await asyncio.to_thread(assemble, request, loaded, cell=env.directory.here.code, keys=env.keys)


async def handed_over(env: Env, request: SubjectRequest) -> list[Holdings]:
    """The holdings of each service in the present round, decrypted and checked; ExportExpired, ExportForged."""
    loaded = []
    for answer in request.present_answers:
        sealed = await _sealed(env, request, answer)
        async with env.settings.packages.slice():
            loaded.append(await asyncio.to_thread(_holdings, env.keys, request, answer, sealed))
    return loaded


async def record_export(env: Env, cmd: RecordExport) -> SubjectRequest:
    """The request; the first complete export completes it (see `mark_exported`)."""
    loaded = await env.load(REQUESTS, cmd.id, call=cmd.call)
    request, events = mark_exported(loaded.value, cmd.sha256, cmd.round, now=env.clock.now())
    return await env.commit(loaded.put(request), events=events, call=cmd.call)


async def _sealed(env: Env, request: SubjectRequest, answer: ServiceAnswer) -> bytes:
    """The encrypted object of a service; ExportExpired if it is deleted."""
    try:
        return await env.objects.get(answer.object_name)
    except NotFound as err:
        raise ExportExpired(request.id, answer.service) from err


def _holdings(keys: Keys, request: SubjectRequest, answer: ServiceAnswer, sealed: bytes) -> Holdings:
    """The holdings in the decrypted object of a service; ExportForged if they differ from what the service signed."""
    signed = signed_text(request.id, answer.round, answer.service, answer.sha256)
    try:
        plain = keys.unseal(sealed, answer.object_name)
    except ForgedObject as err:
        raise ExportForged(request.id, answer.service) from err
    same = hashlib.sha256(plain).hexdigest() == answer.sha256
    if not (same and keys.verify(bytes.fromhex(answer.signature), signed)):
        raise ExportForged(request.id, answer.service)
    return msgspec.json.decode(plain, type=Holdings)
