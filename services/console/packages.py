"""The download of what is stored about a data subject: one zip file, given out when the cell has said everything."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack
from tempfile import SpooledTemporaryFile
from typing import Any

import structlog
from starlette.exceptions import HTTPException
from starlette.responses import Response, StreamingResponse

from libs.ids import parse
from libs.packages.archive import PIECE_BYTES, Writer
from libs.packages.manifest import Unreadable
from services.console.forms import Data
from services.console.methods import DOWNLOADS
from services.console.server import Visit

KEY = "compliance.ExportRequest"
PREFIX = "dsr"
DOWNLOAD_SECONDS = 120.0
MEMORY_BYTES = 4 * 1024 * 1024  # more is in a file without a name, which ends with the answer
INCOMPLETE = 502

File = SpooledTemporaryFile[bytes]

log = structlog.get_logger()


async def package(visit: Visit, posted: Data) -> Response:
    """The package of a request; a page with the reason if the cell gives none, or none that is complete."""
    named = visit.request.path_params["id"]
    parts = parse(named)
    if parts is None or parts.prefix != PREFIX or not visit.may_call(DOWNLOADS[KEY]):
        raise HTTPException(404)
    with ExitStack() as held:
        file = held.enter_context(SpooledTemporaryFile(MEMORY_BYTES))
        try:
            async with asyncio.timeout(DOWNLOAD_SECONDS):
                await received(visit.stream(DOWNLOADS[KEY], DOWNLOADS[KEY].request(id=named)), named, file)
        except (Unreadable, TimeoutError) as err:
            log.warning("package_incomplete", id=named, cause=err)
            return visit.page(
                "refused.html", INCOMPLETE, said=visit.speech.text("The package did not arrive complete.")
            )
        headers = {"content-disposition": f'attachment; filename="{named}.zip"', "content-length": str(file.tell())}
        return StreamingResponse(_pieces(file, held.pop_all()), media_type="application/zip", headers=headers)


async def received(parts: AsyncIterator[Any], case_id: str, file: File) -> None:
    """Write a package into `file`. Unreadable if a piece or the manifest is missing, if it is that of another request,
    or if a path would lead out of the folder that it is unpacked in."""
    stated = None
    with Writer(file) as writer:  # type: ignore[arg-type]  # it writes and seeks as any file does
        async for part in parts:
            if part.WhichOneof("part") == "manifest":
                stated = part.manifest.case_id
            else:
                writer.add(part.chunk.path, part.chunk.offset_bytes, part.chunk.data)
        if stated != case_id:
            raise Unreadable(f"the manifest is of {stated or 'nothing'}")


async def _pieces(file: File, held: ExitStack) -> AsyncIterator[bytes]:
    with held:
        file.seek(0)
        while piece := file.read(PIECE_BYTES):
            yield piece
