"""The broker as a cluster runs it: three nodes with the configuration of the base, of which any one may be down."""

import asyncio
import os
import signal
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from msgspec.structs import replace

from libs.authority import AUTHORITY_FILE, CERTIFICATE_FILE, KEY_FILE, Authority
from libs.clock import SystemClock
from libs.messaging.jetstream import BROKER_ERRORS, JetStream, Outgoing, open_jetstream
from libs.messaging.logins import ADMINISTRATOR, Credentials, all_logins, create_passwords, password_of
from libs.messaging.streams import DEAD, EVENTS, StreamLimits
from libs.tls import Identity
from services.__main__ import durables
from tests.deploy.manifests import rendered
from tests.system.processes import free_ports
from tests.waiting import until

CELL = "de"
NODES = 3
HERE = ("nats", "localhost", "127.0.0.1")
WITHIN_SECONDS = 60
ANSWER_SECONDS = 5
STOP_SECONDS = 20
LIMITS = StreamLimits(events_bytes=10**7, dead_bytes=10**6, kept=timedelta(days=1))


class Node:
    """One nats-server with the start command and configuration of the base; ports and folders are this machine's."""

    def __init__(self, number: int, config: Path, *, certificate: Path, trust: Path, monitor: int) -> None:
        start = config.with_name("start.sh")
        self._command = ["sh", str(start), str(config), str(certificate), str(trust)]
        self._environment = {
            "NODE": f"nats-{number}",
            "NATS_LOGINS": str(config.with_name("passwords")),
            "CHECK_SECONDS": "0.1",
            "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        }
        self._log = config.with_suffix(".log")
        self.monitor = monitor
        self.start()

    def start(self) -> None:
        """Start the node on its existing files."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, env=self._environment, stdout=log, stderr=log, start_new_session=True
            )

    def log(self) -> str:
        """The log of the node so far."""
        return self._log.read_text()

    def kill(self) -> None:
        """Kill the node and the process that watches its certificate."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(STOP_SECONDS)


class Cluster:
    """Three nodes. url: the addresses of all of them. tls: the folder of the certificate that the three share here.
    trust: the file with the authorities that they trust."""

    def __init__(self, nodes: list[Node], url: str, *, authority: Authority, folder: Path) -> None:
        self.nodes = nodes
        self.url = url
        self.authority = authority
        self.tls = folder / "tls"
        self.trust = folder / "trust" / AUTHORITY_FILE
        authority.keep(authority.issue(["deals"], SystemClock().now()), folder / "deals")
        authority.keep(authority.issue([ADMINISTRATOR], SystemClock().now()), folder / ADMINISTRATOR)
        self._folder = folder

    def stranger(self) -> Node:
        """A node with the certificate of a service, otherwise configured like the first node."""
        own, folder = self.tls.parent / "deals", self.tls.parent / "stranger"
        create_passwords(folder / "passwords", [one.name for one in all_logins(CELL, durables())])
        for name in ("tls.conf", "start.sh", "users.conf", "nats-0.conf"):
            text = (self.tls.parent / name).read_text().replace(str(self.tls), str(own)).replace("data-0", "data-3")
            (folder / name).write_text(text)
        config = folder / "nats-0.conf"
        lines = config.read_text().splitlines()
        for key in ("  port: ", "https_port: ", "port: "):
            [place] = [number for number, line in enumerate(lines) if line.startswith(key)]
            lines[place] = f"{key}{free_ports(1)[0]}"
        config.write_text("\n".join(lines))
        return Node(NODES, config, certificate=own / CERTIFICATE_FILE, trust=self.trust, monitor=0)

    @asynccontextmanager
    async def connected(self, replicas: int = NODES) -> AsyncIterator[JetStream]:
        """A connection as a service opens it, while the administrator maintains the streams."""
        async with self._as(ADMINISTRATOR, replace(LIMITS, replicas=replicas)) as self.administrator:
            await self.administrator.session()
            async with self._as("deals", None) as jetstream:
                yield jetstream

    def connected_with(self, folder: Path) -> AbstractAsyncContextManager[JetStream]:
        """A connection as a service that has its certificate in this folder."""
        return self._as("deals", None, folder)

    def _as(
        self, user: str, limits: StreamLimits | None, folder: Path | None = None
    ) -> AbstractAsyncContextManager[JetStream]:
        files = ((folder or self._folder / user) / name for name in (CERTIFICATE_FILE, KEY_FILE, AUTHORITY_FILE))
        login = Credentials(user, password_of(self._folder / "passwords", user))
        return open_jetstream(self.url, CELL, limits=limits, identity=Identity(*files), login=login)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """A cluster whose nodes are starting."""
    files = rendered(CELL).config("nats")
    create_passwords(tmp_path / "passwords", [one.name for one in all_logins(CELL, durables())])
    authority, tls = Authority.create("cell", SystemClock().now()), tmp_path / "tls"
    authority.keep(authority.issue(HERE, SystemClock().now()), tls)
    trust = tmp_path / "trust"
    trust.mkdir()
    (trust / AUTHORITY_FILE).write_bytes(authority.certificate)
    for name in ("tls.conf", "start.sh", "users.conf"):
        (tmp_path / name).write_text(_on_this_machine(files[name], tls, trust))
    text = _on_this_machine(files["nats.conf"], tls, trust)
    ports = free_ports(3 * NODES)
    clients, peers, monitors = ports[:NODES], ports[NODES : 2 * NODES], ports[2 * NODES :]
    for number, peer in enumerate(peers):
        text = text.replace(f"nats-{number}.nats-peers:6222", f"localhost:{peer}")
    with ExitStack() as stack:
        found = []
        for number in range(NODES):
            config = tmp_path / f"nats-{number}.conf"
            config.write_text(
                _moved(text, clients[number], peers[number], monitors[number], tmp_path / f"data-{number}")
            )
            files_seen = {"certificate": tls / CERTIFICATE_FILE, "trust": trust / AUTHORITY_FILE}
            found.append(Node(number, config, **files_seen, monitor=monitors[number]))
            stack.callback(found[-1].kill)
        url = ",".join(f"tls://127.0.0.1:{port}" for port in clients)
        yield Cluster(found, url, authority=authority, folder=tmp_path)


async def test_any_node_may_be_away(cluster: Cluster) -> None:
    replicas = int(
        rendered(CELL).services["deals"].spec.template.spec.containers[0].variables["PRM_NATS_REPLICAS"].value
    )
    async with cluster.connected(replicas) as jetstream:
        for number, node in enumerate(cluster.nodes):
            await until(partial(_published, jetstream, f"{number}-before"), within_seconds=WITHIN_SECONDS)
            node.kill()
            await until(partial(_published, jetstream, f"{number}-after"), within_seconds=WITHIN_SECONDS)
            node.start()
            await until(partial(_caught_up, jetstream), within_seconds=WITHIN_SECONDS)
        kept = await until(partial(_kept, cluster.administrator), within_seconds=WITHIN_SECONDS)
        assert kept == {EVENTS: (replicas, 2 * NODES), DEAD: (replicas, 0)}


async def test_a_replaced_certificate_is_read_without_a_restart(cluster: Cluster) -> None:
    async with cluster.connected() as jetstream:
        await until(partial(_published, jetstream, "before"), within_seconds=WITHIN_SECONDS)
        later = cluster.authority.issue(HERE, SystemClock().now())
        cluster.authority.keep(later, cluster.tls)
        wanted = ssl.PEM_cert_to_DER_cert(later.certificate.decode())
        for node in cluster.nodes:
            await until(partial(_shows, cluster, node, wanted), within_seconds=WITHIN_SECONDS)
        await until(partial(_published, jetstream, "after"), within_seconds=WITHIN_SECONDS)


async def test_a_new_authority_takes_three_steps_and_no_restart(cluster: Cluster, tmp_path: Path) -> None:
    now, later = SystemClock().now(), Authority.create("the next", SystemClock().now())
    both = cluster.authority.certificate + later.certificate
    old, new = tmp_path / "old", tmp_path / "new"
    async with cluster.connected() as jetstream:
        await until(partial(_published, jetstream, "before"), within_seconds=WITHIN_SECONDS)
        for folder, authority in ((old, cluster.authority), (new, later)):
            authority.keep(authority.issue(["deals"], now), folder)
            (folder / AUTHORITY_FILE).write_bytes(both)
        cluster.trust.write_bytes(both)
        await until(partial(_connects, cluster, new), within_seconds=WITHIN_SECONDS)
        issued = later.issue(HERE, now)
        later.keep(issued, cluster.tls)
        for node in cluster.nodes:
            wanted = ssl.PEM_cert_to_DER_cert(issued.certificate.decode())
            await until(partial(_shows, cluster, node, wanted, both), within_seconds=WITHIN_SECONDS)
        assert await _connects(cluster, old)
        cluster.trust.write_bytes(later.certificate)
        await until(partial(_refuses, cluster, old), within_seconds=WITHIN_SECONDS)
        await until(partial(_connects, cluster, new), within_seconds=WITHIN_SECONDS)


async def test_a_node_with_the_certificate_of_a_service_does_not_join(cluster: Cluster) -> None:
    async with cluster.connected() as jetstream:
        await until(partial(_published, jetstream, "1"), within_seconds=WITHIN_SECONDS)
        stranger = cluster.stranger()
        try:
            await until(lambda: any("authentication error" in one.log() for one in cluster.nodes), within_seconds=30)
        finally:
            stranger.kill()


async def test_a_probe_without_a_certificate_is_answered_but_not_in_clear(cluster: Cluster) -> None:
    [node, *_] = cluster.nodes
    own = ssl.create_default_context(cadata=cluster.authority.certificate.decode())
    await until(partial(_healthy, node, own), within_seconds=WITHIN_SECONDS)
    assert not await _healthy(node, None)


async def _healthy(node: Node, context: ssl.SSLContext | None) -> bool:
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            reader, writer = await asyncio.open_connection("127.0.0.1", node.monitor, ssl=context)
            writer.write(b"GET /healthz?js-enabled-only=true HTTP/1.0\r\n\r\n")
            answer = await reader.read()
            writer.close()
    except (OSError, TimeoutError):
        return False
    return answer.startswith(b"HTTP/1.0 200")


async def _connects(cluster: Cluster, folder: Path) -> bool:
    """Whether a service with the certificate in this folder gets a session."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS), cluster.connected_with(folder) as jetstream:
            await jetstream.session()
    except (TimeoutError, *BROKER_ERRORS):
        return False
    return True


async def _refuses(cluster: Cluster, folder: Path) -> bool:
    return not await _connects(cluster, folder)


async def _shows(cluster: Cluster, node: Node, certificate: bytes, authorities: bytes = b"") -> bool:
    """Whether a node shows this certificate to a new connection. authorities: that are trusted, by default the one of
    the cluster."""
    own = ssl.create_default_context(cadata=(authorities or cluster.authority.certificate).decode())
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", node.monitor, ssl=own)
    except OSError:
        return False
    shown = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()
    return bool(shown == certificate)


def _on_this_machine(text: str, tls: Path, trust: Path) -> str:
    return text.replace("/etc/nats-tls", str(tls)).replace("/etc/nats-trust", str(trust))


def _moved(text: str, client: int, peer: int, monitor: int, data: Path) -> str:
    for said, here in (("port: 4222", client), ("port: 6222", peer), ("https_port: 8222", monitor)):
        assert text.count(said) == 1
        text = text.replace(said, f"{said.split(':')[0]}: {here}")
    return text.replace("store_dir: /data", f"store_dir: {data}")


async def _published(jetstream: JetStream, id: str) -> bool:
    """Whether an event is stored; a repetition with the same id does not store it twice."""
    message = Outgoing(f"prm.{CELL}.deals.registration.approved", {"Nats-Msg-Id": id}, b"")
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            return await (await jetstream.session()).publish([message]) == [""]
    except TimeoutError:
        return False


async def _kept(jetstream: JetStream) -> dict[str, tuple[int, int]]:
    """On how many nodes each stream is stored, and how many messages it has; empty if the broker is too busy to say."""
    found = {}
    try:
        for name in (EVENTS, DEAD):
            info = await (await jetstream.session()).streams.stream_info(name)
            found[name] = (info.config.num_replicas or 0, info.state.messages)
    except BROKER_ERRORS:
        return {}
    return found


async def _caught_up(jetstream: JetStream) -> bool:
    """Whether every node has received everything."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            streams = (await jetstream.session()).streams
            cluster = (await streams.stream_info(EVENTS)).cluster
    except BROKER_ERRORS:
        return False
    peers = (cluster and cluster.replicas) or []
    return len(peers) == NODES - 1 and all(peer.current and not peer.offline for peer in peers)
