"""A cell that is killed in the middle of a correction or a restriction ends it when it is started again, once in every
row of the person."""

import asyncio
import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from services.demo.scenario import ScenarioClient
from tests.effort import sampled
from tests.faults.measuring import RECTIFYING, RESTRICTING, is_taken
from tests.system.erasures import EMAIL, NAME, PHONE, a_cell, contact, is_ready

pytestmark = [pytest.mark.thorough, pytest.mark.xdist_group("measure_kills")]

WITHIN_SECONDS = 120
RIGHT = "anna.adler@example.org"


class Prepared(msgspec.Struct, frozen=True):
    """A folder with a cell. contacts: of the person. colleague: at the same telephone. requests: by type."""

    folder: Path
    contacts: list[str]
    colleague: str
    requests: dict[str, str]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """A cell in which nothing was begun yet."""
    return asyncio.run(_prepare(tmp_path_factory.mktemp("measure") / "cell"))


async def _prepare(folder: Path) -> Prepared:
    async with a_cell(folder) as (_, scenario):
        contacts = [await contact(scenario, number, name=NAME, email=EMAIL, phone=PHONE) for number in (1, 2)]
        colleague = await contact(scenario, 3, name="Bert Adler", email="bert@example.org", phone=PHONE)
        requests = {one: await _searched(scenario, one) for one in ("RECTIFICATION", "RESTRICTION")}
        return Prepared(folder, contacts, colleague, requests)


async def _searched(scenario: ScenarioClient, type: str) -> str:
    made = await scenario.ask(
        "compliance",
        "CreateRequest",
        type=f"REQUEST_TYPE_{type}",
        country="DE",
        channel="REQUEST_CHANNEL_EMAIL",
        identity_proof="IDENTITY_PROOF_ACCOUNT",
        subject={"name": NAME},
        aliases=[{"field": "ALIAS_FIELD_EMAIL", "value": EMAIL}],
    )
    await scenario.eventually("compliance", "GetRequest", is_ready, id=made.request.id)
    return str(made.request.id)


async def _killed(prepared: Prepared, folder: Path, *arguments: object) -> None:
    """Run the measure on a copy of the cell until it is killed."""
    shutil.copytree(prepared.folder, folder, ignore=shutil.ignore_patterns("*.lock"))
    command = [sys.executable, "-m", "tests.faults.measuring", str(folder), *map(str, arguments)]
    killed = await asyncio.to_thread(
        subprocess.run, command, capture_output=True, text=True, check=False, timeout=WITHIN_SECONDS
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr[-2000:]


async def _counts(scenario: ScenarioClient, case_id: str) -> dict[str, int]:
    """In how many rows each service took the measure."""
    measure = (await scenario.eventually("compliance", "GetMeasure", is_taken, case_id=case_id)).measure
    assert measure.round == 1
    return {one.service: sum(row.rows for row in one.counts) for one in measure.statements}


async def _contact(scenario: ScenarioClient, id: str) -> Any:
    return (await scenario.ask("partners", "GetContact", id=id)).contact


@pytest.mark.parametrize("step", sampled(RECTIFYING))
async def test_a_killed_correction_reaches_every_row_once(prepared: Prepared, tmp_path: Path, step: str) -> None:
    folder, case_id = tmp_path / "cell", prepared.requests["RECTIFICATION"]
    fields = json.dumps({"wrong": {"email": EMAIL}, "right": {"email": RIGHT}})
    await _killed(prepared, folder, case_id, *RECTIFYING[step], "BeginRectification", fields)
    async with a_cell(folder) as (_, scenario):
        counts = await _counts(scenario, case_id)
        assert counts == {"compliance": 0, "deals": 0, "orders": 0, "partners": 2, "tickets": 0}
        found = [await _contact(scenario, one) for one in (*prepared.contacts, prepared.colleague)]
        assert [(one.person.email, one.etag) for one in found] == [
            (RIGHT, "2"),
            (RIGHT, "2"),
            ("bert@example.org", "1"),
        ]


@pytest.mark.parametrize("step", sampled(RESTRICTING))
async def test_a_killed_restriction_holds_for_every_row(prepared: Prepared, tmp_path: Path, step: str) -> None:
    folder, case_id = tmp_path / "cell", prepared.requests["RESTRICTION"]
    await _killed(prepared, folder, case_id, *RESTRICTING[step], "BeginRestriction")
    async with a_cell(folder) as (cell, scenario), cell.client("channel_manager") as manager:
        managing = ScenarioClient({"partners": manager}, run="managing", today=scenario.today)
        counts = await _counts(scenario, case_id)
        assert counts == {"compliance": 2, "deals": 0, "orders": 0, "partners": 2, "tickets": 0}
        later = await contact(scenario, 4, name=NAME, email=EMAIL)
        for one in (*prepared.contacts, later):
            assert (await _contact(managing, one)).person.email == "a***@e***"
        assert (await _contact(managing, prepared.colleague)).person.email == "bert@example.org"
