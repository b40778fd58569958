"""The component of the edge, and the hub: TLS on both connections, who may connect, and what a cell gains by it."""

import asyncio
import json
from functools import partial
from pathlib import Path

import pytest
from typer.testing import CliRunner

from libs.messaging.border.names import DIRECTORY, edge_subject
from libs.messaging.jetstream import BROKER_ERRORS, Outgoing
from libs.messaging.logins import ADMINISTRATOR
from services.__main__ import app
from tests.deploy.edge_world import EDGE, SERVICE, EdgeWorld, an_edge_world
from tests.deploy.manifests import CELLS, EVERYTHING, dig, is_named, rendered
from tests.waiting import until

SUBJECT = "partners.organisation.stated"
ANSWER_SECONDS = 3.0
CROSSED_SECONDS = 90.0


async def held(world: EdgeWorld, cell: str) -> int:
    """How many messages of other cells an edge has."""
    async with world.opened(cell, ADMINISTRATOR) as jetstream:
        session = await jetstream.session()
        raw = await session.client.request(f"$JS.API.STREAM.INFO.{DIRECTORY}", b"{}", timeout=ANSWER_SECONDS)
        return int(json.loads(raw.data)["state"]["messages"])


async def has(world: EdgeWorld, cell: str, count: int) -> bool:
    try:
        return await held(world, cell) == count
    except BROKER_ERRORS:
        return False


async def connects(world: EdgeWorld, cell: str, user: str, *, shows: str = "") -> bool:
    """Whether a user of an edge gets a session with the certificate of another."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS), world.opened(cell, user, shows=shows) as jetstream:
            await jetstream.session()
    except (TimeoutError, *BROKER_ERRORS):
        return False
    return True


async def published(world: EdgeWorld, cell: str, id: str) -> None:
    async with world.opened(cell, SERVICE) as jetstream:
        message = Outgoing(edge_subject(cell, SUBJECT), {"Nats-Msg-Id": id}, b"a company")
        assert await (await jetstream.session()).publish([message]) == [""]


async def test_what_a_cell_states_reaches_another_over_tls(tmp_path: Path) -> None:
    async with an_edge_world(tmp_path, "de", "cn") as world:
        await published(world, "de", "1")
        await until(partial(has, world, "cn", 1), within_seconds=CROSSED_SECONDS)


async def test_a_password_with_the_certificate_of_another_is_refused(tmp_path: Path) -> None:
    async with an_edge_world(tmp_path, "de") as world:
        assert await connects(world, "de", SERVICE)
        assert not await connects(world, "de", SERVICE, shows="deals")
        assert not await connects(world, "de", SERVICE, shows=ADMINISTRATOR)
        assert not await connects(world, "de", ADMINISTRATOR, shows=SERVICE)


async def test_the_hub_refuses_a_cell_with_the_certificate_of_another(tmp_path: Path) -> None:
    async with an_edge_world(tmp_path, "de", "cn", shows={"cn": "de"}) as world:
        await published(world, "cn", "1")
        await until(lambda: 'authentication error - User "de"' in world.log("hub"), within_seconds=CROSSED_SECONDS)
        assert await held(world, "de") == 0


def test_the_configuration_of_the_edge_is_what_the_command_prints() -> None:
    done = CliRunner().invoke(app, ["broker", "edge"])
    assert done.exit_code == 0
    assert (EDGE / "border.conf").read_text() == done.stdout, "prm broker edge > deploy/components/edge/border.conf"


def test_the_hub_knows_no_cell_with_a_code_that_no_cell_may_have() -> None:
    for code in ("hub", "DE", "x", "de}"):
        done = CliRunner().invoke(app, ["broker", "hub", "de", code])
        assert done.exit_code != 0
        assert code in done.output


def test_only_the_edge_may_reach_the_hub() -> None:
    policies = rendered(EVERYTHING).of("NetworkPolicy")
    outside = [one for one in policies if "ipBlock" in str(one["spec"]) and "7422" in str(one["spec"])]
    selected = [dig(one, "spec", "podSelector", "matchLabels", as_=dict[str, str]) for one in outside]
    assert selected == [{"app.kubernetes.io/name": "edge"}]


@pytest.mark.parametrize("name", CELLS)
def test_a_cell_without_the_component_knows_of_no_edge(name: str) -> None:
    cell = rendered(name)
    assert not [one for one in cell.workloads if one.metadata.name == "edge"]
    assert not [one for one in cell.of("ConfigMap") if is_named(one, "edge")]
    boxes = [box for one in cell.workloads for box in one.spec.template.spec.containers]
    assert all("PRM_EDGE_URL" not in box.variables for box in boxes)


def test_the_edge_holds_no_password_of_the_cells_own_broker() -> None:
    [edge] = [one for one in rendered(EVERYTHING).workloads if one.metadata.name == "edge"]
    mounted = {one.secret.secret_name for one in edge.spec.template.spec.volumes if one.secret}
    assert mounted == {"prm-tls-edge", "prm-edge", "prm-hub"}
