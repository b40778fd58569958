"""Starting and ending the process under load, on a core of its own where there are two: the targets were measured so.
Anything else measures how client and server share a core, and flatters whoever needs more of it."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import msgspec

from tests.load.served import Ready

START_SECONDS = 60.0
STOP_SECONDS = 60.0
CORES = sorted(os.sched_getaffinity(0))
_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


@asynccontextmanager
async def under_load(folder: Path, *services: str) -> AsyncIterator[tuple[Ready, asyncio.subprocess.Process]]:
    """The process with these services while the block runs; its log goes to `served.log` in the folder."""
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    with (folder / "served.log").open("ab") as log, _apart():
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.load.served", str(folder), *services, stdin=PIPE, stdout=PIPE, stderr=log
        )
        if len(CORES) > 1:  # at once: threads and the broker, a child, inherit it; the client's own core would else
            os.sched_setaffinity(process.pid, CORES[:1])
        try:
            yield await _ready(process), process
        finally:
            await _end(process)


def placement() -> str:
    """Who runs where."""
    if len(CORES) < 2:
        return "one core for everything"
    return f"server and its broker on core {CORES[0]}, client on core {CORES[1]}"


def cpu_seconds(process: asyncio.subprocess.Process) -> float:
    """What the process under load has used, all its threads, without the broker, which is another process."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS_A_SECOND


@contextmanager
def _apart() -> Iterator[None]:
    """This process off the first core meanwhile."""
    os.sched_setaffinity(0, CORES[1:2] or CORES)
    try:
        yield
    finally:
        os.sched_setaffinity(0, CORES)


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
