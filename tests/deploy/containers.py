"""A cell of containers: the six services, the broker, the administrator, and beside them a store and an issuer.

All containers share one network, and only the ports of the services are published. The store (the stand-in for MongoDB
of the test environment) and the keys of an issuer are on the loopback of that network.
"""

import os
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from libs.authority import AUTHORITY_FILE, CERTIFICATE_FILE, KEY_FILE, Authority
from libs.clock import SystemClock
from libs.messaging.logins import ADMINISTRATOR, all_logins, create_passwords
from libs.privacy.keys import create_keys, give_keys
from libs.rpc.client import Client, Session
from libs.tls import Identity
from services.__main__ import durables
from services.demo.scenario import SERVICES
from tests.deploy import engine
from tests.deploy.engine import beside, container, shown, told
from tests.deploy.manifests import DEPLOY, rendered
from tests.issuers import FakeIssuer
from tests.system.processes import free_ports

FIRST_PORT = 7401
STORE_PORT = 27017
ISSUER_PORT = 8099
KEYS_URL = f"http://127.0.0.1:{ISSUER_PORT}/keys.json"
BROKER_ARGUMENTS = ["/etc/nats/start.sh", "/etc/nats/nats.conf", "/etc/nats-tls/tls.crt", "/etc/nats-trust/ca.crt"]
READY_SECONDS = 90
OPERATOR = "operator"


class Mounted(NamedTuple):
    """Folders that containers read. cells: the facts of all cells, with its own as `cell.toml`. keys: the
    folders that `prm keys --give` made. tls: a folder of certificates for each service, the administrator, `nats`,
    `edge` and the operator. issuers: `issuers.toml`, and the `keys.json` to which it refers. logins: the files that
    `prm broker passwords` made."""

    cells: Path
    keys: Path
    tls: Path
    issuers: Path
    logins: Path


def prepared(folder: Path, code: str, issuer: FakeIssuer) -> Mounted:
    """What an operator makes for a cell of deploy/cells: facts, keys, certificates, passwords, the issuer's entry."""
    mounted = Mounted(*(folder / name for name in Mounted._fields))
    mounted.cells.mkdir(parents=True)
    for name, text in (rendered(code).config("cell") | rendered(code).config("cells")).items():
        (mounted.cells / name).write_text(text)
    create_keys(folder / "all-keys", SERVICES)
    give_keys(folder / "all-keys", SERVICES, mounted.keys)
    now = SystemClock().now()
    authority = Authority.create("cell", now)
    for name in (*SERVICES, ADMINISTRATOR, "nats", "edge", OPERATOR):
        authority.keep(authority.issue([name, "127.0.0.1"], now), mounted.tls / name)
    create_passwords(mounted.logins, [one.name for one in all_logins(code, durables())])
    mounted.issuers.mkdir()
    issuer.write_file(mounted.issuers, jwks_url=KEYS_URL)
    (mounted.issuers / "keys.json").write_bytes(msgspec.json.encode({"keys": [issuer.public("first")]}))
    for path in (mounted.keys, mounted.tls, mounted.logins):
        engine.own(path)
    return mounted


class Running:
    """One cell of containers. addresses: the published ports by service."""

    def __init__(self, prefix: str, addresses: dict[str, str], issuer: FakeIssuer, operator: Path) -> None:
        self._prefix = prefix
        self._issuer, self._operator = issuer, operator
        self.addresses = addresses

    def logs(self, name: str) -> str:
        """The log of a container so far."""
        return engine.log_of(self._prefix + name)

    def inside(self, name: str, *command: str) -> str:
        """What a command prints inside a container; also if the command fails."""
        return engine.inside(self._prefix + name, *command)

    def restart(self, name: str) -> None:
        """Stop a container as an engine would, and start it again."""
        engine.stop(self._prefix + name)
        engine.start(self._prefix + name)

    @asynccontextmanager
    async def clients(self, subject: str = "first") -> AsyncIterator[dict[str, Client]]:
        """A client of an administrator for each published port; together they are one session."""
        late = SystemClock().now() + timedelta(hours=1)
        token = self._issuer.token("administrator", sub=subject, exp=int(late.timestamp()))
        identity = Identity(*(self._operator / name for name in (CERTIFICATE_FILE, KEY_FILE, AUTHORITY_FILE)))
        session = Session()
        async with AsyncExitStack() as stack:
            yield {
                name: await stack.enter_async_context(
                    Client(at, token=token, identity=identity, known_as=name, session=session)
                )
                for name, at in self.addresses.items()
            }

    async def ready(self, *names: str) -> None:
        """Wait until these services are ready, all of them if none is named; the test fails with the log of one that
        is not."""
        async with self.clients() as clients:
            for name in names or clients:
                try:
                    await clients[name].ready(SERVICES[name], within_seconds=READY_SECONDS)
                except TimeoutError:
                    pytest.fail(f"{name} is not ready; it said:\n{self.logs(name)[-4000:]}")


class Bordering(NamedTuple):
    """How a cell is connected to its edge. network: the options that connect the cell's network to that of the edge.
    passwords: the folder of the users of the edge."""

    network: Sequence[str]
    passwords: Path

    def options(self, user: str) -> list[str]:
        """What a process that has a user of the edge is told, as deploy/components/edge does; nothing for others."""
        if not (self.passwords / user).exists():
            return []
        variables = {"PRM_EDGE_URL": "tls://edge:4222", "PRM_EDGE_LOGINS_DIR": "/etc/prm/edge"}
        return [*told(variables), *shown({f"/etc/prm/edge/{user}": self.passwords / user})]


