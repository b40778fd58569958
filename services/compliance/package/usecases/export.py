"""Exports the package of a request: decrypts and checks the objects of the services, then assembles the package."""

import asyncio
import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from libs.call import Command
from libs.country import country_violations
from libs.errors import InvalidInput, NotFound, Violation
from libs.packages.encryption import NotARecipient, require_recipient
from libs.privacy.keys import Keys
from libs.privacy.objects import ForgedObject
from libs.store.port import Put, create, get
from libs.subject_data import Holdings, signed_text
from services.compliance.clocks import reads as clocks
from services.compliance.package.documents import PACKAGES
from services.compliance.package.domain.export import (
    ExportExpired,
    ExportForged,
    ExportIncomplete,
    latest_answers,
    mark_exported,
    require_downloadable,
    require_searched,
)
from services.compliance.package.domain.handed_out import (
    HandedOutPackage,
    downloaded_again,
    package_id,
    packaged,
)
from services.compliance.package.reads import downloads_of
from services.compliance.package.usecases.assembly import Manifest, Package, Rendering, assemble, render
from services.compliance.package.usecases.last_pass import SearchAgain, search_again
from services.compliance.package.usecases.texts import Language, LanguageNotBuilt, language_of
from services.compliance.requests.documents import REQUESTS
from services.compliance.requests.domain.request import ServiceAnswer, SubjectRequest
from services.compliance.requests.domain.search import SEARCHING
from services.compliance.requests.domain.states import RequestState
from services.compliance.settings import Env


class ExportRequest(Command, frozen=True, kw_only=True):
    """Export the package of a request. recipient: an age recipient to encrypt it for; empty for nobody. language: of
    the page, BCP 47; empty for that of the person. partial: take what is there. anew: ask the services again although
    the request is completed. recipient_country: where it goes, empty for a country of the cell. transfer_id: the
    transfer that permits that."""

    id: str
    recipient: str = ""
    language: str = ""
    partial: bool = False
    anew: bool = False
    recipient_country: str = ""
    transfer_id: str = ""


class RecordExport(Command, frozen=True, kw_only=True):
    """Record that a package was exported. sha256: of its manifest, hex."""

    id: str
    manifest: Manifest
    sha256: str


class _Kept(NamedTuple):
    """A rendering, and the request of which it is."""

    content: SubjectRequest
    rendered: Rendering


async def export_request(env: Env, cmd: ExportRequest) -> Package:
    """The package with everything that was committed before the call; if it was exported before, the same package. If
    it may be partial and services do not answer, what is there.

    InvalidInput, NotFound, and the errors of `make_package`.
    """
    if wrong := [*_violations(cmd)]:
        raise InvalidInput(wrong)
    try:
        request = await search_again(env, SearchAgain(call=cmd.call, id=cmd.id, anew=cmd.anew))
    except ExportIncomplete:
        if not cmd.partial:
            raise
        request = await env.show(REQUESTS, cmd.id, call=cmd.call)
    return await make_package(env, request, language=cmd.language, partial=cmd.partial)


async def make_package(env: Env, request: SubjectRequest, *, language: str = "", partial: bool = False) -> Package:
    """The package; ExportIncomplete, ExportExpired, ExportForged, WrongState. partial: it may lack the answers of
    services to the last question, but not all of them.

    What the services handed over is decrypted, checked and rendered once, and again only after RENDERED_KEPT_SECONDS.
    The manifest is signed each time.
    """
    spoken = language_of(language, request.subject.locale if request.subject else "", request.country)
    missing = request.missing_services if partial and request.state in SEARCHING else ()
    if missing:
        loaded = await _handed_over_so_far(env, request)
        if not loaded:
            raise ExportIncomplete(request.id, missing)
        rendered = await _rendered(env, request, loaded, language=spoken, missing=missing)
    else:
        require_searched(request)
        require_downloadable(request, await downloads_of(env.store, request, env.settings.downloads), env.clock.now())
        rendered = await _whole(env, request, spoken)
    return assemble(request, rendered, cell=env.directory.here.code, keys=env.keys)


async def handed_over(env: Env, request: SubjectRequest, answers: Sequence[ServiceAnswer]) -> list[Holdings]:
    """The holdings of these answers, decrypted and checked; ExportExpired, ExportForged."""
    return [await _opened(env, request, answer) for answer in answers]


