"""The image of the Dockerfile carries a cell: five restricted containers, a broker and a store beside them."""

from collections.abc import Iterator, Mapping

import grpc
import pytest
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpc_health.v1.health_pb2_grpc import HealthStub

from libs.privacy.keys import create_keys
from tests.deploy import containers
from tests.deploy.containers import Running
from tests.deploy.manifests import SERVICES, grpc_services, rendered

READY_SECONDS = 60
CELL = "de"
USER = 10001

# One worker does them all: the image is built once, and two cells at a time would be too much for a small machine.
pytestmark = [
    pytest.mark.xdist_group("containers"),
    pytest.mark.skipif(containers.missing() != "", reason=containers.missing()),
]


@pytest.fixture(scope="module")
def image() -> str:
    return containers.build()


@pytest.fixture(scope="module")
def running(image: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A cell `de` of containers, every service of it serving."""
    folder = tmp_path_factory.mktemp("cell")
    cells, keys = folder / "cells", folder / "keys"
    cells.mkdir()
    for name, text in rendered(CELL).config("cells").items():
        (cells / name).write_text(text)
    create_keys(keys)
    for path in (keys, *keys.iterdir()):
        path.chmod(path.stat().st_mode | 0o055)
    for above in (folder, *folder.parents[:2]):
        above.chmod(0o755)
    with containers.cell(folder, cells, keys) as cell:
        for name in SERVICES:
            wait_until_serving(cell, name)
        yield cell


def wait_until_serving(cell: Running, name: str) -> None:
    """Follow the health of a service until it serves; the test fails with the container's log if it does not."""
    with grpc.insecure_channel(cell.addresses[name]) as channel:
        request = HealthCheckRequest(service=grpc_services()[name])
        try:
            for answer in HealthStub(channel).Watch(request, timeout=READY_SECONDS, wait_for_ready=True):
                if answer.status == HealthCheckResponse.SERVING:
                    return
        except grpc.RpcError as err:
            pytest.fail(f"{name}: {err}\n{cell.logs(name)[-4000:]}")


def test_containers_are_not_root_write_nothing_but_their_volumes_and_have_no_capability(running: Running) -> None:
    for name in SERVICES:
        assert running.inside(name, "id", "-u") == str(USER)
        assert "Read-only file system" in running.inside(name, "touch", "/opt/prm/x")
        assert running.inside(name, "touch", "/data/x", "/tmp/x") == ""
        status = running.inside(name, "cat", "/proc/1/status")
        sets = dict(line.split(":\t") for line in status.splitlines() if line.startswith(("Cap", "NoNewPrivs")))
        assert set(sets.values()) == {"0" * 16, "1"}


def test_the_command_for_health_checks_knows_serving_from_not(running: Running) -> None:
    assert running.inside("deals", "health", grpc_services()["deals"]) == ""
    assert running.inside("deals", "health", grpc_services()["orders"]).startswith("NOT_FOUND")


def test_a_deal_lives_through_the_published_ports(running: Running) -> None:
    play(running.addresses)


def test_a_restarted_container_serves_again(running: Running) -> None:
    running.restart("orders")
    wait_until_serving(running, "orders")


def play(addresses: Mapping[str, str]) -> None:
    """Every address serves the service that it should."""
    for name, address in addresses.items():
        with grpc.insecure_channel(address) as channel:
            answer = HealthStub(channel).Check(HealthCheckRequest(service=grpc_services()[name]), timeout=READY_SECONDS)
            assert answer.status == HealthCheckResponse.SERVING
