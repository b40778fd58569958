"""This release and the one before it, side by side on one store and one broker: an upgrade and a rollback under reads
and writes, with the life of a deal while both run.

The release before is the commit that PRM_TEST_FORMER_RELEASE names, else the last one that stored other fields. Its
processes run from its own tree with the packages of this one.
"""

import io
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from libs.clock import SystemClock
from services.demo.people import COUNTRY, NORTH
from services.demo.scenario import SERVICES, ScenarioClient
from services.demo.story import STEPS, play
from tests.system.replicas import COUNT, a_replicated_cell, loaded

ROOT = Path(__file__).parents[2]
STORED = "services/stored.txt"
GIT_SECONDS = 60
GENERATE_SECONDS = 300

pytestmark = [pytest.mark.xdist_group("system"), pytest.mark.thorough, pytest.mark.slow]


def _git(*words: str) -> bytes:
    """What git prints; empty if it fails or is missing."""
    try:
        done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, timeout=GIT_SECONDS, check=False)
    except FileNotFoundError:
        return b""
    return done.stdout if done.returncode == 0 else b""


@pytest.fixture
def former(tmp_path: Path) -> Path:
    """The tree of the release before, with its protos generated."""
    named = (
        os.environ.get("PRM_TEST_FORMER_RELEASE")
        or f"{_git('log', '-1', '--format=%H', '--', STORED).decode().strip()}^"
    )
    packed = _git("archive", named)
    if not packed:
        pytest.skip(f"git has no tree of {named}")
    folder = tmp_path / "former"
    with tarfile.open(fileobj=io.BytesIO(packed)) as tree:
        tree.extractall(folder, filter="data")
    assert (folder / STORED).read_bytes() != (ROOT / STORED).read_bytes(), "both releases store the same"
    subprocess.run([sys.executable, "proto/generate.py"], cwd=folder, timeout=GENERATE_SECONDS, check=True)
    return folder


async def test_an_upgrade_and_a_rollback_beside_the_release_before(tmp_path: Path, former: Path) -> None:
    async with a_replicated_cell(tmp_path, former) as cell:
        await cell.start()
        told = ScenarioClient(cell.first, second=cell.second, run="life", today=SystemClock().now().date())
        async with loaded(cell):
            for name in SERVICES:
                await cell.restart(name, 0, source=None)
            await play(told, STEPS)
            await _is_unique(told)
            for name in SERVICES:
                await cell.restart(name, 1, source=None)
            for name in SERVICES:
                await cell.restart(name, 0, source=former)
            await _is_unique(told)
            for name in SERVICES:
                await cell.restart(name, 1, source=former)
            await _is_unique(told)


async def _is_unique(told: ScenarioClient) -> None:
    """Each process refuses a second partner with the registration number of the first one."""
    for _ in range(COUNT):
        answer = await told.refused(
            "partners",
            "ApplyPartner",
            kind="PARTNER_KIND_AGENT",
            legal_name=NORTH,
            country=COUNTRY,
            registration_id="DE200000005",
            registration_id_type="REGISTRATION_ID_TYPE_VAT",
        )
        assert answer.code == "ALREADY_EXISTS", answer