async def record_export(env: Env, cmd: RecordExport) -> SubjectRequest:
    """The request; the first complete export completes it (see `mark_exported`)."""
    now, made = env.clock.now(), cmd.manifest
    loaded = await env.load(REQUESTS, cmd.id, call=cmd.call)
    missing = made.missing_services
    request, events = mark_exported(loaded.value, cmd.sha256, made.rounds, missing=missing, now=now)
    write, package = loaded.put(request), await _handed_out(env, cmd, now)
    if request.complete_time == loaded.value.complete_time:
        return await env.commit(write, package, events=events, call=cmd.call)
    clock = await clocks.ended(env, request.id, answered=True)
    return await env.commit(write, package, *clock.writes, events=[*events, *clock.events], call=cmd.call)


def _violations(cmd: ExportRequest) -> Iterator[Violation]:
    if cmd.recipient:
        try:
            require_recipient(cmd.recipient)
        except NotARecipient as err:
            yield Violation("recipient", str(err), "NOT_A_RECIPIENT")
    if cmd.recipient_country:
        yield from country_violations(cmd.recipient_country, "recipient_country")
    try:
        language_of(cmd.language, "", "")
    except LanguageNotBuilt as err:
        yield Violation("language", str(err), "LANGUAGE_NOT_BUILT")


async def _whole(env: Env, request: SubjectRequest, language: Language) -> Rendering:
    """The files with the rows of a search that has ended, as they were rendered lately if the request says the same."""
    key, content = (request.id, language.value), _content(request)
    found = env.settings.rendered.get(key)
    if isinstance(found, _Kept) and found.content == content:
        return found.rendered
    made = await _rendered(env, request, await handed_over(env, request, request.present_answers), language=language)
    env.settings.rendered.keep(key, _Kept(content, made), made.size_bytes)
    return made


def _content(request: SubjectRequest) -> SubjectRequest:
    """The request without what a download changes in it, which no package contains. The hashes of what the services
    handed over are in it."""
    return replace(
        request, version=1, state=RequestState.COMPLETED, update_time=request.create_time, complete_time=None
    )


async def _rendered(
    env: Env, request: SubjectRequest, loaded: list[Holdings], *, language: Language, missing: tuple[str, ...] = ()
) -> Rendering:
    """The files with the rows, rendered in a thread, so that other calls are answered meanwhile, and one at a time,
    because there may be thousands of rows."""
    here = env.directory.here.code
    async with env.settings.packages.slice():
        return await asyncio.to_thread(render, request, loaded, cell=here, language=language, missing=missing)


async def _handed_over_so_far(env: Env, request: SubjectRequest) -> list[Holdings]:
    """The holdings of each service in its latest answer whose object is still there."""
    found = []
    for answer in latest_answers(request):
        try:
            found.append(await _opened(env, request, answer))
        except ExportExpired:
            continue  # an answer to an earlier round; the service is named as missing
    return found


async def _handed_out(env: Env, cmd: RecordExport, now: datetime) -> Put[HandedOutPackage]:
    """The write of the package that was handed out once more."""
    package, made = package_id(cmd.id, cmd.sha256), cmd.manifest
    if loaded := await get(env.store, PACKAGES, package):
        return loaded.put(downloaded_again(loaded.value, now))
    first = HandedOutPackage(
        id=package,
        case_id=cmd.id,
        round=made.rounds,
        sha256=cmd.sha256,
        language=made.language,
        row_count=made.row_count,
        services=made.services,
        missing_services=made.missing_services,
        answers=packaged(made.answers),
        withheld=made.withheld,
        first_download_time=now,
        last_download_time=now,
    )
    return create(PACKAGES, first)


async def _opened(env: Env, request: SubjectRequest, answer: ServiceAnswer) -> Holdings:
    sealed = await _sealed(env, request, answer)
    async with env.settings.packages.slice():
        return await asyncio.to_thread(_holdings, env.keys, request, answer, sealed)


async def _sealed(env: Env, request: SubjectRequest, answer: ServiceAnswer) -> bytes:
    """The encrypted object of a service; ExportExpired if it is deleted."""
    try:
        return await env.objects.get(answer.object_name)
    except NotFound as err:
        why = f"what {answer.service} handed over is no longer kept"
        raise ExportExpired(request.id, why, service=answer.service) from err


def _holdings(keys: Keys, request: SubjectRequest, answer: ServiceAnswer, sealed: bytes) -> Holdings:
    """The holdings in the decrypted object of a service; ExportForged if they differ from what the service signed."""
    signed = signed_text(request.id, answer.round, answer.service, answer.sha256)
    try:
        plain = keys.unseal(sealed, answer.object_name, by=answer.service)
    except ForgedObject as err:
        raise ExportForged(request.id, answer.service) from err
    same = hashlib.sha256(plain).hexdigest() == answer.sha256
    if not (same and keys.verify(bytes.fromhex(answer.signature), signed, by=answer.service)):
        raise ExportForged(request.id, answer.service)
    return msgspec.json.decode(plain, type=Holdings)
