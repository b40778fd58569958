"""A cell that is killed in the middle of an erasure ends it when it is started again."""

import asyncio
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.effort import sampled
from tests.faults.erasing import SERVICE, STEPS
from tests.system.erasures import (
    EMAIL,
    NAME,
    OTHER,
    PHONE,
    a_cell,
    asked,
    contact,
    erased_keys,
    is_certified,
    require_nobody,
)

pytestmark = [pytest.mark.thorough, pytest.mark.xdist_group("erasure_kills")]

WITHIN_SECONDS = 120


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, list[str]]:
    """A folder with the cell, the request for the erasure, and the contacts of the person."""
    folder = tmp_path_factory.mktemp("erasure") / "cell"
    return (folder, *asyncio.run(_prepare(folder)))


async def _prepare(folder: Path) -> tuple[str, list[str]]:
    async with a_cell(folder) as (_, scenario):
        contacts = [
            await contact(scenario, 1, name=NAME, email=EMAIL, phone=PHONE),
            await contact(scenario, 2, name=NAME, email=OTHER, phone=PHONE),
        ]
        return (await asked(scenario, "ERASURE")).id, contacts


@pytest.mark.parametrize("step", sampled(STEPS))
async def test_a_kill_after_each_step_leaves_an_erasure_that_ends(
    prepared: tuple[Path, str, list[str]], tmp_path: Path, step: str
) -> None:
    before, case_id, contacts = prepared
    folder = tmp_path / "cell"
    shutil.copytree(before, folder, ignore=shutil.ignore_patterns("*.lock"))
    command = [sys.executable, "-m", "tests.faults.erasing", str(folder), case_id, *STEPS[step]]
    killed = await asyncio.to_thread(
        subprocess.run, command, capture_output=True, text=True, check=False, timeout=WITHIN_SECONDS
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr[-2000:]
    async with a_cell(folder) as (_, scenario):
        erasure = (await scenario.eventually("compliance", "GetErasure", is_certified, case_id=case_id)).erasure
        counts = {one.service: sum(row.rows for row in one.counts) for one in erasure.statements}
        assert counts == {"compliance": 1, "deals": 0, "orders": 0, "partners": 2, "tickets": 0}
        await require_nobody(scenario, contacts)
    stored = b"".join(one.read_bytes() for one in (folder / "local" / SERVICE).iterdir())
    assert not [key for key in await erased_keys(folder) if f"{key}:".encode() in stored]
