"""The peer at work, or why it is not: its environment, its PostgreSQL, its process and a token for it."""

import asyncio
import shutil
import sys
from asyncio.subprocess import STDOUT
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from libs.clock import SystemClock
from tests.load.http import Connection
from tests.load.peer.postgres import Cluster, postgres
from tests.system.processes import free_ports
from tests.waiting import until

ROOT = Path(__file__).resolve().parents[3]
LOCK = Path(__file__).with_name("requirements.lock")
ENVIRONMENT = ROOT / ".build" / "peer"
INSTALL_SECONDS = 600.0
START_SECONDS = 60.0
STOP_SECONDS = 20.0
TOKEN_HOURS = 12
AUDIENCE = "peer"


class Peer(msgspec.Struct, frozen=True):
    """Where the peer answers, and what to show there. release: of its database. pids: of server and database."""

    port: int
    token: str
    release: str
    pids: tuple[int, ...]


@asynccontextmanager
async def peer(folder: Path, *, partners: Sequence[str], articles: int) -> AsyncIterator[Peer]:
    """The peer with its PostgreSQL while the block runs; its log is `peer.log` in the folder. Everything inherits the
    cores of the caller. PeerMissing."""
    async with postgres() as cluster:
        interpreter = await _environment()
        key = Ed25519PrivateKey.generate()
        config = _config(folder, cluster, key, partners=partners, articles=articles)
        (port,) = free_ports(1)
        with (folder / "peer.log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *(str(interpreter), "-m", "tests.load.peer.serve", str(config), str(port)),
                cwd=ROOT,
                stdout=log,
                stderr=STDOUT,
            )
        try:
            await until(lambda: _answers(process, port), within_seconds=START_SECONDS)
            yield Peer(port, _token(key), cluster.release, (process.pid, cluster.pid))
        finally:
            await _end(process)


async def _environment() -> Path:
    """The interpreter of the peer's environment, which is made anew when its lock file is another."""
    made = ENVIRONMENT / "made.lock"
    interpreter = ENVIRONMENT / "venv" / "bin" / "python"
    wanted = f"{sys.version}\n{LOCK.read_text()}"
    if not made.exists() or made.read_text() != wanted:
        shutil.rmtree(ENVIRONMENT, ignore_errors=True)
        await _install(sys.executable, "-m", "venv", str(ENVIRONMENT / "venv"))
        await _install(str(interpreter), "-m", "pip", "install", "-q", "--require-hashes", "-r", str(LOCK))
        made.write_text(wanted)
    return interpreter


async def _install(*command: str) -> None:
    process = await asyncio.create_subprocess_exec(*command)
    code = await asyncio.wait_for(process.wait(), INSTALL_SECONDS)
    assert code == 0, f"the environment of the peer was not made: {' '.join(command)}"


def _config(folder: Path, cluster: Cluster, key: Ed25519PrivateKey, *, partners: Sequence[str], articles: int) -> Path:
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    config = {
        "database_url": f"postgresql+asyncpg://{cluster.address}/postgres",
        "public_key": public,
        "partners": list(partners),
        "articles": articles,
    }
    path = folder / "peer.json"
    path.write_bytes(msgspec.json.encode(config))
    return path


def _token(key: Ed25519PrivateKey) -> str:
    until = SystemClock().now() + timedelta(hours=TOKEN_HOURS)
    return jwt.encode({"sub": "bench", "aud": AUDIENCE, "roles": ["orders"], "exp": until}, key, algorithm="EdDSA")


async def _answers(process: asyncio.subprocess.Process, port: int) -> bool:
    assert process.returncode is None, "the peer ended before it was ready; see peer.log"
    try:
        async with Connection(port) as connection:
            return (await connection.call("GET", "/health")).status == 200
    except ConnectionError:
        return False


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        await asyncio.wait_for(process.wait(), STOP_SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()
