"""The package of a request: every row every service holds, readable by a machine and by a person, and its proof."""

import asyncio
import hashlib
from base64 import b64encode
from datetime import datetime

import msgspec

from libs.errors import NotFound
from libs.packages.manifest import MANIFEST, PUBLIC_KEY, SIGNATURE, data_path
from libs.privacy.keys import ForgedObject
from libs.subject_data import Holdings, signed_text
from services.compliance.domain.request import (
    ExportExpired,
    ExportForged,
    ServiceAnswer,
    SubjectRequest,
    require_whole,
)
from services.compliance.usecases.page import render_page
from services.compliance.usecases.rendering import render_csv, render_lines, render_schema
from services.compliance.usecases.settings import Env
from services.compliance.usecases.withholding import withheld

_ED25519_DER = bytes.fromhex("302a300506032b6570032100")  # what RFC 8410 puts before the 32 bytes of a public key


class File(msgspec.Struct, frozen=True, kw_only=True):
    """A file of the package; sha256: hex."""

    path: str
    media_type: str
    data: bytes
    sha256: str


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A file as the manifest names it."""

    path: str
    media_type: str
    size_bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What proves that the package is whole: who was asked for what, what they found, and every file's hash.
    alias_hashes: all that were searched. unsearched_hashes: those found when the search was stopped, and why it was.
    withheld: what is not handed over, a sentence each with its ground."""

    case_id: str
    cell: str
    type: str
    regime: str
    services: tuple[str, ...]
    alias_hashes: tuple[str, ...]
    unsearched_hashes: tuple[str, ...]
    search_stopped: str
    rounds: int
    answers: tuple[ServiceAnswer, ...]
    withheld: tuple[str, ...]
    row_count: int
    files: tuple[Listed, ...]
    create_time: datetime


class Package(msgspec.Struct, frozen=True, kw_only=True):
    """Files in order, those that prove it last: manifest.json, the signature over its bytes, the key to check it."""

    manifest: Manifest
    files: tuple[File, ...]
    sha256: str
    signature: bytes
    public_key: bytes


async def make_package(env: Env, request: SubjectRequest) -> Package:
    """The whole package, or ExportIncomplete, ExportExpired, ExportForged. It is made in a thread, one at a time: it
    may be of thousands of rows, and meanwhile other calls are answered."""
    require_whole(request)
    held = []
    for answer in request.present_answers:
        sealed = await _sealed(env, request, answer)
        async with env.settings.packages.slice():
            held.append(await asyncio.to_thread(_holdings, env, request, answer, sealed))
    async with env.settings.packages.slice():
        return await asyncio.to_thread(_package, env, request, held)


def _package(env: Env, request: SubjectRequest, held: list[Holdings]) -> Package:
    files = [_file(path, media, data) for one in held for path, media, data in _data_files(one)]
    files.append(_file("index.html", "text/html", render_page(request, tuple(held), env.directory.here.code)))
    manifest = Manifest(
        case_id=request.id,
        cell=env.directory.here.code,
        type=request.type.name,
        regime=request.regime.name,
        services=request.services,
        alias_hashes=request.alias_hashes,
        unsearched_hashes=request.unsearched_hashes,
        search_stopped=request.search_stopped,
        rounds=request.round,
        answers=request.present_answers,
        withheld=withheld(held),
        row_count=sum(len(section.rows) for one in held for section in one.sections),
        files=tuple(
            Listed(path=file.path, media_type=file.media_type, size_bytes=len(file.data), sha256=file.sha256)
            for file in files
        ),
        create_time=request.ready_time or request.create_time,
    )
    keys = env.keys
    proof = _file(MANIFEST, "application/json", msgspec.json.format(msgspec.json.encode(manifest)))
    signature = _file(SIGNATURE, "application/octet-stream", keys.sign(proof.data))
    public_key = _file(PUBLIC_KEY, "application/x-pem-file", _pem(keys.public_key))
    return Package(
        manifest=manifest,
        files=(*files, proof, signature, public_key),
        sha256=proof.sha256,
        signature=signature.data,
        public_key=keys.public_key,
    )


async def _sealed(env: Env, request: SubjectRequest, answer: ServiceAnswer) -> bytes:
    """What a service handed over, if it lies there still."""
    try:
        return await env.objects.get(answer.object_name)
    except NotFound as err:
        raise ExportExpired(request.id, answer.service) from err


def _holdings(env: Env, request: SubjectRequest, answer: ServiceAnswer, sealed: bytes) -> Holdings:
    """What a service handed over, if it is what it signed."""
    keys = env.keys
    signed = signed_text(request.id, answer.round, answer.service, answer.sha256)
    try:
        plain = keys.unseal(sealed, answer.object_name)
    except ForgedObject as err:
        raise ExportForged(request.id, answer.service) from err
    same = hashlib.sha256(plain).hexdigest() == answer.sha256
    if not (same and keys.verify(bytes.fromhex(answer.signature), signed)):
        raise ExportForged(request.id, answer.service)
    return msgspec.json.decode(plain, type=Holdings)


def _data_files(held: Holdings) -> tuple[tuple[str, str, bytes], ...]:
    found = []
    for section in held.sections:
        lines = data_path(held.service, section.kind)
        stem = lines.removesuffix(".json")
        found.append((lines, "application/jsonl", render_lines(section)))
        found.append((f"{stem}.schema.json", "application/schema+json", render_schema(section)))
        found.append((f"{stem}.csv", "text/csv", render_csv(section)))
    return tuple(found)


def _pem(public_key: bytes) -> bytes:
    """As openssl reads it."""
    text = b64encode(_ED25519_DER + public_key).decode()
    return f"-----BEGIN PUBLIC KEY-----\n{text}\n-----END PUBLIC KEY-----\n".encode()


def _file(path: str, media_type: str, data: bytes) -> File:
    return File(path=path, media_type=media_type, data=data, sha256=hashlib.sha256(data).hexdigest())
