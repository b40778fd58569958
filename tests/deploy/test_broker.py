"""The broker as a cluster runs it: three nodes with the configuration of the base, any one of which may be away."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from msgspec.structs import replace

from libs.messaging.jetstream import BROKER_ERRORS, JetStream, Outgoing, open_jetstream
from libs.messaging.streams import DEAD, EVENTS, StreamLimits
from tests.deploy.manifests import rendered
from tests.system.processes import free_ports
from tests.waiting import until

CELL = "de"
NODES = 3
WITHIN_SECONDS = 60
ANSWER_SECONDS = 5
PASSWORD = "p0123456789"
STOP_SECONDS = 20
LIMITS = StreamLimits(events_bytes=10**7, dead_bytes=10**6, kept=timedelta(days=1))


class Node:
    """One nats-server with the configuration of the base, its ports and its folder those of this machine."""

    def __init__(self, number: int, config: Path) -> None:
        self._command = [str(Path(sys.executable).parent / "nats-server"), "--config", str(config)]
        self._environment = {"NODE": f"nats-{number}", "NATS_PASSWORD": PASSWORD}
        self._log = config.with_suffix(".log")
        self.start()

    def start(self) -> None:
        """Start it, on the files it left."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._command, env=self._environment, stdout=log, stderr=log)

    def kill(self) -> None:
        """End it where it stands."""
        self._process.kill()
        self._process.wait(STOP_SECONDS)


@pytest.fixture
def nodes(tmp_path: Path) -> Iterator[tuple[list[Node], str]]:
    """Three nodes and the address of each."""
    text = rendered(CELL).config("nats")["nats.conf"]
    ports = free_ports(3 * NODES)
    clients, peers, monitors = ports[:NODES], ports[NODES : 2 * NODES], ports[2 * NODES :]
    for number, peer in enumerate(peers):
        text = text.replace(f"nats-{number}.nats-peers:6222", f"127.0.0.1:{peer}")
    with ExitStack() as stack:
        found = []
        for number in range(NODES):
            config = tmp_path / f"nats-{number}.conf"
            config.write_text(
                _moved(text, clients[number], peers[number], monitors[number], tmp_path / f"data-{number}")
            )
            found.append(Node(number, config))
            stack.callback(found[-1].kill)
        yield found, ",".join(f"nats://prm:{PASSWORD}@127.0.0.1:{port}" for port in clients)


async def test_any_node_may_be_away(nodes: tuple[list[Node], str]) -> None:
    servers, url = nodes
    replicas = int(
        rendered(CELL).services["deals"].spec.template.spec.containers[0].variables["PRM_NATS_REPLICAS"].value
    )
    async with open_jetstream(url, CELL, limits=replace(LIMITS, replicas=replicas)) as jetstream:
        for number, node in enumerate(servers):
            await until(partial(_published, jetstream, f"{number}-before"), within_seconds=WITHIN_SECONDS)
            node.kill()
            await until(partial(_published, jetstream, f"{number}-after"), within_seconds=WITHIN_SECONDS)
            node.start()
            await until(partial(_caught_up, jetstream), within_seconds=WITHIN_SECONDS)
        streams = (await jetstream.session()).streams
        for name in (EVENTS, DEAD):
            assert (await streams.stream_info(name)).config.num_replicas == replicas
        assert (await streams.stream_info(EVENTS)).state.messages == 2 * NODES


def _moved(text: str, client: int, peer: int, monitor: int, data: Path) -> str:
    for said, here in (("port: 4222", client), ("port: 6222", peer), ("http_port: 8222", monitor)):
        assert text.count(said) == 1
        text = text.replace(said, f"{said.split(':')[0]}: {here}")
    return text.replace("store_dir: /data", f"store_dir: {data}")


async def _published(jetstream: JetStream, id: str) -> bool:
    """Whether an event is stored; asked again with the same id it is stored once."""
    message = Outgoing(f"prm.{CELL}.deals.registration.approved", {"Nats-Msg-Id": id}, b"")
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            return await (await jetstream.session()).publish([message]) == [""]
    except TimeoutError:
        return False


async def _caught_up(jetstream: JetStream) -> bool:
    """Whether every node has everything."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            streams = (await jetstream.session()).streams
            cluster = (await streams.stream_info(EVENTS)).cluster
    except BROKER_ERRORS:
        return False
    peers = (cluster and cluster.replicas) or []
    return len(peers) == NODES - 1 and all(peer.current and not peer.offline for peer in peers)
