"""A hub and the edges of cells on this machine, with the files of deploy/: certificates, passwords, start scripts."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from libs.authority import AUTHORITY_FILE, CERTIFICATE_FILE, KEY_FILE, Authority
from libs.clock import SystemClock
from libs.messaging.border.administration import administering_edge, administering_hub
from libs.messaging.border.configuration import hub_conf
from libs.messaging.border.names import DIRECTORY, HUB
from libs.messaging.jetstream import JetStream, open_jetstream
from libs.messaging.logins import ADMINISTRATOR, Credentials, create_passwords, password_of
from libs.messaging.streams import DEFAULT_LIMITS
from libs.tls import Identity
from services.__main__ import arriving
from services.broker.border import HUB_FILES, HUB_LISTENS
from tests.deploy.manifests import DEPLOY
from tests.system.processes import free_ports

EDGE, START = DEPLOY / "components" / "edge", DEPLOY / "base" / "nats" / "start.sh"
SERVICE = "partners"
STOP_SECONDS = 20
START_SECONDS = 60
HERE = ("localhost", "127.0.0.1")


class EdgeWorld:
    """A hub with an authority of its own, and cells with one each. shows: for a cell, of which cell the certificate is
    that its edge shows the hub."""

    def __init__(self, folder: Path, cells: Sequence[str], shows: dict[str, str]) -> None:
        self.folder, self._shows = folder, shows
        self.cells = cells
        self.ports = dict(zip((HUB, *cells), free_ports(1 + len(cells)), strict=True))
        self._leaf_port, *self._monitors = free_ports(2 + len(cells))
        self._processes: list[subprocess.Popen[bytes]] = []

    def prepare(self) -> None:
        """Make certificates and passwords, as the operators of hub and cells do."""
        hub_certificates(self.folder / HUB, self.cells, (HUB, *HERE))
        create_passwords(self.folder / HUB / "passwords", [ADMINISTRATOR, *self.cells])
        now = SystemClock().now()
        for cell in self.cells:
            own, home = Authority.create(cell, now), self.folder / cell
            for names in (("edge", *HERE), (SERVICE,), ("deals",), (ADMINISTRATOR,)):
                own.keep(own.issue(names, now), home / names[0])
            create_passwords(home / "passwords", [ADMINISTRATOR, *arriving()])
            (home / "cell.toml").write_text(f'[cell]\ncode = "{cell}"\n')
            shown_to_the_hub(self.folder / HUB, cell, home / "hub", certificate=self._shows.get(cell, cell))

    def start(self) -> None:
        """Start the hub and the edges by their start scripts."""
        home = self.folder / HUB
        accounts = hub_conf(
            self.cells, lambda user: f"$NATS_PASSWORD_{user.upper()}", listen=HUB_LISTENS, certificates=HUB_FILES
        )
        accounts = accounts.replace(HUB_LISTENS, f"127.0.0.1:{self._leaf_port}").replace(HUB_FILES, str(home / HUB))
        (home / "cells.conf").write_text(accounts)
        text = (DEPLOY / "hub" / "hub.conf").read_text().replace(HUB_FILES, str(home / HUB))
        text = text.replace("http: 127.0.0.1:8222", f"http: 127.0.0.1:{self._monitors[0]}")
        (home / "hub.conf").write_text(self._moved(text, HUB))
        self._run(HUB, ["sh", str(START), str(home / "hub.conf"), str(home / HUB / CERTIFICATE_FILE)], {})
        for cell, monitor in zip(self.cells, self._monitors[1:], strict=True):
            self._start_edge(cell, monitor)

    def stop(self) -> None:
        """Stop all of it."""
        for one in self._processes:
            os.killpg(one.pid, signal.SIGKILL)
            one.wait(STOP_SECONDS)

    def log(self, name: str) -> str:
        """What a broker has logged."""
        return (self.folder / name / "log").read_text()

    @asynccontextmanager
    async def opened(self, name: str, user: str, *, shows: str = "") -> AsyncIterator[JetStream]:
        """A connection as a user to the hub or to a cell's edge. shows: whose certificate, if not the user's own."""
        folder = self.folder / name / (shows or user)
        identity = Identity(*(folder / one for one in (CERTIFICATE_FILE, KEY_FILE, AUTHORITY_FILE)))
        login = Credentials(user, password_of(self.folder / name / "passwords", user))
        url = f"tls://localhost:{self.ports[name]}"
        async with open_jetstream(
            url, name, limits=None, identity=identity, login=login, stream=DIRECTORY
        ) as jetstream:
            yield jetstream

    def _start_edge(self, cell: str, monitor: int) -> None:
        home = self.folder / cell
        for name in ("tls.conf", "border.conf", "edge.conf"):
            text = (EDGE / name).read_text().replace("/etc/nats-tls", str(home / "edge"))
            text = text.replace("/etc/nats-trust", str(home / "edge")).replace(HUB_FILES, str(home / "hub"))
            text = text.replace("https_port: 8222", f"https_port: {monitor}")
            (home / name).write_text(self._moved(text, cell))
        self._run(
            cell,
            ["sh", str(EDGE / "start-edge.sh"), str(home / "edge.conf"), str(home / "edge" / CERTIFICATE_FILE)],
            {
                "HUB": f"localhost:{self._leaf_port}",
                "HUB_FILES": str(home / "hub"),
                "CELL_FILE": str(home / "cell.toml"),
                "START": str(START),
            },
        )

    def _moved(self, text: str, name: str) -> str:
        text = text.replace("port: 4222", f"port: {self.ports[name]}")
        return text.replace("store_dir: /data", f"store_dir: {self.folder / name / 'data'}")

    def _run(self, name: str, command: list[str], environment: dict[str, str]) -> None:
        passwords = {"NATS_LOGINS": str(self.folder / name / "passwords")}
        path = {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin"}
        with (self.folder / name / "log").open("ab") as log:
            self._processes.append(
                subprocess.Popen(
                    command, env=passwords | path | environment, stdout=log, stderr=log, start_new_session=True
                )
            )


def hub_certificates(folder: Path, cells: Sequence[str], names: Sequence[str]) -> None:
    """Make the certificates of an authority of the hub's own: of the hub under these names, the first of which is
    `hub`, of its administrator and of each cell, in folders of their names."""
    now = SystemClock().now()
    authority = Authority.create(HUB, now)
    for each in (names, (ADMINISTRATOR,), *((cell,) for cell in cells)):
        authority.keep(authority.issue(each, now), folder / each[0])


def shown_to_the_hub(hub: Path, cell: str, folder: Path, *, certificate: str = "") -> None:
    """Put into a folder what a cell's edge shows the hub: a certificate, its own or that of another, and the cell's
    password. hub: the folder with certificates and passwords."""
    folder.mkdir()
    for name in (CERTIFICATE_FILE, KEY_FILE, AUTHORITY_FILE):
        (folder / name).write_bytes((hub / (certificate or cell) / name).read_bytes())
    (folder / "password").write_bytes((hub / "passwords" / cell / "password").read_bytes())


@asynccontextmanager
async def an_edge_world(folder: Path, *cells: str, shows: dict[str, str] | None = None) -> AsyncIterator[EdgeWorld]:
    """A hub and edges that run while the block runs, with their administrators at work."""
    world = EdgeWorld(folder, cells, shows or {})
    world.prepare()
    world.start()
    try:
        async with AsyncExitStack() as stack:
            hub = await stack.enter_async_context(world.opened(HUB, ADMINISTRATOR))
            await stack.enter_async_context(administering_hub(hub, cells, DEFAULT_LIMITS))
            durables = {name: subjects for one in arriving().values() for name, subjects in one.items()}
            for cell in cells:
                edge = await stack.enter_async_context(world.opened(cell, ADMINISTRATOR))
                made = await stack.enter_async_context(administering_edge(edge, DEFAULT_LIMITS, durables))
                async with asyncio.timeout(START_SECONDS):
                    await made.done.wait()
            yield world
    finally:
        world.stop()
