"""The proof of a request is taken from a running cell and checked with the command line, and by the folder alone."""

import asyncio
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import libs.audit
from libs.rpc.client import Client
from tests.system.checkpoints import first_checkpoint
from tests.system.processes import READY_SECONDS, free_ports, prm, prm_running
from tests.system.test_export import COMPLIANCE, Asked, ask
from tests.tokens import token
from tests.unit.libs.audit.exports import OTHER_PUBLIC
from tests.unit.libs.packages.ages import IDENTITY, RECIPIENT
from tests.waiting import until

pytestmark = [pytest.mark.xdist_group("prove"), pytest.mark.thorough]

PROOF_SECONDS = 60.0


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    folder = tmp_path_factory.mktemp("cell")
    (port,) = free_ports(1)
    address = f"127.0.0.1:{port}"
    environment = {
        "PRM_DATA_DIR": str(folder),
        "PRM_LISTEN": address,
        "PRM_COMPLIANCE_CHECKPOINT_ENTRIES": "1",
        "PRM_COMPLIANCE_DOWNLOAD_PERIOD": "PT3S",
    }
    with prm_running(folder / "cell.log", "run", "all", **environment):
        yield Asked(folder, address, asyncio.run(ask(address, token(folder), ready=True)))


def _prove(asked: Asked) -> tuple[int, str, str]:
    """`prm prove`, again until every step is signed: its exit code, output and error output."""
    done: list[tuple[int, str, str]] = []

    async def proven() -> bool:
        command = ("prove", asked.request_id, "--to", asked.address)
        ran = await asyncio.to_thread(prm, *command, PRM_TOKEN=token(asked.folder, "auditor"))
        done.append((ran.returncode, ran.stdout, ran.stderr))
        return ran.returncode == 0 or "try again in a minute" not in ran.stderr

    asyncio.run(until(proven, within_seconds=PROOF_SECONDS))
    return done[-1]


def test_a_request_is_taken_encrypted_runs_out_is_made_anew_and_all_of_it_is_proven(
    asked: Asked, tmp_path: Path
) -> None:
    file, identity = tmp_path / "package.zip.age", tmp_path / "identity.txt"
    identity.write_text(IDENTITY)
    code, told, complaint = asked.take(file, "--recipient", RECIPIENT, "--language", "ar")
    assert (code, complaint) == (0, "")
    assert told.startswith(f"encrypted for its recipient and not verified: {asked.request_id}, ")
    key = _key(asked, tmp_path)
    opened = prm("export", "verify", str(file), "--identity", str(identity), "--key", key)
    assert (opened.returncode, opened.stdout.partition(":")[0]) == (0, "sound")
    assert prm("export", "verify", str(file), "--key", key).returncode == 2

    async def expired() -> bool:
        found = await asyncio.to_thread(asked.take, tmp_path / "late.zip")
        return "its downloads ended at" in found[2] and found[0] == 2

    asyncio.run(until(expired, within_seconds=PROOF_SECONDS))
    assert asked.take(tmp_path / "anew.zip", "--anew", "--key", key)[0] == 0

    code, proof, report = _prove(asked)
    assert (code, report.startswith(f"sound: {asked.request_id} of cell local, COMPLETED")) == (0, True)
    (tmp_path / "proof.jsonl").write_text(proof)
    checked = prm("prove", "verify", str(tmp_path / "proof.jsonl"), "--key", key)
    assert (checked.returncode, checked.stdout.startswith("sound: ")) == (0, True)
    shutil.copytree(Path(libs.audit.__path__[0]), tmp_path / "audit")
    command = [sys.executable, "-m", "audit.proof", "proof.jsonl", "--key", key]
    alone = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert (alone.returncode, alone.stdout) == (0, checked.stdout)
    changed = proof.replace('"rows":1', '"rows":2', 1)
    (tmp_path / "proof.jsonl").write_text(changed)
    place = next(
        n for n, (one, two) in enumerate(zip(proof.splitlines(), changed.splitlines(), strict=True), 1) if one != two
    )
    found = prm("prove", "verify", str(tmp_path / "proof.jsonl"), "--key", key)
    assert (found.returncode, f"line {place}:" in found.stdout) == (1, True)
    other = prm("prove", "verify", str(tmp_path / "proof.jsonl"), "--key", OTHER_PUBLIC.hex())
    assert other.returncode == 1


@pytest.mark.slow  # scrypt takes a gigabyte and seconds for each attempt
def test_a_package_is_encrypted_with_a_passphrase_and_opened_with_it(asked: Asked, tmp_path: Path) -> None:
    file, secret = tmp_path / "package.zip.age", tmp_path / "passphrase.txt"
    secret.write_text("correct horse battery staple\n")
    code, told, _ = asked.take(file, "--passphrase-file", str(secret), "--anew")
    assert (code, told.partition(":")[0]) == (0, "whole, its authenticity unproven")
    assert file.read_bytes().startswith(b"age-encryption.org/v1\n")
    key = _key(asked, tmp_path)
    opened = prm("export", "verify", str(file), "--passphrase-file", str(secret), "--key", key)
    assert opened.returncode == 0
    secret.write_text("short")
    assert asked.take(file, "--passphrase-file", str(secret), "--anew")[0] == 2


def _key(asked: Asked, folder: Path) -> str:
    """The path of a file with the public keys of the cell."""
    path = folder / "public-keys"
    path.write_text(asyncio.run(_keys(asked)))
    return str(path)


async def _keys(asked: Asked) -> str:
    async with Client(asked.address, token=token(asked.folder)) as client:
        await client.ready(COMPLIANCE, within_seconds=READY_SECONDS)
        found = await first_checkpoint(client, within_seconds=PROOF_SECONDS)
        return str(found.public_keys)
