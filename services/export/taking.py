"""Downloads a package from a running cell; the file appears only when the package is complete and verified."""

import asyncio
import os
from pathlib import Path
from typing import BinaryIO

import typer

from libs.audit.signatures import NotAKey, key_given, read_key
from libs.files import private
from libs.packages.archive import Archive, Writer
from libs.packages.manifest import Unreadable
from libs.packages.verification import Report, verify
from libs.pb.prm.compliance import v1 as pb
from libs.pb.prm.compliance.v1 import compliance_service_pb2
from libs.rpc.client import CallFailed
from libs.runtime.visit import NobodyAnswers, Visit
from services.export.checking import BROKEN, SOUND, told

NONE = 2
ROLE = "compliance_officer"
_SERVICE = compliance_service_pb2.DESCRIPTOR.services_by_name["ComplianceService"].full_name


def take(request_id: str, file: Path, *, to: str, key: str) -> int:
    """Download the package of a request from the cell at `to` (host:port; empty: PRM_LISTEN) and verify it with `key`
    (empty: the key that the cell states); returns the exit code."""
    visit = Visit(to, role=ROLE, subject="export")
    part = file.with_name(file.name + ".part")
    try:
        trusted = key_given(key) if key else None
        with open(part, "wb", opener=private) as stream:
            stated = asyncio.run(_receive(visit, request_id, stream))
        report = _checked(part, request_id, trusted or read_key(stated.public_key))
        if report.sound:
            part.replace(file)
    except (CallFailed, NobodyAnswers, NotAKey, Unreadable, OSError) as err:
        typer.echo(f"nothing exported: {_why(err)}", err=True)
        return NONE
    finally:
        part.unlink(missing_ok=True)
    for line in told(report, proven=trusted is not None):
        typer.echo(line)
    if not report.sound:
        typer.echo("nothing exported: the package is not what its manifest says", err=True)
        return BROKEN
    typer.echo(f"the package is in {file}; it is personal data")
    if trusted is None:
        typer.echo(f"checked with the key that the cell itself states, {stated.public_key}: compare it with the one")
        typer.echo("you were given by somebody you trust, or say --key")
    return SOUND


async def _receive(visit: Visit, request_id: str, stream: BinaryIO) -> pb.ExportManifest:
    """Write the package to `stream`; returns the manifest that the cell states at the end. Unreadable if it states
    none."""
    stated: pb.ExportManifest | None = None
    async with visit.client() as client:
        await visit.reach(client, _SERVICE)
        with Writer(stream) as writer:
            async for part in client.stream(f"{_SERVICE}/ExportRequest", pb.ExportRequestRequest(id=request_id)):
                if part.WhichOneof("part") == "manifest":
                    stated = part.manifest
                else:
                    writer.add(part.chunk.path, part.chunk.offset_bytes, part.chunk.data)
    stream.flush()
    os.fsync(stream.fileno())
    if stated is None:
        raise Unreadable("the cell ended before it had said everything")
    return stated


def _checked(part: Path, request_id: str, key: bytes) -> Report:
    with Archive(part) as archive:
        report = verify(archive, key)
    if report.manifest is not None and report.manifest.case_id != request_id:
        raise Unreadable(f"the cell handed out the package of {report.manifest.case_id}")
    return report


def _why(err: Exception) -> str:
    if not isinstance(err, CallFailed):
        return str(err)
    return "; ".join([err.message, *(f"{one.field} {one.description}" for one in err.violations)])
