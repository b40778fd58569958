"""The image of the Dockerfile runs a cell: five restricted containers, a broker and a store beside them."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from libs.authority import AUTHORITY_FILE, CERTIFICATE_FILE, KEY_FILE, Authority
from libs.clock import SystemClock
from libs.messaging.logins import ADMINISTRATOR, all_logins, create_passwords
from libs.privacy.keys import create_keys
from libs.rpc.client import Client
from libs.tls import Identity
from services.__main__ import durables
from services.demo.scenario import SERVICES, ScenarioClient
from services.demo.story import STEPS, play
from tests.deploy import containers
from tests.deploy.containers import KEYS_URL, Mounted, Running
from tests.deploy.manifests import rendered
from tests.issuers import FakeIssuer, fake_issuer

READY_SECONDS = 90
OPERATOR = "operator"
CELL, OTHER, OTHERS_COUNTRY = "de", "cn", "CN"
USER = 10001
FOREIGN_ID = f"ptn_{OTHER}_01jz8c0000000000000000000a"

# One worker runs all of these tests: the image is built once, and a small machine cannot run two cells at a time.
pytestmark = [
    pytest.mark.xdist_group("containers"),
    pytest.mark.skipif(containers.missing() != "", reason=containers.missing()),
]


class Whole(NamedTuple):
    """The containers, the issuer of the tokens for calls, and the certificate that an operator needs to connect."""

    running: Running
    issuer: FakeIssuer
    operator: Path

    @asynccontextmanager
    async def clients(self, subject: str = "first") -> AsyncIterator[dict[str, Client]]:
        """A client of an administrator for each published port."""
        late = SystemClock().now() + timedelta(hours=1)
        token = self.issuer.token("administrator", sub=subject, exp=int(late.timestamp()))
        shown = Identity(*(self.operator / name for name in (CERTIFICATE_FILE, KEY_FILE, AUTHORITY_FILE)))
        async with AsyncExitStack() as stack:
            yield {
                name: await stack.enter_async_context(Client(at, token=token, identity=shown, known_as=name))
                for name, at in self.running.addresses.items()
            }


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    """A cell `de` of containers in which every service is ready."""
    containers.build()
    folder = tmp_path_factory.mktemp("cell")
    mounted = Mounted(*(folder / name for name in Mounted._fields))
    mounted.cells.mkdir()
    for name, text in rendered(CELL).config("cells").items():
        (mounted.cells / name).write_text(text)
    create_keys(mounted.keys)
    now = SystemClock().now()
    authority = Authority.create("cell", now)
    for name in (*SERVICES, ADMINISTRATOR, "nats", OPERATOR):
        authority.keep(authority.issue([name, "127.0.0.1"], now), mounted.tls / name)
    create_passwords(mounted.logins, [one.name for one in all_logins(CELL, durables())])
    mounted.issuers.mkdir()
    with fake_issuer() as issuer:
        issuer.write_file(mounted.issuers, jwks_url=KEYS_URL)
        (mounted.issuers / "keys.json").write_bytes(msgspec.json.encode({"keys": [issuer.public("first")]}))
        for path in (
            mounted.keys,
            *mounted.keys.iterdir(),
            *mounted.tls.rglob("*"),
            mounted.logins,
            *mounted.logins.rglob("*"),
        ):
            os.chown(path, USER, USER)
        with containers.cell(folder, mounted) as cell:
            whole = Whole(cell, issuer, mounted.tls / OPERATOR)
            asyncio.run(_all_ready(whole))
            yield whole


@pytest.fixture
async def clients(whole: Whole) -> AsyncIterator[dict[str, Client]]:
    """A client for each published port."""
    async with whole.clients() as found:
        yield found


@pytest.fixture
def running(whole: Whole) -> Running:
    """The containers of the cell."""
    return whole.running


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
        assert running.inside(name, "prm-health", SERVICES[name]) == ""
    assert running.inside("deals", "prm-health", SERVICES["orders"]) == "NOT_FOUND"


async def test_an_issuer_elsewhere_can_be_known_by_its_certificate(running: Running) -> None:
    count = "import ssl; print(len(ssl.create_default_context().get_ca_certs()))"
    assert int(running.inside("deals", "python", "-c", count)) > 0


async def test_a_published_port_answers_nobody_without_a_certificate(running: Running) -> None:
    for address in running.addresses.values():
        async with Client(address) as stranger:
            assert await stranger.health() == "UNREACHABLE"


async def test_a_deal_lives_through_the_published_ports_across_a_restart(
    whole: Whole, clients: dict[str, Client]
) -> None:
    async with whole.clients("second") as second:
        scenario = ScenarioClient(clients, second=second, run="containers", today=SystemClock().now().date())
        half = len(STEPS) // 2
        await play(scenario, STEPS[:half])
        whole.running.restart("orders")
        await _ready(whole.running, clients, "orders")
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


async def _all_ready(whole: Whole) -> None:
    async with whole.clients() as clients:
        for name in clients:
            await _ready(whole.running, clients, name)


async def _ready(running: Running, clients: dict[str, Client], name: str) -> None:
    try:
        await clients[name].ready(SERVICES[name], within_seconds=READY_SECONDS)
    except TimeoutError:
        pytest.fail(f"{name} is not ready; it said:\n{running.logs(name)[-4000:]}")