@contextmanager
def cell(
    folder: Path,
    mounted: Mounted,
    *,
    issuer: FakeIssuer,
    name: str = "cell",
    services: Sequence[str] = tuple(SERVICES),
    border: Bordering | None = None,
) -> Iterator[Running]:
    """Services with a broker and a store, removed after the block. folder: for the store's files and logs. border:
    None for a cell on MongoDB's protocol without an edge; with one, the stores are SQLite, in `folder`/data."""
    prefix = f"prm-test-{os.getpid()}-{name}-"
    inside = {one: FIRST_PORT + number for number, one in enumerate(services)}
    outside = dict(zip(services, free_ports(len(services)), strict=True))
    publish = [f"--publish=127.0.0.1:{outside[one]}:{inside[one]}" for one in services]
    mounts = shown({f"/etc/prm/{what}": getattr(mounted, what) for what in ("cells", "issuers")})
    joined = [f"--network=container:{prefix}nats", *mounts]
    at_edge = border.options if border else (lambda user: [])
    with ExitStack() as stack:
        network = [*publish, *(border.network if border else ())]
        stack.enter_context(container(f"{prefix}nats", [*network, *_broker(mounted)], BROKER_ARGUMENTS))
        stack.enter_context(beside(f"{prefix}nats", folder / "issuer.out", _issuer(mounted.issuers)))
        if border is None:
            stack.enter_context(beside(f"{prefix}nats", folder / "store.out", _store(folder)))
        administers = ["--entrypoint=prm", *_connected(mounted, ADMINISTRATOR), *at_edge(ADMINISTRATOR)]
        stack.enter_context(container(f"{prefix}{ADMINISTRATOR}", [*joined, *administers], ["broker", "administer"]))
        for one in services:
            stored = told({"PRM_STORE_URL": f"mongodb://127.0.0.1:{STORE_PORT}/"})
            if border is not None:
                stored = data(folder / "data" / one)
            options = [*joined, *_served(mounted, one, inside[one]), *stored, *at_edge(one)]
            stack.enter_context(container(f"{prefix}{one}", options, [one]))
        addresses = {one: f"127.0.0.1:{port}" for one, port in outside.items()}
        yield Running(prefix, addresses, issuer, mounted.tls / OPERATOR)


def data(folder: Path) -> list[str]:
    """The option that keeps what a container writes in a folder of this machine."""
    folder.mkdir(parents=True, exist_ok=True)
    engine.own(folder)
    return shown({"/data": folder}, written=True)


def _served(mounted: Mounted, name: str, port: int) -> list[str]:
    variables = {
        "PRM_KEYS_DIR": "/etc/prm/keys",
        "PRM_LISTEN": f"0.0.0.0:{port}",
        "PRM_HEALTH_LISTEN": f"127.0.0.1:{port + len(SERVICES)}",
        "PRM_ISSUERS_FILE": "/etc/prm/issuers/issuers.toml",
    }
    return [*shown({"/etc/prm/keys": mounted.keys / name}), *_connected(mounted, name), *told(variables)]


def _connected(mounted: Mounted, user: str) -> list[str]:
    """The environment and mounts with which a process connects to the broker as this user."""
    variables = {
        "PRM_CELL_FILE": "/etc/prm/cells/cell.toml",
        "PRM_TLS_CERT": "/etc/prm/tls/tls.crt",
        "PRM_TLS_KEY": "/etc/prm/tls/tls.key",
        "PRM_TLS_CA": "/etc/prm/tls/ca.crt",
        "PRM_NATS_URL": "tls://127.0.0.1:4222",
        "PRM_NATS_LOGINS_DIR": "/etc/prm/nats",
    }
    files = {"/etc/prm/tls": mounted.tls / user, f"/etc/prm/nats/{user}": mounted.logins / user}
    return [*shown(files), *told(variables)]


def _broker(mounted: Mounted) -> list[str]:
    """The broker, started as in deploy/compose.yaml."""
    config = {f"/etc/nats/{name}": DEPLOY / "base" / "nats" / name for name in ("tls.conf", "users.conf", "start.sh")}
    config["/etc/nats/nats.conf"] = DEPLOY / "nats.conf"
    own = dict.fromkeys(("/etc/nats-tls", "/etc/nats-trust"), mounted.tls / "nats")
    files = shown({**config, **own, "/etc/nats-passwords": mounted.logins})
    return ["--entrypoint=sh", *told({"NATS_LOGINS": "/etc/nats-passwords"}), *files]


def _store(folder: Path) -> list[str]:
    return [
        *(str(Path(sys.executable).parent / "nx-27017"), "--host", "127.0.0.1", "--port", str(STORE_PORT)),
        *("--data-dir", str(folder / "store"), "--log-file", str(folder / "store.log")),
        *("--pid-file", str(folder / "store.pid")),
    ]


def _issuer(keys: Path) -> list[str]:
    server = [sys.executable, "-m", "http.server", str(ISSUER_PORT), "--bind", "127.0.0.1"]
    return [*server, "--directory", str(keys)]
