"""The image of the Dockerfile runs a cell: five restricted containers, a broker and a store beside them."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator

import pytest

from libs.clock import SystemClock
from libs.rpc.client import Client
from services.demo.scenario import SERVICES, ScenarioClient
from services.demo.story import STEPS, play
from tests.deploy import containers, engine
from tests.deploy.containers import Running
from tests.issuers import fake_issuer

CELL, OTHER, OTHERS_COUNTRY = "de", "cn", "CN"
FOREIGN_ID = f"ptn_{OTHER}_01jz8c0000000000000000000a"

# One worker runs all tests of containers: the image is built once, and a small machine cannot run two cells at a time.
pytestmark = [
    pytest.mark.xdist_group("containers"),
    pytest.mark.skipif(engine.missing() != "", reason=engine.missing()),
]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A cell `de` of containers in which every service is ready."""
    engine.build()
    folder = tmp_path_factory.mktemp("cell")
    with fake_issuer() as issuer:
        mounted = containers.prepared(folder, CELL, issuer)
        with containers.cell(folder, mounted, issuer=issuer) as cell:
            asyncio.run(cell.ready())
            yield cell


@pytest.fixture
async def clients(running: Running) -> AsyncIterator[dict[str, Client]]:
    """A client for each published port."""
    async with running.clients() as found:
        yield found


async def test_containers_are_not_root_write_only_to_volumes_and_have_no_capability(
    running: Running, clients: dict[str, Client]
) -> None:
    for name in clients:
        assert running.inside(name, "id", "-u") == str(engine.USER)
        assert "Read-only file system" in running.inside(name, "touch", "/opt/prm/x")
        assert running.inside(name, "touch", "/data/x", "/tmp/x") == ""
        status = running.inside(name, "cat", "/proc/1/status")
        sets = dict(line.split(":\t") for line in status.splitlines() if line.startswith(("Cap", "NoNewPrivs")))
        assert set(sets.values()) == {"0" * 16, "1"}


async def test_the_command_for_health_checks_tells_serving_from_not(
    running: Running, clients: dict[str, Client]
) -> None:
    for name in clients:
        assert running.inside(name, "prm-health", SERVICES[name]) == ""
    assert running.inside("deals", "prm-health", SERVICES["orders"]) == "NOT_FOUND"


async def test_the_image_states_every_package_that_is_installed_in_it(running: Running) -> None:
    asked = "from importlib.metadata import distributions as d; print(*[f'{one.name}=={one.version}' for one in d()])"
    installed = {normal(one) for one in running.inside("deals", "python", "-c", asked).split()}
    stated = json.loads(running.inside("deals", "cat", "/opt/prm/share/prm.cdx.json"))
    components = [stated["metadata"]["component"], *stated["components"]]
    assert stated["bomFormat"] == "CycloneDX"
    assert {normal(f"{one['name']}=={one['version']}") for one in components} == installed


def normal(package: str) -> str:
    """A name and version with the name as PyPI compares it."""
    name, _, version = package.partition("==")
    return f"{re.sub(r'[-_.]+', '-', name).lower()}=={version}"


async def test_an_issuer_elsewhere_can_be_known_by_its_certificate(running: Running) -> None:
    count = "import ssl; print(len(ssl.create_default_context().get_ca_certs()))"
    assert int(running.inside("deals", "python", "-c", count)) > 0


async def test_a_published_port_answers_nobody_without_a_certificate(running: Running) -> None:
    for address in running.addresses.values():
        async with Client(address) as stranger:
            assert await stranger.health() == "UNREACHABLE"


async def test_a_deal_lives_through_the_published_ports_across_a_restart(
    running: Running, clients: dict[str, Client]
) -> None:
    async with running.clients("second") as second:
        scenario = ScenarioClient(clients, second=second, run="containers", today=SystemClock().now().date())
        half = len(STEPS) // 2
        await play(scenario, STEPS[:half])
        running.restart("orders")
        await running.ready("orders")
        await play(scenario, STEPS[half:])
    assert len({line.chapter for line in scenario.told}) > 1
    assert all(f"_{CELL}_" in scenario.held[key] for key in ("above", "north", "south"))


async def test_a_cell_refuses_what_is_not_its_own_and_says_whose_it_is(clients: dict[str, Client]) -> None:
    scenario = ScenarioClient(clients, second=clients, run="abroad", today=SystemClock().now().date())
    at_home = {"cell": OTHER, "endpoint": f"{OTHER}.prm.example:443"}
    for method, fields in (
        ("GetPartner", {"id": FOREIGN_ID}),
        ("ApplyPartner", {"kind": "PARTNER_KIND_AGENT", "legal_name": "x", "country": OTHERS_COUNTRY}),
    ):
        refused = await scenario.refused("partners", method, **fields)
        assert (refused.code, refused.reason) == ("FAILED_PRECONDITION", "WRONG_CELL")
        assert at_home.items() <= refused.metadata.items()
