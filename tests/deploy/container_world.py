"""A hub and cells as containers of the image, with the files of deploy/ as they are: each on addresses of its own, and
connected by TLS. What the hub and the containers of a cell write is in folders that a test can search."""

import os
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from ipaddress import ip_network
from pathlib import Path

from typer.testing import CliRunner

from libs.authority import AUTHORITY_FILE, CERTIFICATE_FILE, KEY_FILE
from libs.messaging.border.names import DIRECTORY, HUB
from libs.messaging.jetstream import JetStream, open_jetstream
from libs.messaging.logins import ADMINISTRATOR, Credentials, create_passwords, password_of
from libs.tls import Identity
from services.__main__ import app, arriving
from services.broker.border import HUB_FILES
from tests.deploy import containers, engine
from tests.deploy.containers import Bordering, Running, data
from tests.deploy.edge_world import EDGE, START, hub_certificates, shown_to_the_hub
from tests.deploy.engine import container, shown, told
from tests.deploy.manifests import DEPLOY
from tests.issuers import fake_issuer
from tests.system.processes import free_ports

_STEP = 10
"""Between the addresses that are given: the engine gives the next ones to containers that name none."""
_PASSWORDS = {"NATS_LOGINS": "/etc/nats-passwords"}


class ContainerWorld:
    """cells: by code. folder: `hub/data`, and of each cell `<code>/data`, are what their containers write."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.prefix = f"prm-test-{os.getpid()}-"
        self.cells: dict[str, Running] = {}
        self.names: list[str] = []
        [self._port] = free_ports(1)

    def stop_hub(self) -> None:
        """Stop the hub; its files stay."""
        engine.stop(f"{self.prefix}{HUB}")

    def start_hub(self) -> None:
        """Start the hub again."""
        engine.start(f"{self.prefix}{HUB}")

    @asynccontextmanager
    async def hub(self) -> AsyncIterator[JetStream]:
        """A connection of the hub's administrator."""
        own = self.folder / HUB / ADMINISTRATOR
        identity = Identity(*(own / one for one in (CERTIFICATE_FILE, KEY_FILE, AUTHORITY_FILE)))
        login = Credentials(ADMINISTRATOR, password_of(self.folder / HUB / "passwords", ADMINISTRATOR))
        url = f"tls://127.0.0.1:{self._port}"
        async with open_jetstream(url, HUB, limits=None, identity=identity, login=login, stream=DIRECTORY) as jetstream:
            yield jetstream

    def outside(self, cell: str) -> Iterator[Path]:
        """Every file that was written outside of a cell: those of the hub and of the other cells, with their logs."""
        logs = self.folder / "logs"
        logs.mkdir(exist_ok=True)
        for name in self.names:
            if not name.startswith(f"{self.prefix}{cell}-"):
                (logs / name).write_text(engine.log_of(name))
        written = [self.folder / one / "data" for one in (HUB, *self.cells) if one != cell]
        yield from (path for one in (logs, *written) for path in sorted(one.rglob("*")) if path.is_file())

    def run_hub(self, stack: ExitStack, network: str, addresses: Mapping[str, str]) -> None:
        """Start the hub and its administrator, as deploy/README.md says ("The hub")."""
        home, cells = self.folder / HUB, sorted(set(addresses) - {HUB})
        hub_certificates(home, cells, (HUB, "127.0.0.1"))
        create_passwords(home / "passwords", [ADMINISTRATOR, *cells])
        (home / "cells.conf").write_text(CliRunner().invoke(app, ["broker", "hub", *cells]).stdout)
        for path in (home, *(one for one in home.iterdir() if one.is_dir())):
            engine.own(path)
        files = {
            "/etc/nats/hub.conf": DEPLOY / "hub" / "hub.conf",
            "/etc/nats/cells.conf": home / "cells.conf",
            "/etc/nats/start.sh": START,
            "/etc/nats-passwords": home / "passwords",
            HUB_FILES: home / HUB,
        }
        at = [f"--network={network}", f"--ip={addresses[HUB]}", f"--publish=127.0.0.1:{self._port}:4222"]
        starts = ["/etc/nats/start.sh", "/etc/nats/hub.conf", f"{HUB_FILES}/tls.crt", f"{HUB_FILES}/ca.crt"]
        self.run(stack, HUB, [*at, "--entrypoint=sh", *told(_PASSWORDS), *shown(files), *data(home / "data")], starts)
        variables = {
            "PRM_NATS_URL": f"tls://{HUB}:4222",
            "PRM_NATS_LOGINS_DIR": "/etc/prm/nats",
            "PRM_TLS_CERT": "/etc/prm/tls/tls.crt",
            "PRM_TLS_KEY": "/etc/prm/tls/tls.key",
            "PRM_TLS_CA": "/etc/prm/tls/ca.crt",
        }
        files = {"/etc/prm/nats": home / "passwords", "/etc/prm/tls": home / ADMINISTRATOR}
        at = [f"--network={network}", f"--add-host={HUB}:{addresses[HUB]}", "--entrypoint=prm"]
        administers = ["broker", "administer-hub", *cells]
        self.run(stack, f"{HUB}-{ADMINISTRATOR}", [*at, *told(variables), *shown(files)], administers)

    def run_cell(
        self, stack: ExitStack, network: str, addresses: Mapping[str, str], *, code: str, services: Sequence[str]
    ) -> None:
        """Start the edge of a cell as deploy/components/edge does, and the cell."""
        home = self.folder / code
        issuer = stack.enter_context(fake_issuer())
        mounted = containers.prepared(home, code, issuer)
        create_passwords(home / "edge-passwords", [ADMINISTRATOR, *arriving()])
        shown_to_the_hub(self.folder / HUB, code, home / "hub")
        for path in (home / "edge-passwords", home / "hub"):
            engine.own(path)
        files = {
            "/etc/edge": EDGE,
            "/etc/nats/start.sh": START,
            "/etc/prm/cell": mounted.cells,
            "/etc/nats-tls": mounted.tls / "edge",
            "/etc/nats-trust": mounted.tls / "edge",
            "/etc/nats-passwords": home / "edge-passwords",
            HUB_FILES: home / "hub",
        }
        at = [f"--network={network}", f"--ip={addresses[code]}", f"--add-host={HUB}:{addresses[HUB]}"]
        options = [*at, "--entrypoint=sh", *told({**_PASSWORDS, HUB.upper(): f"{HUB}:7422"}), *shown(files)]
        certificates = [
            "/etc/nats-tls/tls.crt",
            "/etc/nats-trust/ca.crt",
            f"{HUB_FILES}/tls.crt",
            f"{HUB_FILES}/ca.crt",
        ]
        starts = ["/etc/edge/start-edge.sh", "/etc/edge/edge.conf", *certificates]
        self.run(stack, f"{code}-edge", [*options, *data(home / "data" / "edge")], starts)
        border = Bordering(
            (f"--network={network}", f"--add-host=edge:{addresses[code]}"), passwords=home / "edge-passwords"
        )
        self.cells[code] = stack.enter_context(
            containers.cell(home, mounted, issuer=issuer, name=code, services=services, border=border)
        )
        self.names += [f"{self.prefix}{code}-{one}" for one in ("nats", ADMINISTRATOR, *services)]

    def run(self, stack: ExitStack, name: str, options: Sequence[str], arguments: Sequence[str]) -> None:
        """Start a container until the world ends."""
        self.names.append(f"{self.prefix}{name}")
        stack.enter_context(container(self.names[-1], options, arguments))


@contextmanager
def a_container_world(folder: Path, cells: Mapping[str, Sequence[str]]) -> Iterator[ContainerWorld]:
    """A hub and cells that run while the block runs. cells: the services of each, by its code."""
    world = ContainerWorld(folder)
    network = f"prm-test-{os.getpid()}"
    engine.run("podman", "network", "create", network)
    try:
        subnet = engine.run("podman", "network", "inspect", "--format={{range .Subnets}}{{.Subnet}}{{end}}", network)
        free = ip_network(subnet.stdout.strip())
        addresses = {name: str(free[_STEP * number]) for number, name in enumerate((HUB, *cells), 1)}
        with ExitStack() as stack:
            world.run_hub(stack, network, addresses)
            for code, services in cells.items():
                world.run_cell(stack, network, addresses, code=code, services=services)
            yield world
    finally:
        engine.run("podman", "network", "rm", "--force", network)
