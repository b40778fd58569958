"""`prm records` writes the record of processing of a running cell, or nothing."""

import asyncio
import csv
from pathlib import Path

from libs.holdings import holdings
from libs.rpc.client import Client
from tests.compositions import COMPOSITIONS
from tests.system.processes import free_ports, prm, prm_running
from tests.tokens import token

START_SECONDS = 60.0


async def _ready(address: str, admitted: str) -> None:
    async with Client(address, token=admitted) as client:
        await client.ready(within_seconds=START_SECONDS)


def test_the_files_are_written_and_have_every_resource_and_kind(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    address, folder = f"127.0.0.1:{port}", tmp_path / "records"
    environ = {
        "PRM_DATA_DIR": str(tmp_path),
        "PRM_LISTEN": address,
        "PRM_COMPLIANCE_CONTROLLER_NAME": "Nordlicht AG",
    }
    with prm_running(tmp_path / "cell.log", "run", "all", **environ):
        asyncio.run(_ready(address, token(tmp_path)))
        done = prm("records", str(folder), "--to", address, PRM_TOKEN=token(tmp_path, "auditor"))
        refused = prm("records", str(tmp_path / "no"), "--to", address, PRM_TOKEN=token(tmp_path, "marketing"))
    assert done.returncode == 0, done.stderr
    with open(folder / "record.csv", newline="") as stream:
        names = [row["name"] for row in csv.DictReader(stream)]
    assert names == [f"{one.service}.{one.resource}" for one in holdings()]
    with open(folder / "kinds.csv", newline="") as stream:
        kinds = {(row["service"], row["kind"]): row["persons_are_found"] for row in csv.DictReader(stream)}
    assert (kinds["partners", "contact"], kinds["partners", "territory"]) == ("yes", "no")
    assert {name for name, found in kinds.items() if found == "yes"} == {
        (service, kind.name)
        for service, composition in COMPOSITIONS.items()
        for kind in composition.kinds
        if kind.persons is not None
    }
    assert "Nordlicht AG" in (folder / "record.html").read_text()
    assert (refused.returncode, (tmp_path / "no").exists()) == (2, False)
    assert "compliance.processing_record.read" in refused.stderr


def test_nothing_is_written_where_no_cell_answers(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    done = prm("records", str(tmp_path / "records"), "--to", f"127.0.0.1:{port}")
    assert (done.returncode, list(tmp_path.iterdir())) == (2, [])
    assert "does not answer at 127.0.0.1:" in done.stderr
