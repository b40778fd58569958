"""Downloads the audit trail of a running cell; the file appears only when it is complete."""

import asyncio
from pathlib import Path
from typing import BinaryIO

import typer

from libs.audit.lines import Unreadable
from libs.audit.verification import read_kept
from libs.files import private
from libs.pb.prm.compliance import v1 as pb
from libs.pb.prm.compliance.v1 import compliance_service_pb2
from libs.rpc.client import CallFailed
from libs.runtime.visit import NobodyAnswers, Visit

WHOLE, NONE = 0, 2
ROLE = "auditor"
_SERVICE = compliance_service_pb2.DESCRIPTOR.services_by_name["ComplianceService"].full_name


def fetch(file: Path, *, to: str) -> int:
    """Export from the cell at `to` (host:port; empty: PRM_LISTEN); returns the exit code."""
    visit = Visit(to, role=ROLE, subject="audit")
    part = file.with_name(file.name + ".part")
    try:
        with open(part, "wb", opener=private) as stream:
            public_keys = asyncio.run(_receive(visit, stream))
        end = read_kept(part).statement
        part.rename(file)
    except (CallFailed, NobodyAnswers, Unreadable, OSError) as err:
        part.unlink(missing_ok=True)
        typer.echo(f"nothing exported: {err}", err=True)
        return NONE
    typer.echo(f"{end.tree_size} entries of cell {end.cell} are in {file}, root {end.root_hash}")
    typer.echo("these keys sign, it says: check with those that you were given by somebody you trust")
    typer.echo(public_keys, nl=False)
    return WHOLE


async def _receive(visit: Visit, stream: BinaryIO) -> str:
    """Write the export to `stream`; returns the public keys that the cell states."""
    async with visit.client() as client:
        await visit.reach(client, _SERVICE)
        newest = await client.call(f"{_SERVICE}/GetCheckpoint", pb.GetCheckpointRequest())
        async for piece in client.stream(f"{_SERVICE}/ExportAudit", pb.ExportAuditRequest()):
            stream.write(piece.data)
    return str(newest.public_keys)
