"""A cell whose services shared their keys: it lives on when each gets its own, and when the shared ones are deleted."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from libs.rpc.client import Client
from services.__main__ import SERVICES
from tests.system.processes import READY_SECONDS, free_ports, prm, prm_running
from tests.system.test_export import COMPLIANCE, Asked, ask
from tests.tokens import token
from tests.unit.libs.privacy.old_folder import make_old_folder
from tests.waiting import until

PROOF_SECONDS = 60.0


@contextmanager
def _running(folder: Path) -> Iterator[str]:
    """The cell; its address."""
    (port,) = free_ports(1)
    address = f"127.0.0.1:{port}"
    environment = {
        "PRM_DATA_DIR": str(folder / "data"),
        "PRM_KEYS_DIR": str(folder / "keys"),
        "PRM_LISTEN": address,
        "PRM_COMPLIANCE_CHECKPOINT_ENTRIES": "1",
    }
    with prm_running(folder / "cell.log", "run", "all", **environment):
        yield address


def _proven(folder: Path, address: str, request_id: str) -> str:
    """The proof of a request, once every step is signed, verified with one file of public keys."""
    found: list[str] = []

    async def proven() -> bool:
        command = ("prove", request_id, "--to", address, "--key", str(folder / "public-keys"))
        ran = await asyncio.to_thread(prm, *command, PRM_TOKEN=token(folder / "data", "auditor"))
        found.append(ran.stdout)
        return ran.returncode == 0

    asyncio.run(until(proven, within_seconds=PROOF_SECONDS))
    return found[-1]


async def _ready(address: str, admitted: str) -> None:
    async with Client(address, token=admitted) as client:
        await client.ready(COMPLIANCE, within_seconds=READY_SECONDS)


def _public_keys(folder: Path) -> None:
    """Write the file that an auditor is given."""
    (folder / "public-keys").write_text(prm("keys", str(folder / "keys"), "--public").stdout)


@pytest.mark.thorough
def test_what_was_signed_and_encrypted_before_holds_after_it(tmp_path: Path) -> None:
    make_old_folder(tmp_path / "keys", tuple(SERVICES))
    (tmp_path / "data").mkdir()
    with _running(tmp_path) as address:
        admitted = token(tmp_path / "data")
        request = Asked(tmp_path / "data", address, asyncio.run(ask(address, admitted, ready=True)))
        assert request.take(tmp_path / "before.zip")[0] == 0
        _public_keys(tmp_path)
        before = _proven(tmp_path, address, request.request_id)
    assert prm("keys", str(tmp_path / "keys")).returncode == 0
    _public_keys(tmp_path)
    (tmp_path / "before.jsonl").write_text(before)
    key = str(tmp_path / "public-keys")
    with _running(tmp_path) as address:
        second = Asked(tmp_path / "data", address, asyncio.run(ask(address, admitted, ready=True)))
        _proven(tmp_path, address, request.request_id)
    for shared in ("wrapping.json", "manifests.json"):
        (tmp_path / "keys" / shared).unlink()
    with _running(tmp_path) as address:
        again = Asked(tmp_path / "data", address, second.request_id)
        asyncio.run(_ready(address, admitted))
        assert again.take(tmp_path / "after.zip", "--key", key)[0] == 0
        for one in (request, second):
            _proven(tmp_path, address, one.request_id)
        auditor = token(tmp_path / "data", "auditor")
        exported = prm("audit", "export", str(tmp_path / "trail.jsonl"), "--to", address, PRM_TOKEN=auditor)
        assert exported.returncode == 0
    for kind, file in (
        ("export", "before.zip"),
        ("export", "after.zip"),
        ("prove", "before.jsonl"),
        ("audit", "trail.jsonl"),
    ):
        checked = prm(kind, "verify", str(tmp_path / file), "--key", key)
        assert (checked.returncode, checked.stdout.partition(":")[0]) == (0, "sound"), file
    compliance = next(line for line in Path(key).read_text().splitlines() if line.startswith("compliance ")).split()[1]
    assert prm("export", "verify", str(tmp_path / "after.zip"), "--key", compliance).returncode == 0
    assert prm("audit", "verify", str(tmp_path / "trail.jsonl"), "--key", compliance).returncode == 1
