"""Takes an export out of a running cell; a file appears only when it is whole."""

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import BinaryIO

import typer

from libs.audit.lines import Unreadable
from libs.audit.verification import read_kept
from libs.config import Settings
from libs.config import read as read_settings
from libs.pb.prm.compliance.v1 import compliance_requests_pb2 as pb
from libs.pb.prm.compliance.v1 import compliance_service_pb2
from libs.rpc.client import CallFailed, Client, connect
from libs.rpc.identity.credentials import own_token
from libs.runtime.platform import directory_of

WHOLE, NONE = 0, 2
ROLE = "auditor"
REACHABLE_WITHIN_SECONDS = 5.0
_SERVICE = compliance_service_pb2.DESCRIPTOR.services_by_name["ComplianceService"].full_name


def fetch(file: Path, *, to: str) -> int:
    """Export from the cell at `to` (host:port; empty: the one the environment names); the exit code."""
    settings = read_settings(Settings)
    target = to or settings.listen
    token = own_token(settings, directory_of(settings), ROLE, subject="audit")
    part = file.with_name(file.name + ".part")
    try:
        with part.open("wb") as stream:
            public_key = asyncio.run(_receive(partial(connect, settings, to=to, token=token), stream))
        end = read_kept(part).statement
        part.rename(file)
    except (CallFailed, Unreadable, OSError) as err:
        part.unlink(missing_ok=True)
        typer.echo(f"nothing exported: {str(err) or f'{_SERVICE} does not answer at {target}'}", err=True)
        return NONE
    typer.echo(f"{end.tree_size} entries of cell {end.cell} are in {file}, root {end.root_hash}")
    typer.echo(f"signed with {public_key}: check with the key you were given by somebody you trust")
    return WHOLE


async def _receive(connected: Callable[[], Client], stream: BinaryIO) -> str:
    """Write the pieces; the public key the cell names, hex. TimeoutError, which is an OSError, if nobody answers."""
    async with connected() as client:
        await client.ready(_SERVICE, within_seconds=REACHABLE_WITHIN_SECONDS)
        newest = await client.call(f"{_SERVICE}/GetCheckpoint", pb.GetCheckpointRequest())
        async for piece in client.stream(f"{_SERVICE}/ExportAudit", pb.ExportAuditRequest()):
            stream.write(piece.data)
    return str(newest.checkpoint.public_key)
