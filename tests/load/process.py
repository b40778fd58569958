"""Starting and ending the process under load, on a core of its own where there are two."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from tests.load.served import Ready

START_SECONDS = 60.0
STOP_SECONDS = 60.0


@asynccontextmanager
async def under_load(folder: Path, *services: str) -> AsyncIterator[tuple[Ready, asyncio.subprocess.Process]]:
    """The process with these services while the block runs; its log goes to `served.log` in the folder."""
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    with (folder / "served.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.load.served", str(folder), *services, stdin=PIPE, stdout=PIPE, stderr=log
        )
        try:
            yield await _ready(process), process
        finally:
            await _end(process)


def pin_client() -> str:
    """Keep this process off the first core, which the servers then have mostly to themselves; says what was done."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        return "one core for everything"
    os.sched_setaffinity(0, cores[1:])
    return f"client on core {cores[1]}, servers where the kernel puts them"


async def _ready(process: asyncio.subprocess.Process) -> Ready:
    assert process.stdout is not None
    async with asyncio.timeout(START_SECONDS):
        while line := await process.stdout.readline():
            if line.startswith(b'{"address"'):
                return msgspec.json.decode(line, type=Ready)
    raise RuntimeError("the process under load ended before it was ready; see served.log")


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    assert process.stdin is not None
    process.stdin.write(b"quit\n")
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
