"""Starting and ending the process under load, on a core of its own where there are two: the targets were measured so.
Anything else measures how client and server share a core, and flatters whoever needs more of it."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import msgspec

from tests.load.served import Ready

START_SECONDS = 60.0
STOP_SECONDS = 60.0
CORES = sorted(os.sched_getaffinity(0))
_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


@asynccontextmanager
async def under_load(
    folder: Path, *services: str, environ: Mapping[str, str] | None = None
) -> AsyncIterator[tuple[Ready, asyncio.subprocess.Process]]:
    """The process with these services, or options of it, while the block runs; its log goes to `served.log` in the
    folder. environ: more environment variables."""
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    with (folder / "served.log").open("ab") as log, _on(CORES[1:2] or CORES):
        with server_core():
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.load.served", str(folder), *services),
                stdin=PIPE,
                stdout=PIPE,
                stderr=log,
                env={**os.environ, **(environ or {})},
            )
        try:
            yield await _ready(process), process
        finally:
            await _end(process)


def placement() -> str:
    """Who runs where."""
    if len(CORES) < 2:
        return "one core for everything"
    return f"server with its broker, peer with its database on core {CORES[0]}; client on core {CORES[1]}"


def cpu_seconds(pids: Iterable[int]) -> float:
    """What processes have used so far, all their threads and children, those that have ended too."""
    return sum(map(_cpu_ticks, pids)) / _TICKS_A_SECOND


def children(pid: int) -> list[int]:
    """The processes that a process has started and that have not ended."""
    listed = [one.read_text() for one in Path(f"/proc/{pid}/task").glob("*/children")]
    return [int(child) for child in " ".join(listed).split()]


def _cpu_ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) + sum(map(_cpu_ticks, children(pid)))


@contextmanager
def server_core() -> Iterator[None]:
    """Whatever is started meanwhile runs on the first core, and so does all that it starts in turn."""
    with _on(CORES[:1]):
        yield


@contextmanager
def _on(cores: Sequence[int]) -> Iterator[None]:
    """This thread, and what it starts, on these cores meanwhile."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


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
