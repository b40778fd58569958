"""Builds the files of a package: data files, the page for the person, and the signed manifest of all files."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

import msgspec

from libs.audit.signatures import pem_of
from libs.packages.manifest import MANIFEST, NOT_SEARCHED, PUBLIC_KEY, SIGNATURE, NotSearched, data_path
from libs.privacy.keys import Keys
from libs.subject_data import Holdings, Section
from services.compliance.package.domain.export import latest_answers
from services.compliance.package.usecases.flattening import flatten
from services.compliance.package.usecases.page import ShownSection, render_page, show_section
from services.compliance.package.usecases.rendering import render_csv, render_lines, render_schema
from services.compliance.package.usecases.texts import Language, Texts
from services.compliance.package.usecases.unsearched import lines_of, table_of, unsearched
from services.compliance.package.usecases.withholding import withheld
from services.compliance.requests.domain.request import ServiceAnswer, SubjectRequest


class File(msgspec.Struct, frozen=True, kw_only=True):
    """A file of the package; sha256: hex."""

    path: str
    media_type: str
    data: bytes
    sha256: str


class ListedFile(msgspec.Struct, frozen=True, kw_only=True):
    """The entry of a file in the manifest; sha256: hex."""

    path: str
    media_type: str
    size_bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """Proves that the package is complete: the services asked, their answers, and the hash of every file.

    missing_services: those that have not answered; the package is then partial. complete_until: the package contains
    everything committed before this instant; None if it is partial. alias_hashes: all that were searched.
    unsearched_hashes: found but not searched, because the search was stopped; search_stopped: why. withheld: one
    sentence with the reason for each thing left out. not_searched: fields that were not searched for the person.
    language: of the page, BCP 47.
    """

    case_id: str
    cell: str
    type: str
    regime: str
    language: str
    services: tuple[str, ...]
    missing_services: tuple[str, ...]
    alias_hashes: tuple[str, ...]
    unsearched_hashes: tuple[str, ...]
    search_stopped: str
    rounds: int
    complete_until: datetime | None
    answers: tuple[ServiceAnswer, ...]
    withheld: tuple[str, ...]
    not_searched: tuple[NotSearched, ...]
    row_count: int
    files: tuple[ListedFile, ...]
    create_time: datetime


class Package(msgspec.Struct, frozen=True, kw_only=True):
    """A package. files: in order; the last three are manifest.json, the signature of its bytes, and the public key.
    sha256: of manifest.json, hex."""

    manifest: Manifest
    files: tuple[File, ...]
    sha256: str
    signature: bytes
    public_key: bytes


class Rendering(msgspec.Struct, frozen=True, kw_only=True):
    """What of a package is made of the rows, which is most of its bytes and nearly all of the work. files: all but the
    last three. missing: the services that have not answered the last question; the package is partial if there are any.
    answers: those that the rows are from."""

    language: Language
    missing: tuple[str, ...]
    answers: tuple[ServiceAnswer, ...]
    files: tuple[File, ...]
    withheld: tuple[str, ...]
    not_searched: tuple[NotSearched, ...]
    row_count: int

    @property
    def size_bytes(self) -> int:
        """Of all files."""
        return sum(len(one.data) for one in self.files)


def render(
    request: SubjectRequest,
    loaded: Sequence[Holdings],
    *,
    cell: str,
    language: Language = Language.ENGLISH,
    missing: tuple[str, ...] = (),
) -> Rendering:
    """The files with the rows. loaded: the holdings of each service, sorted by service. Equal arguments give equal
    bytes."""
    texts, english = Texts(language), Texts(Language.ENGLISH)
    rendered = [_render(texts, one.service, section) for one in loaded for section in one.sections]
    files = [file for data, _ in rendered for file in data]
    not_shown, not_looked_at = withheld(loaded), unsearched(loaded)
    shown = [section for _, section in rendered]
    page = render_page(texts, request, shown, not_shown, not_looked_at, cell=cell, missing=missing)
    files.append(_file(f"{NOT_SEARCHED}.json", "application/jsonl", lines_of(not_looked_at)))
    files.append(_file(f"{NOT_SEARCHED}.csv", "text/csv", table_of(not_looked_at)))
    files.append(_file("index.html", "text/html", page))
    return Rendering(
        language=language,
        missing=missing,
        answers=_answers_in(request, loaded),
        files=tuple(files),
        withheld=tuple(one.sentence(english) for one in not_shown),
        not_searched=not_looked_at,
        row_count=sum(len(section.rows) for one in loaded for section in one.sections),
    )


def assemble(request: SubjectRequest, rendered: Rendering, *, cell: str, keys: Keys) -> Package:
    """The package of a request: the rendered files, and the signed manifest of them. Equal arguments give equal
    bytes."""
    missing = rendered.missing
    manifest = Manifest(
        case_id=request.id,
        cell=cell,
        type=request.type.name,
        regime=request.regime.name,
        language=rendered.language.value,
        services=request.services,
        missing_services=missing,
        alias_hashes=request.alias_hashes,
        unsearched_hashes=request.unsearched_hashes,
        search_stopped="" if missing else request.search_stopped,
        rounds=request.round,
        complete_until=None if missing else request.complete_until,
        answers=rendered.answers,
        withheld=rendered.withheld,
        not_searched=rendered.not_searched,
        row_count=rendered.row_count,
        files=tuple(
            ListedFile(path=file.path, media_type=file.media_type, size_bytes=len(file.data), sha256=file.sha256)
            for file in rendered.files
        ),
        create_time=_dated(request, rendered.answers, missing),
    )
    return _signed(manifest, rendered.files, keys)


def _answers_in(request: SubjectRequest, loaded: Sequence[Holdings]) -> tuple[ServiceAnswer, ...]:
    """The answers that the holdings belong to."""
    of = {(one.service, one.round) for one in loaded}
    return tuple(one for one in latest_answers(request) if (one.service, one.round) in of)


def _dated(request: SubjectRequest, answers: Sequence[ServiceAnswer], missing: Sequence[str]) -> datetime:
    """When the search ended; of a partial package, when its last answer came."""
    if missing and answers:
        return max(one.answer_time for one in answers)
    return request.ready_time or request.create_time


def _signed(manifest: Manifest, files: Sequence[File], keys: Keys) -> Package:
    proof = _file(MANIFEST, "application/json", msgspec.json.format(msgspec.json.encode(manifest)))
    signature = _file(SIGNATURE, "application/octet-stream", keys.sign(proof.data))
    public_key = _file(PUBLIC_KEY, "application/x-pem-file", pem_of(keys.public_key))
    return Package(
        manifest=manifest,
        files=(*files, proof, signature, public_key),
        sha256=proof.sha256,
        signature=signature.data,
        public_key=keys.public_key,
    )


def _render(texts: Texts, service: str, section: Section) -> tuple[tuple[File, ...], ShownSection]:
    """The data files of a section (rows, schema, table), and its part of the page. The rows are flattened here, one
    section at a time, because flat rows take about four times the memory of their JSON."""
    rows = flatten(section)
    lines = data_path(service, section.kind)
    stem = lines.removesuffix(".json")
    files = (
        _file(lines, "application/jsonl", render_lines(section)),
        _file(f"{stem}.schema.json", "application/schema+json", render_schema(section)),
        _file(f"{stem}.csv", "text/csv", render_csv(rows)),
    )
    return files, show_section(texts, service, section, rows)


def _file(path: str, media_type: str, data: bytes) -> File:
    return File(path=path, media_type=media_type, data=data, sha256=hashlib.sha256(data).hexdigest())
