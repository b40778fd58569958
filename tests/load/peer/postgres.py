"""A PostgreSQL of its own on loopback that lives as long as the block, with the settings it comes with: fsync is on."""

import asyncio
import os
import pwd
import secrets
import shutil
import tempfile
from asyncio.subprocess import STDOUT
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from tests.system.processes import free_ports

USER = "peer"
UNPRIVILEGED = ("postgres", "nobody")  # PostgreSQL refuses to be run by root
PROGRAM_SECONDS = 60.0

_LINES_TOLD = 5


class PeerMissing(Exception):
    """There is no PostgreSQL here, or it cannot be run; the text says why."""


class Cluster(msgspec.Struct, frozen=True):
    """A PostgreSQL that runs. address: user, password, host and port as in a URL. release: `PostgreSQL 15.18`.
    pid: of the process that started all others."""

    address: str
    release: str
    pid: int


@asynccontextmanager
async def postgres() -> AsyncIterator[Cluster]:
    """A new cluster; its files go away with it. PeerMissing."""
    folder = _programs()
    (port,) = free_ports(1)
    home = Path(tempfile.mkdtemp(prefix="prm-peer-"))
    data, password = str(home / "data"), secrets.token_urlsafe(16)
    try:
        as_whom = _account(home)
        (home / "password").write_text(password)
        said = await _run(home, as_whom, str(folder / "postgres"), "--version")
        await _run(
            home,
            as_whom,
            *(str(folder / "initdb"), "-D", data, "-U", USER, "-A", "scram-sha-256"),
            *("--pwfile", str(home / "password"), "-E", "UTF8", "--locale=C"),
        )
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories="
        control = (str(folder / "pg_ctl"), "-D", data, "-w")
        await _run(home, as_whom, *control, "-l", str(home / "log"), "-o", options, "start")
        try:
            pid = int((home / "data" / "postmaster.pid").read_text().split()[0])
            yield Cluster(f"{USER}:{password}@127.0.0.1:{port}", f"PostgreSQL {said.split()[2]}", pid)
        finally:
            await _run(home, as_whom, *control, "-m", "fast", "stop")
    finally:
        shutil.rmtree(home)


def _programs() -> Path:
    """The folder with initdb and pg_ctl: that of the path, else of the newest release that Debian installed."""
    if (found := shutil.which("initdb")) is not None:
        return Path(found).resolve().parent
    folders = [one.parent for one in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if not folders:
        raise PeerMissing("PostgreSQL is not installed: no initdb on the path or in /usr/lib/postgresql")
    return max(folders, key=lambda one: int(one.parent.name))


def _account(home: Path) -> dict[str, Any]:
    """As whom the programs run: somebody unprivileged where this process is root, to whom the folder is given."""
    if os.geteuid() != 0:
        return {}
    known = {one.pw_name: one for one in pwd.getpwall()}
    account = next(known[name] for name in UNPRIVILEGED if name in known)
    os.chown(home, account.pw_uid, account.pw_gid)
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


async def _run(home: Path, as_whom: dict[str, Any], *command: str) -> str:
    """What a program said, once it has ended well. Into a file: the server that pg_ctl leaves behind would hold a pipe
    open."""
    said = home / "said"
    with said.open("wb") as stream:
        process = await asyncio.create_subprocess_exec(*command, cwd=home, stdout=stream, stderr=STDOUT, **as_whom)
        await asyncio.wait_for(process.wait(), PROGRAM_SECONDS)
    text = said.read_text(errors="replace")
    if process.returncode != 0:
        raise PeerMissing(f"{command[0]} failed: {' / '.join(text.splitlines()[-_LINES_TOLD:])}")
    return text
