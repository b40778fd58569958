"""Downloads the record of processing of a running cell."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typer

from libs.files import private
from libs.pb.prm.compliance import v1 as pb
from libs.pb.prm.compliance.v1 import records_service_pb2
from libs.rpc.client import CallFailed
from libs.runtime.visit import NobodyAnswers, Visit
from libs.slices import Composition
from services.records.kinds import as_csv

WRITTEN, NONE = 0, 2
ROLE = "auditor"
_SERVICE = records_service_pb2.DESCRIPTOR.services_by_name["RecordsService"].full_name


def fetch(folder: Path, compositions: Mapping[str, Composition], *, to: str) -> int:
    """Write the files of the cell at `to` (host:port; empty: PRM_LISTEN), and what the slices of these services
    declare; returns the exit code."""
    try:
        record = asyncio.run(_receive(Visit(to, role=ROLE, subject="records")))
        folder.mkdir(parents=True, exist_ok=True)
        files = {"record.html": record.html, "record.csv": record.csv, "kinds.csv": as_csv(compositions)}
        for name, content in files.items():
            with open(folder / name, "wb", opener=private) as stream:
                stream.write(content)
    except (CallFailed, NobodyAnswers, OSError) as err:
        typer.echo(f"no record: {err}", err=True)
        return NONE
    typer.echo(f"the record of processing is in {folder}: {', '.join(files)}")
    return WRITTEN


async def _receive(visit: Visit) -> Any:
    async with visit.client() as client:
        await visit.reach(client, _SERVICE)
        return await client.call(f"{_SERVICE}/ExportProcessingRecord", pb.ExportProcessingRecordRequest())
