"""Every file that the product writes is readable only by its owner, whatever the umask."""

import asyncio
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from libs.pb.prm.common.v1 import person_pb2
from libs.pb.prm.compliance import v1 as pb
from libs.rpc.client import Client
from tests.system.processes import READY_SECONDS, STOP_SECONDS, free_ports
from tests.waiting import until

pytestmark = pytest.mark.xdist_group("private_files")

EVERYBODY = 0o000
COMPLIANCE = "prm.compliance.v1.ComplianceService"


class Left(msgspec.Struct, frozen=True):
    """The folder with all files that a cell and the commands wrote, and the outcome of each command. core_limit: the
    bytes of a core dump of the cell's process, as Linux shows them."""

    folder: Path
    codes: dict[str, int]
    core_limit: str = ""


def _run(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "services", *arguments],
        check=False,
        timeout=60,
        capture_output=True,
        text=True,
        env=os.environ | environ,
        umask=EVERYBODY,
    )


def _prm(*arguments: str, **environ: str) -> int:
    return _run(*arguments, **environ).returncode


async def _ask(address: str, admitted: str) -> str:
    """Create a request and wait until it is ready, every store has content and the trail is signed."""
    async with Client(address, token=admitted) as client:
        await client.ready(COMPLIANCE, within_seconds=READY_SECONDS)
        request = pb.CreateRequestRequest(
            type=pb.REQUEST_TYPE_ACCESS,
            country="DE",
            channel=pb.REQUEST_CHANNEL_EMAIL,
            subject=person_pb2.Person(name="Jörg Müller", email="jm@example.org"),
            identity_proof=pb.IDENTITY_PROOF_ACCOUNT,
        )
        made = (await client.call(f"{COMPLIANCE}/CreateRequest", request)).request

        async def done() -> bool:
            found = await client.call(f"{COMPLIANCE}/GetRequest", pb.GetRequestRequest(id=made.id))
            return bool(found.request.state == pb.REQUEST_STATE_READY_FOR_REVIEW)

        await until(done, within_seconds=READY_SECONDS)
        return str(made.id)


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Left]:
    folder = tmp_path_factory.mktemp("cell") / "below" / "data"
    (port,) = free_ports(1)
    address = f"127.0.0.1:{port}"
    keys = folder.parent / "shared" / "keys"
    codes = {"keys": _prm("keys", str(keys))}
    environ = {"PRM_DATA_DIR": str(folder), "PRM_LISTEN": address, "PRM_KEYS_DIR": str(keys)}
    environ["PRM_COMPLIANCE_CHECKPOINT_ENTRIES"] = "1"
    command = [sys.executable, "-m", "services", "run", "all"]
    log = folder.parent.parent / "cell.log"  # of the test, not of the product
    with log.open("wb") as stream:
        process = subprocess.Popen(command, env=os.environ | environ, stdout=stream, stderr=stream, umask=EVERYBODY)
        try:
            made = _commands(folder, address, codes)
            limits = Path(f"/proc/{process.pid}/limits").read_text()
            [limit] = [line for line in limits.splitlines() if line.startswith("Max core file size")]
            yield replace(made, core_limit=limit)
        finally:
            process.terminate()
            process.wait(STOP_SECONDS)


def _commands(folder: Path, address: str, codes: dict[str, int]) -> Left:
    out = folder.parent / "out"
    out.mkdir(mode=0o700)
    for name in ("trail.jsonl", "trail.jsonl.part", "package.zip.part", "report.csv"):
        (out / name).write_text("an earlier one")
        (out / name).chmod(0o666)
    officer, auditor = (
        _run("token", "--role", role, PRM_DATA_DIR=str(folder)).stdout.strip()
        for role in ("compliance_officer", "auditor")
    )
    request_id = asyncio.run(_ask(address, officer))
    (out / "m.yaml").write_text("describe: nothing\n")
    (out / "m.yaml").chmod(0o600)
    to = ("--to", address)
    codes["export"] = _prm("export", request_id, str(out / "package.zip"), *to, PRM_TOKEN=officer)
    codes["audit"] = _prm("audit", "export", str(out / "trail.jsonl"), *to, PRM_TOKEN=auditor)
    _prm("import", str(out / "m.yaml"), "--data", str(out), "--report", str(out / "report.csv"), *to)
    codes["certificates"] = _prm("certificates", str(folder.parent / "tls"), "deals")
    codes["demo"] = _prm("demo", PRM_DATA_DIR=str(folder.parent / "played"))
    return Left(folder.parent, codes)


def _modes(folder: Path) -> dict[str, int]:
    return {str(one.relative_to(folder)): stat.S_IMODE(one.lstat().st_mode) for one in sorted(folder.rglob("*"))}


def test_a_process_leaves_no_core_dump(left: Left) -> None:
    assert left.core_limit.split()[4:6] == ["0", "0"]


def test_every_command_did_its_work(left: Left) -> None:
    assert set(left.codes.values()) == {0}, left.codes


@pytest.mark.parametrize("name", ["compliance/store.db", "compliance/store.db-wal", "nats", "keys", "package.zip"])
def test_what_is_looked_for_was_written(left: Left, name: str) -> None:
    assert [one for one in _modes(left.folder) if one.endswith(name)]


def test_files_and_folders_are_readable_by_their_owner_alone(left: Left) -> None:
    found = {name: mode for name, mode in _modes(left.folder).items() if not name.startswith("tls")}
    assert len(found) > 40
    assert {name: oct(mode) for name, mode in found.items() if mode & 0o077} == {}


def test_a_certificate_is_readable_by_its_group_for_a_store_that_runs_as_another_and_the_authoritys_key_is_not(
    left: Left,
) -> None:
    assert {oct(mode) for mode in _modes(left.folder / "tls").values()} == {"0o600", "0o640", "0o750"}
    assert _modes(left.folder / "tls")["ca.key"] == 0o600
