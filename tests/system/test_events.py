"""`prm events --follow` on a running cell: what an operator sees, also after the cell was started again."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.system.processes import free_ports, prm_running
from tests.system.subject_requests import OPENED, START_SECONDS, opened
from tests.waiting import until

pytestmark = pytest.mark.thorough


@contextmanager
def events(out: Path | int, log: Path, *options: str, **environ: str) -> Iterator["subprocess.Popen[bytes]"]:
    """`prm events --follow`, which writes to `out` or, if that is PIPE, to who reads its stdout."""
    command = [sys.executable, "-m", "services", "events", "--follow", "--since", "PT1H", *options]
    with ExitStack() as files:
        lines = out if isinstance(out, int) else files.enter_context(out.open("wb"))
        said = files.enter_context(log.open("wb"))
        process = subprocess.Popen(command, env=os.environ | environ, stdout=lines, stderr=said)
        try:
            yield process
        finally:
            process.kill()
            process.wait(60)


def shown(out: Path, case: str) -> list[list[str]]:
    """The lines about a case, in their columns."""
    return [line.split("\t") for line in out.read_text().splitlines() if f"\t{case}\t" in line]


async def test_an_operator_sees_what_passes_until_ctrl_c_also_after_the_cell_was_started_again(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    cell, address = tmp_path / "cell", f"127.0.0.1:{port}"
    environ = {"PRM_DATA_DIR": str(cell), "PRM_LISTEN": address}
    all, some = tmp_path / "all.txt", tmp_path / "some.txt"
    with ExitStack() as followers:
        with prm_running(tmp_path / "first.log", "run", "all", **environ):
            first = await opened(cell, address, 1)
            processes = [
                followers.enter_context(events(all, tmp_path / "all.log", **environ)),
                followers.enter_context(events(some, tmp_path / "some.log", "--subject", OPENED, **environ)),
            ]
            line, *_ = await until(lambda: shown(some, first))
            assert line[1:4] == [OPENED, first, "1"]
            assert f'"case_id":"{first}"' in line[4]
            await until(lambda: len({line[1] for line in shown(all, first)}) > 1)
        with prm_running(tmp_path / "second.log", "run", "all", **environ):
            second = await opened(cell, address, 2)
            await until(lambda: shown(some, second) and shown(all, second), within_seconds=START_SECONDS)
            for process in processes:
                process.send_signal(signal.SIGINT)
                assert await asyncio.to_thread(process.wait, 30) == 0
    lines = [line.split("\t") for line in some.read_text().splitlines()]
    assert {(line[1], line[2]) for line in lines} == {(OPENED, first), (OPENED, second)}
    told = [(line[2], line[3]) for line in lines]
    assert len(set(told)) == len(told)
    assert "example.org" not in all.read_text() + some.read_text()


async def test_who_reads_the_first_lines_only_ends_it(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    cell, address = tmp_path / "cell", f"127.0.0.1:{port}"
    environ = {"PRM_DATA_DIR": str(cell), "PRM_LISTEN": address}
    log = tmp_path / "events.log"
    with prm_running(tmp_path / "cell.log", "run", "all", **environ):
        await opened(cell, address, 1)
        with events(subprocess.PIPE, log, **environ) as process:
            assert process.stdout is not None
            assert await asyncio.to_thread(process.stdout.readline)
            process.stdout.close()
            await opened(cell, address, 2)
            assert await asyncio.to_thread(process.wait, 30) == 0
    assert "Broken" not in log.read_text()
