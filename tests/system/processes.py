"""A cell as an operator runs it, on loopback: one process per service, and a broker. A test can kill each of them."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Protocol

from libs.config import Settings, read
from libs.messaging.administration import administering
from libs.messaging.embedded import EmbeddedNats, embedded_nats
from libs.messaging.jetstream import open_jetstream
from libs.messaging.logins import ADMINISTRATOR, Credentials, all_logins, create_passwords, password_of, users_conf
from libs.privacy.keys import create_keys
from libs.rpc.client import Client, Session
from services.__main__ import durables
from services.demo.scenario import SERVICES
from tests.contracts.store.mongo_server import given_server
from tests.tokens import token
from tests.waiting import until

READY_SECONDS = 180.0
STOP_SECONDS = 40.0


class Broker(Protocol):
    """The NATS server of a cell: the URL that services connect to, and its process id."""

    @property
    def url(self) -> str: ...

    @property
    def pid(self) -> int: ...


class Cell:
    """Six `prm run <service>` processes, with SQLite stores under `folder`.

    store: environment variables that name another store. clients, second: gRPC clients by service, with the tokens of
    two different persons; `start` creates them. sessions: of the two persons, if they call other processes as well.
    source: the tree that its processes run, by default this one.
    """

    def __init__(
        self,
        folder: Path,
        broker: Broker,
        store: Mapping[str, str] | None = None,
        *,
        sessions: Mapping[str, Session] | None = None,
        source: Path | None = None,
    ) -> None:
        self.source = source
        self._store = store or {}
        self._sessions = sessions or {}
        self._folder = folder
        self.broker = broker
        self._ports = dict(zip(SERVICES, free_ports(len(SERVICES)), strict=True))
        self._processes: dict[str, Process] = {}
        self.clients: dict[str, Client] = {}
        self.second: dict[str, Client] = {}

    async def start(self, services: Iterable[str] = SERVICES) -> None:
        """Start these services and wait until they are ready."""
        names = list(services)
        for name in names:
            self._processes[name] = await self._spawn(name)
        for name in names:
            self.second.setdefault(name, self._client(name, "second"))
            client = self.clients.setdefault(name, self._client(name))
            await client.ready(SERVICES[name], within_seconds=READY_SECONDS)

    async def end(self, service: str, *, kill: bool) -> int:
        """End a service with SIGKILL if `kill`, else with SIGTERM; its exit code."""
        process = self._processes.pop(service)
        process.send_signal(signal.SIGKILL if kill else signal.SIGTERM)
        async with asyncio.timeout(STOP_SECONDS):
            return await process.wait()

    async def kill_broker(self) -> None:
        """Kill the broker with SIGKILL; its supervisor starts it again on the same files. If it is down already, wait
        until it is back: 0 would name the process group of the tests."""
        os.kill(await until(lambda: self.broker.pid), signal.SIGKILL)

    def log(self, service: str) -> str:
        """What the service has written to stdout and stderr so far."""
        return (self._folder / f"{service}.log").read_text()

    async def close(self) -> None:
        """Close all clients and kill the services that still run."""
        for client in (*self.clients.values(), *self.second.values()):
            await client.close()
        for name in list(self._processes):
            await self.end(name, kill=True)

    def _client(self, service: str, subject: str = "first") -> Client:
        session = self._sessions.get(subject)
        return Client(f"127.0.0.1:{self._ports[service]}", token=token(self._folder, subject=subject), session=session)

    def environment(self, service: str) -> dict[str, str]:
        """The PRM_* environment variables of a service."""
        return {
            "PRM_DATA_DIR": str(self._folder),
            "PRM_KEYS_DIR": str(self._folder / "keys"),
            "PRM_NATS_URL": self.broker.url,
            "PRM_NATS_LOGINS_DIR": str(self._folder / "logins"),
            "PRM_LISTEN": f"127.0.0.1:{self._ports[service]}",
            **self._store,
        }

    async def _spawn(self, service: str) -> Process:
        others = {name: value for name, value in os.environ.items() if not name.startswith("PRM_")}
        with (self._folder / f"{service}.log").open("ab") as log:
            return await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "services", "run", service),
                env=others | self.environment(service),
                cwd=self.source,
                stdin=DEVNULL,
                stdout=log,
                stderr=log,
            )


@asynccontextmanager
async def a_cell(folder: Path, **environ: str) -> AsyncIterator[Cell]:
    """A cell of which only the broker runs. Its stores are on the server of PRM_TEST_MONGO_URL, or SQLite if that is
    not set. environ: more PRM_* variables of its processes."""
    create_keys(folder / "keys", SERVICES)
    async with AsyncExitStack() as stack:
        broker = await stack.enter_async_context(a_broker(folder))
        cell = Cell(folder, broker, {**stack.enter_context(given_server(folder)), **environ})
        stack.push_async_callback(cell.close)
        yield cell


@asynccontextmanager
async def a_broker(folder: Path) -> AsyncIterator[EmbeddedNats]:
    """A NATS server with one user per service, and an administrator that maintains its streams and consumers while the
    block runs."""
    services = durables()
    logins = all_logins("local", services)
    folders = {one.name: folder / ("administrator" if one.name == ADMINISTRATOR else "logins") for one in logins}
    for user, passwords in folders.items():
        create_passwords(passwords, [user])
    users = users_conf(logins, lambda user: f'"{password_of(folders[user], user).current().reveal()}"')
    wanted = {name: subjects for one in services.values() for name, subjects in one.items()}
    login = Credentials(ADMINISTRATOR, password_of(folders[ADMINISTRATOR], ADMINISTRATOR))
    async with (
        embedded_nats(folder / "nats", users=users) as broker,
        open_jetstream(broker.url, "local", login=login) as jetstream,
        administering(jetstream, wanted),
    ):
        yield broker


@contextmanager
def embedded(folder: Path, **environ: str) -> Iterator[Settings]:
    """The settings of a cell in this process, on any free port. Its stores are on the server of PRM_TEST_MONGO_URL, or
    SQLite if that is not set. environ: more PRM_* variables."""
    folder.mkdir(exist_ok=True)
    with given_server(folder) as store:
        told = {"PRM_DATA_DIR": str(folder), "PRM_LISTEN": "127.0.0.1:0", **environ, **store}
        yield read(Settings, environ=told)


def prm(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run `prm` with these arguments until it exits, ten minutes at most; exit code and output."""
    return subprocess.run(
        [sys.executable, "-m", "services", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
        env=os.environ | environ,
    )


@contextmanager
def prm_running(log: Path, *arguments: str, **environ: str) -> Iterator[None]:
    """Run `prm` with these arguments while the block runs, then send SIGTERM; its output goes to `log`."""
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", "services", *arguments], env=os.environ | environ, stdout=stream, stderr=stream
        )
        try:
            yield
        finally:
            process.terminate()
            process.wait(60)


def free_ports(count: int) -> list[int]:
    """This many different loopback ports that no process uses now."""
    taken = [socket.socket() for _ in range(count)]
    try:
        for one in taken:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in taken]
    finally:
        for one in taken:
            one.close()
