"""Sends a package: its files, or one encrypted file with all of them; then records that it was handed out."""

import asyncio
import hashlib
import io
from datetime import datetime
from typing import NamedTuple

from libs.packages.archive import Writer
from libs.packages.encryption import AGE, encrypt
from services.compliance.package.reads import downloads_of
from services.compliance.package.usecases.assembly import File, Package
from services.compliance.package.usecases.export import ExportRequest, RecordExport, export_request, record_export
from services.compliance.package.usecases.leaving import require_permitted
from services.compliance.settings import Env

ENCRYPTED = f"package.zip{AGE}"


class Sent(NamedTuple):
    """A package, and the files that are sent of it."""

    package: Package
    files: tuple[File, ...]


async def prepare(env: Env, cmd: ExportRequest) -> Sent:
    """The package and the files to send; raises what `export_request` and `require_permitted` raise."""
    package = await export_request(env, cmd)
    sent = Sent(package, await files_to_send(env, package, cmd.recipient))
    await require_permitted(env, cmd)
    return sent


async def record(env: Env, cmd: ExportRequest, sent: Sent) -> datetime | None:
    """Record that the package was handed out. Returns when its downloads end; None if it is partial."""
    package = sent.package
    taken = RecordExport(call=cmd.call, id=cmd.id, manifest=package.manifest, sha256=package.sha256)
    request = await env.run(record_export, taken)
    return await downloads_of(env.store, request, env.settings.downloads)


async def files_to_send(env: Env, package: Package, recipient: str) -> tuple[File, ...]:
    """The files of the package; if there is a recipient (age), one file that only this recipient can read: a zip file
    with them, encrypted in a thread, one package at a time."""
    if not recipient:
        return package.files
    async with env.settings.packages.slice():
        return (await asyncio.to_thread(_encrypted, package, recipient),)


def _encrypted(package: Package, recipient: str) -> File:
    packed = io.BytesIO()
    with Writer(packed) as writer:
        for file in package.files:
            writer.add(file.path, 0, file.data)
    data = encrypt(packed.getvalue(), recipient)
    sha256 = hashlib.sha256(data).hexdigest()
    return File(path=ENCRYPTED, media_type="application/octet-stream", data=data, sha256=sha256)
