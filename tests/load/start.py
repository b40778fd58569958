"""Rows about a whole cell in one process: how soon it serves, how much memory it takes with its broker."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec

from libs.clock import monotonic
from tests.load.pairs import Pace
from tests.load.process import children
from tests.load.report import Row, row
from tests.system.processes import free_ports

ROUNDS = 5
SERVING = "serving"
START_SECONDS = 60.0
STOP_SECONDS = 40.0


async def start_rows(folder: Path, pace: Pace) -> AsyncIterator[Row]:
    """`prm run all`, each time on the same folder, as a restart: the first start makes it and is not counted."""
    seconds, megabytes = [], []
    for turn in range(ROUNDS + 1):
        took, size = await _start(folder)
        if turn:
            seconds.append(took)
            megabytes.append(size)
    yield row("start of `run all`", seconds, must=2.5, aim=1.5, most=True, unit="s")
    notes = "resident memory when it serves, of the process and its broker together"
    yield row("memory of all six and the broker", megabytes, must=200, aim=150, most=True, unit="MB", notes=notes)


async def _start(folder: Path) -> tuple[float, float]:
    """How long one took until it said that it serves, and its memory then."""
    (port,) = free_ports(1)
    others = {name: value for name, value in os.environ.items() if not name.startswith("PRM_")}
    environ = others | {"PRM_DATA_DIR": str(folder / "cell"), "PRM_LISTEN": f"127.0.0.1:{port}"}
    begun = monotonic()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services", "run", "all"), env=environ, stdin=DEVNULL, stdout=DEVNULL, stderr=PIPE
    )
    try:
        async with asyncio.timeout(START_SECONDS):
            await _said(process, SERVING)
        return monotonic() - begun, await asyncio.to_thread(_resident_megabytes, process.pid)
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(STOP_SECONDS):
                await process.communicate()


async def _said(process: Process, event: str) -> None:
    """Wait for a line of the log with the event."""
    assert process.stderr is not None
    while line := await process.stderr.readline():
        if line.startswith(b"{") and msgspec.json.decode(line)["event"] == event:
            return
    raise AssertionError(f"`run all` ended with {await process.wait()} before it served")


def _resident_megabytes(pid: int) -> float:
    """Of a process and all that it started."""
    status = Path(f"/proc/{pid}/status").read_text()
    own = int(status.partition("VmRSS:")[2].split()[0]) / 1024
    return own + sum(map(_resident_megabytes, children(pid)))
