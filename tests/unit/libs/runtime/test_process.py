"""The `prm` command as a person or a supervisor meets it: a real child process, its exit code, what it says."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from libs.rpc.client import Client
from tests.system.processes import free_ports

pytestmark = pytest.mark.thorough

DEALS = "prm.deals.v1.DealRegistrationService"
WITHIN_SECONDS = 40.0


class Child:
    """A `prm` process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.pid = process.pid
        self.lines: list[str] = []

    async def event(self, name: str) -> dict[str, Any]:
        """Read its log up to this event."""
        assert self._process.stderr is not None
        async with asyncio.timeout(WITHIN_SECONDS):
            while line := (await self._process.stderr.readline()).decode():
                self.lines.append(line)
                if line.startswith("{") and (found := json.loads(line))["event"] == name:
                    return dict(found)
        raise AssertionError(f"no event {name} in: {''.join(self.lines)}")

    async def end(self) -> tuple[int, str, str]:
        """Exit code, stdout, the rest of stderr."""
        async with asyncio.timeout(WITHIN_SECONDS):
            out, err = await self._process.communicate()
        assert self._process.returncode is not None
        return self._process.returncode, out.decode(), err.decode()

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self._process.send_signal(number)


@asynccontextmanager
async def prm(*arguments: str, folder: Path, **environ: str) -> AsyncIterator[Child]:
    """A child that is gone after the block."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services", *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={"PATH": os.environ["PATH"], "PRM_DATA_DIR": str(folder), "PRM_LISTEN": "127.0.0.1:0"} | environ,
        cwd=Path(__file__).parents[4],
        start_new_session=True,
    )
    try:
        yield Child(process)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


async def ended(*arguments: str, folder: Path, **environ: str) -> tuple[int, str, str]:
    async with prm(*arguments, folder=folder, **environ) as child:
        return await child.end()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_stops_a_service_in_order(tmp_path: Path, number: signal.Signals) -> None:
    async with prm("run", "deals", folder=tmp_path) as child:
        serving = await child.event("serving")
        async with Client(serving["address"]) as client:
            assert await client.health(DEALS) == "SERVING"
        child.send(number)
        assert await child.event("stopping")
        code, out, rest = await child.end()
    assert (code, out) == (0, "")
    assert '"event":"stopped"' in rest
    assert not [line for line in [*child.lines, *rest.splitlines()] if '"level":"error"' in line]


async def test_ctrl_c_reaches_the_whole_group_and_the_stop_is_still_ordered(tmp_path: Path) -> None:
    async with prm("run", "deals", folder=tmp_path) as child:
        await child.event("serving")
        os.killpg(child.pid, signal.SIGINT)
        await child.event("stopping")
        code, _, rest = await child.end()
    assert code == 0, rest
    assert "nats_server_ended" not in rest


async def test_a_second_process_on_the_same_folder_is_refused_with_a_sentence(tmp_path: Path) -> None:
    async with prm("run", "deals", folder=tmp_path) as first:
        await first.event("serving")
        code, _, err = await ended("run", "deals", folder=tmp_path)
    sentence = err.splitlines()[-1]
    assert code == 1
    assert sentence.startswith("prm: ")
    assert f"process {first.pid}" in sentence
    assert "PRM_DATA_DIR" in sentence
    assert "Traceback" not in err


async def test_health_tells_serving_from_not(tmp_path: Path) -> None:
    async with prm("run", "deals", folder=tmp_path) as child:
        address = (await child.event("serving"))["address"]
        for service in (DEALS, ""):
            assert await ended("health", service, folder=tmp_path, PRM_LISTEN=address) == (0, "", "")
        code, _, said = await ended("health", "prm.orders.v1.OrderService", folder=tmp_path, PRM_LISTEN=address)
        assert (code, said) == (1, "NOT_FOUND\n")
    code, _, said = await ended("health", folder=tmp_path, PRM_LISTEN=address)
    assert (code, said.split()[0]) == (1, "UNAVAILABLE")


async def test_health_is_asked_at_the_listener_of_its_own(tmp_path: Path) -> None:
    [port] = free_ports(1)
    told = {"PRM_HEALTH_LISTEN": f"127.0.0.1:{port}"}
    async with prm("run", "deals", folder=tmp_path, **told) as child:
        await child.event("serving")
        nobody = {**told, "PRM_LISTEN": "127.0.0.1:1"}
        assert await ended("health", DEALS, folder=tmp_path, **nobody) == (0, "", "")
    code, _, said = await ended("health", folder=tmp_path, **told)
    assert (code, said.split()[0]) == (1, "UNAVAILABLE")


async def test_certificates_made_by_the_command_are_what_a_service_and_its_probe_show(tmp_path: Path) -> None:
    code, _, _ = await ended("certificates", str(tmp_path / "tls"), "deals=deals.example", folder=tmp_path)
    assert code == 0
    made = tmp_path / "tls" / "deals"
    files = {"PRM_TLS_CERT": made / "tls.crt", "PRM_TLS_KEY": made / "tls.key", "PRM_TLS_CA": made / "ca.crt"}
    told = {name: str(path) for name, path in files.items()}
    async with prm("run", "deals", folder=tmp_path, **told) as child:
        address = (await child.event("serving"))["address"]
        assert await ended("health", DEALS, folder=tmp_path, PRM_LISTEN=address, **told) == (0, "", "")
        code, _, said = await ended("health", DEALS, folder=tmp_path, PRM_LISTEN=address)
        assert (code, said.split()[0]) == (1, "UNAVAILABLE")


async def test_a_killed_process_leaves_a_folder_that_starts_again(tmp_path: Path) -> None:
    async with prm("run", "deals", folder=tmp_path) as first:
        await first.event("serving")
        first.send(signal.SIGKILL)
        await first.end()
    async with prm("run", "deals", folder=tmp_path) as second:
        await second.event("serving")


@pytest.mark.parametrize(
    ("arguments", "environ", "said"),
    [
        (("run", "deals"), {"PRM_LISTEN": "0.0.0.0:7400"}, "PRM_TLS_CERT, PRM_TLS_KEY and PRM_TLS_CA"),
        (("run", "deals"), {"PRM_NATS_URL": "nats://nats:4222"}, "write tls://nats:4222"),
        (("run", "deals"), {"PRM_STORE_URL": "mongodb://mongo"}, "add tls=true"),
        (("run", "deals"), {"PRM_TLS_CERT": "/nowhere.crt"}, "PRM_TLS_KEY, PRM_TLS_CA: missing"),
        (("replay", "--list"), {"PRM_NATS_URL": "nats://nats:4222"}, "write tls://nats:4222"),
        (("run", "deals"), {"PRM_TRACE_RATIO": "7", "PRM_LOG_LEVEL": "loud"}, "PRM_LOG_LEVEL"),
        (("run", "deals"), {"PRM_CELL_FILE": "/nowhere.toml"}, "PRM_CELL_FILE"),
        (("run", "deals"), {"PRM_STORE_URL": "postgres://x"}, "PRM_STORE_URL"),
        (("run", "deals"), {"PRM_DEALS_PROTECTION": "soon"}, "PRM_DEALS_PROTECTION"),
        (("relay", "deals"), {}, "PRM_STORE_URL=mongodb://"),
        (("relay", "deals"), {"PRM_STORE_URL": "mongodb://127.0.0.1:1"}, "PRM_NATS_URL"),
    ],
)
async def test_what_cannot_run_says_why_in_one_sentence(
    tmp_path: Path, arguments: tuple[str, ...], environ: dict[str, str], said: str
) -> None:
    code, _, err = await ended(*arguments, folder=tmp_path, **environ)
    assert code == 1
    assert said in err
    assert "Traceback" not in err
    assert [line[:5] for line in err.splitlines() if not line.startswith(("{", "  "))] == ["prm: "]


async def test_an_unknown_service_is_refused_with_those_that_exist(tmp_path: Path) -> None:
    code, _, err = await ended("run", "billing", folder=tmp_path)
    assert code == 2
    assert "partners, deals, orders" in err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("keys", "file"), "file cannot be used"),
        (("keys", "file/below"), "file/below cannot be used"),
        (("keys", "/proc/x"), "/proc/x cannot be used"),
        (("seal", "nothing"), "nothing/blind_email.json is missing"),
        (("certificates", "file", "deals"), "file cannot be used"),
        (("certificates", "tls", "ca.key"), "ca.key: not a host's name"),
        (("certificates", "tls", "ca.crt=deals"), "ca.crt=deals: not a host's name"),
        (("certificates", "tls", "../deals"), "../deals: not a host's name"),
        (("certificates", "tls", "händler"), "händler: not a host's name"),
    ],
)
async def test_what_cannot_be_made_there_or_under_that_name_is_refused_in_a_sentence(
    tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    (tmp_path / "file").write_text("x")
    command, folder, *names = arguments
    code, out, err = await ended(command, str(tmp_path / folder), *names, folder=tmp_path, COLUMNS="400")
    assert (code, out) == (2, "")
    assert said in err
    assert "Traceback" not in err
    assert os.listdir(tmp_path) == ["file"]


async def test_a_wrong_policy_stops_the_start_with_everything_that_is_wrong(tmp_path: Path) -> None:
    role = 'permissions = ["deals.registration.aprove", "*.read"]\ncalls_per_second = 1\nconcurrent_streams = 1\n'
    path = tmp_path / "policy.toml"
    path.write_text(f"[roles.chanel_manager]\n{role}[roles.partner_sales]\npartner = true\n{role}")
    code, out, err = await ended("run", "deals", folder=tmp_path / "data", PRM_POLICY_FILE=str(path))
    assert (code, out) == (1, "")
    assert f"prm: PRM_POLICY_FILE: {path} is wrong:\n" in err
    assert "roles.chanel_manager: there is no such role (is channel_manager meant?)" in err
    assert "'deals.registration.aprove' matches no permission (is deals.registration.approve meant?)" in err
    assert "roles.partner_sales: compliance.audit_entry.read reaches the whole cell" in err


async def test_a_start_that_waits_for_its_store_can_be_stopped(tmp_path: Path) -> None:
    environ = {
        "PRM_STORE_URL": "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=200",
        "PRM_NATS_URL": "nats://127.0.0.1:1",
    }
    (tmp_path / "keys").mkdir()
    await ended("keys", str(tmp_path / "keys"), folder=tmp_path)
    async with prm("run", "deals", folder=tmp_path, PRM_KEYS_DIR=str(tmp_path / "keys"), **environ) as child:
        await child.event("store_unavailable")
        child.send(signal.SIGTERM)
        assert (await child.end())[0] == 0


async def test_the_version_is_that_of_the_package(tmp_path: Path) -> None:
    assert await ended("--version", folder=tmp_path) == (0, f"prm {version('prm')}\n", "")


async def test_replay_without_dead_letters_gives_none_back(tmp_path: Path) -> None:
    async with prm("run", "deals", folder=tmp_path) as child:
        await child.event("nats_connected")
        assert (await ended("replay", folder=tmp_path))[:2] == (0, "0 dead letters given back\n")
        child.send(signal.SIGTERM)
        await child.end()
    code, listed, said = await ended("replay", "--list", folder=tmp_path)
    assert (code, listed, said.splitlines()[-1]) == (0, "", "no dead letters")
