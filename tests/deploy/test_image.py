"""The image of the Dockerfile carries a cell: five restricted containers, a broker and a store beside them."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from libs.clock import SystemClock
from libs.privacy.keys import create_keys
from libs.rpc.client import Client
from services.demo.stage import SERVICES, Stage
from services.demo.story import STEPS, play
from tests.deploy import containers
from tests.deploy.containers import Running
from tests.deploy.manifests import rendered

READY_SECONDS = 90
CELL, OTHER, OTHERS_COUNTRY = "de", "cn", "CN"
USER = 10001
FOREIGN_ID = f"ptn_{OTHER}_01jz8c0000000000000000000a"

# One worker does them all: the image is built once, and two cells at a time would be too much for a small machine.
pytestmark = [
    pytest.mark.xdist_group("containers"),
    pytest.mark.skipif(containers.missing() != "", reason=containers.missing()),
]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A cell `de` of containers, every service of it ready."""
    containers.build()
    folder = tmp_path_factory.mktemp("cell")
    cells, keys = folder / "cells", folder / "keys"
    cells.mkdir()
    for name, text in rendered(CELL).config("cells").items():
        (cells / name).write_text(text)
    create_keys(keys)
    for path in (keys, *keys.iterdir()):
        os.chown(path, USER, USER)
    with containers.cell(folder, cells, keys) as cell:
        asyncio.run(_all_ready(cell))
        yield cell


@pytest.fixture
async def clients(running: Running) -> AsyncIterator[dict[str, Client]]:
    """One for each published port."""
    async with _clients(running) as found:
        yield found


async def test_containers_are_not_root_write_only_to_volumes_and_have_no_capability(
    running: Running, clients: dict[str, Client]
) -> None:
    for name in clients:
        assert running.inside(name, "id", "-u") == str(USER)
        assert "Read-only file system" in running.inside(name, "touch", "/opt/prm/x")
        assert running.inside(name, "touch", "/data/x", "/tmp/x") == ""
        status = running.inside(name, "cat", "/proc/1/status")
        sets = dict(line.split(":\t") for line in status.splitlines() if line.startswith(("Cap", "NoNewPrivs")))
        assert set(sets.values()) == {"0" * 16, "1"}


async def test_the_command_for_health_checks_tells_serving_from_not(
    running: Running, clients: dict[str, Client]
) -> None:
    for name in clients:
        assert running.inside(name, "health", SERVICES[name]) == ""
    assert running.inside("deals", "health", SERVICES["orders"]).startswith("NOT_FOUND")


async def test_a_deal_lives_through_the_published_ports_across_a_restart(
    running: Running, clients: dict[str, Client]
) -> None:
    stage = Stage(clients, run="containers", today=SystemClock().now().date())
    half = len(STEPS) // 2
    await play(stage, STEPS[:half])
    running.restart("orders")
    await _ready(running, clients, "orders")
    await play(stage, STEPS[half:])
    assert len({line.chapter for line in stage.told}) > 1
    assert all(f"_{CELL}_" in stage.held[key] for key in ("above", "north", "south"))


async def test_a_cell_refuses_what_is_not_its_own_and_says_whose_it_is(clients: dict[str, Client]) -> None:
    stage = Stage(clients, run="abroad", today=SystemClock().now().date())
    at_home = {"cell": OTHER, "endpoint": f"{OTHER}.prm.example:443"}
    for method, fields in (
        ("GetPartner", {"id": FOREIGN_ID}),
        ("ApplyPartner", {"kind": "PARTNER_KIND_AGENT", "legal_name": "x", "country": OTHERS_COUNTRY}),
    ):
        refused = await stage.refused("partners", method, **fields)
        assert (refused.code, refused.reason) == ("FAILED_PRECONDITION", "WRONG_CELL")
        assert at_home.items() <= refused.metadata.items()


@asynccontextmanager
async def _clients(running: Running) -> AsyncIterator[dict[str, Client]]:
    async with AsyncExitStack() as stack:
        yield {name: await stack.enter_async_context(Client(at)) for name, at in running.addresses.items()}


async def _all_ready(running: Running) -> None:
    async with _clients(running) as clients:
        for name in clients:
            await _ready(running, clients, name)


async def _ready(running: Running, clients: dict[str, Client], name: str) -> None:
    try:
        await clients[name].ready(SERVICES[name], within_seconds=READY_SECONDS)
    except TimeoutError:
        pytest.fail(f"{name} is not ready; it said:\n{running.logs(name)[-4000:]}")
