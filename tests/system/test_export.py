"""The package of a data subject's request is downloaded from a running cell and checked with the command line."""

import asyncio
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from libs.pb.prm.common.v1 import person_pb2
from libs.pb.prm.compliance import v1 as pb
from libs.rpc.client import Client
from tests.system.processes import READY_SECONDS, free_ports, prm, prm_running
from tests.tokens import token
from tests.unit.libs.audit.exports import OTHER_PUBLIC
from tests.waiting import until

pytestmark = pytest.mark.xdist_group("export")

COMPLIANCE = "prm.compliance.v1.ComplianceService"


class Asked(msgspec.Struct, frozen=True):
    """A cell with a data subject's request."""

    folder: Path
    address: str
    request_id: str

    def take(self, file: Path, *options: str) -> tuple[int, str, str]:
        """Run `prm export`: its exit code, output and error output."""
        admitted = token(self.folder, "compliance_officer")
        done = prm("export", self.request_id, str(file), "--to", self.address, *options, PRM_TOKEN=admitted)
        return done.returncode, done.stdout, done.stderr


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    yield from _cell(tmp_path_factory.mktemp("cell"), "all", ready=True)


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Asked]:
    yield from _cell(tmp_path, "compliance", ready=False)


def _cell(folder: Path, service: str, *, ready: bool) -> Iterator[Asked]:
    (port,) = free_ports(1)
    address = f"127.0.0.1:{port}"
    with prm_running(folder / "cell.log", "run", service, PRM_DATA_DIR=str(folder), PRM_LISTEN=address):
        yield Asked(folder, address, asyncio.run(ask(address, token(folder), ready=ready)))


async def ask(address: str, admitted: str, *, ready: bool) -> str:
    """Create a request; its id, once the request is ready if the services answer."""
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

        if ready:
            await until(done, within_seconds=READY_SECONDS)
        return str(made.id)


def test_a_package_is_taken_whole_and_a_copy_of_it_checked_alone(asked: Asked, tmp_path: Path) -> None:
    file, copy = tmp_path / "package.zip", tmp_path / "copy.zip"
    code, told, _ = asked.take(file)
    assert code == 0
    assert told.startswith(f"whole, its authenticity unproven: {asked.request_id} of cell local, ")
    assert "services asked, all answered: compliance, deals, orders, partners, tickets\n" in told
    [compliance] = [line for line in told.splitlines() if line.startswith("  compliance: ")]
    assert "subject_request 1" in compliance.removeprefix("  compliance: ").split(", ")
    assert "withheld: 1\n  every service: the answers that are kept" in told
    key = told.partition("the cell itself states, ")[2][:64]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [file]
    shutil.copy(file, copy)
    checked = prm("export", "verify", str(copy), "--key", key)
    proven = told.replace("whole, its authenticity unproven", "sound")
    assert (checked.returncode, checked.stdout) == (0, proven.partition("the package is in")[0])
    (tmp_path / "cell.key").write_text(key)
    assert asked.take(file, "--key", str(tmp_path / "cell.key"))[:2] == (0, proven.partition("checked with")[0])
    assert copy.read_bytes() == file.read_bytes()


def test_a_copy_that_is_not_what_was_taken_is_found(asked: Asked, tmp_path: Path) -> None:
    file = tmp_path / "package.zip"
    _, told, _ = asked.take(file)
    key, whole = told.partition("the cell itself states, ")[2][:64], file.read_bytes()
    other = prm("export", "verify", str(file), "--key", OTHER_PUBLIC.hex())
    assert (other.returncode, other.stdout.splitlines()[-1]) == (1, "NOT SOUND: 1 findings")
    file.write_bytes(whole.replace(b"<title>", b"<TITLE>"))
    changed = prm("export", "verify", str(file), "--key", key)
    assert (changed.returncode, changed.stdout.splitlines()[0]) == (1, "CHANGED: index.html is not what was signed")
    file.write_bytes(whole[: len(whole) // 2])
    cut = prm("export", "verify", str(file), "--key", key)
    assert (cut.returncode, cut.stdout, cut.stderr) == (
        2,
        "",
        f"not checked: {file} is no zip file, or half of one\n",
    )


def test_the_key_of_another_cell_leaves_no_file(asked: Asked, tmp_path: Path) -> None:
    code, told, complaint = asked.take(tmp_path / "package.zip", "--key", OTHER_PUBLIC.hex())
    assert (code, list(tmp_path.iterdir())) == (1, [])
    assert told.startswith("FORGED: ")
    assert complaint == "nothing exported: the package is not what its manifest says\n"


def test_while_a_service_has_not_answered_there_is_no_file_and_it_is_named(alone: Asked, tmp_path: Path) -> None:
    file = tmp_path / "package.zip"
    code, told, complaint = alone.take(file)
    assert (code, told, file.exists(), (tmp_path / "package.zip.part").exists()) == (2, "", False, False)
    assert complaint.startswith(f"nothing exported: {alone.request_id}: no answer yet from ")
    assert "deals, orders, partners, tickets" in complaint


def test_what_is_no_request_and_where_nobody_is_are_said_in_a_sentence(asked: Asked, tmp_path: Path) -> None:
    file, admitted = tmp_path / "package.zip", token(asked.folder, "compliance_officer")
    wrong = prm("export", "dsr_1", str(file), "--to", asked.address, PRM_TOKEN=admitted)
    assert (wrong.returncode, wrong.stderr.startswith("nothing exported: "), "id " in wrong.stderr) == (2, True, True)
    (port,) = free_ports(1)
    absent = prm("export", asked.request_id, str(file), "--to", f"127.0.0.1:{port}")
    assert (absent.returncode, f"does not answer at 127.0.0.1:{port}" in absent.stderr) == (2, True)
    assert list(tmp_path.iterdir()) == []
