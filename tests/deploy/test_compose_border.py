"""Two cells and a hub by compose files: the same processes, settings and restrictions as on a cluster."""

import re

import pytest

from libs.messaging.logins import ADMINISTRATOR
from services.broker.border import HUB_FILES
from tests.deploy.additions import EDGE
from tests.deploy.compose import Box, Compose, composed
from tests.deploy.manifests import DEPLOY, EVERYTHING, Container, rendered
from tests.deploy.names import hosts_in

HUB = "hub"
CODE = "${CELL:-de}"
CELLS = ("${FIRST:-de}", "${SECOND:-cn}")
AT_EDGE = ("partners", ADMINISTRATOR)


@pytest.fixture(scope="module")
def hub() -> Compose:
    return composed("compose.hub.yaml")


@pytest.fixture(scope="module")
def cell() -> Compose:
    return composed("compose.yaml", "compose.edge.yaml")


def clustered(name: str) -> Container:
    """The container of a workload on a cluster."""
    [found] = [one for one in rendered(EVERYTHING).workloads if one.metadata.name == name]
    return found.spec.template.spec.containers[0]


def given(box: Box, target: str) -> tuple[str, str]:
    """The volume and the part of it that a container is shown at a place."""
    [found] = [one for one in box.mounts if one.target == target]
    assert found.read_only
    return found.source, found.volume["subpath"]


def test_no_container_is_root_writes_its_root_or_keeps_a_capability(hub: Compose, cell: Compose) -> None:
    for name, box in (*hub.services.items(), *cell.services.items()):
        said = (box.read_only, box.cap_drop, box.security_opt, box.privileged)
        assert said == (True, ("ALL",), ("no-new-privileges:true",), False), name
        assert box.user.partition(":")[0] not in ("", "0", "root")


def test_of_a_cell_only_the_edge_is_on_the_network_of_the_hub(hub: Compose, cell: Compose) -> None:
    assert {name for name, box in cell.services.items() if "border" in box.networks} == {EDGE}
    assert {box.networks for box in hub.services.values()} == {("border",)}
    assert hub.networks["border"].internal
    assert (hub.networks["border"].name, cell.networks["border"].name) == ("prm-border",) * 2
    assert cell.networks["border"].external


def test_nothing_new_publishes_a_port_and_two_cells_share_none(hub: Compose, cell: Compose) -> None:
    assert not [box.ports for box in hub.services.values() if box.ports]
    assert cell.services[EDGE].ports == ()
    published = {name: box.ports for name, box in cell.services.items() if box.ports}
    assert published == {name: box.ports for name, box in composed("compose.yaml").ours.items()}
    assert all("${PORTS:-74}" in port for ports in published.values() for port in ports)


def test_the_edge_starts_as_on_a_cluster(cell: Compose) -> None:
    box, pod = cell.services[EDGE], clustered(EDGE)
    assert box.entrypoint == pod.command
    assert (box.environment["HUB"], box.environment["NATS_LOGINS"]) == (f"{HUB}:7422", "/etc/nats-passwords")
    assert set(box.environment) - {"HUB_FILES"} == {one.name for one in pod.env}
    assert "HUB_FILES" in (DEPLOY / "components" / EDGE / "start-edge.sh").read_text()


def test_the_edge_shows_each_side_the_certificate_that_it_expects(hub: Compose, cell: Compose) -> None:
    box = cell.services[EDGE]
    assert given(box, "/etc/nats-tls") == given(box, "/etc/nats-trust") == ("certificates", EDGE)
    assert given(box, HUB_FILES) == ("hub-certificates", CODE)
    assert given(box, box.environment["HUB_FILES"]) == ("hub-logins", CODE)
    for name in ("certificates", "logins"):
        assert hub.volumes[name].name == cell.volumes[f"hub-{name}"].name
        assert cell.volumes[f"hub-{name}"].external
    assert cell.services["certificates"].command == (*composed("compose.yaml").services["certificates"].command, EDGE)


def test_who_has_a_user_of_the_edge_is_told_so_and_nobody_else(cell: Compose) -> None:
    told = {
        name: {key: value for key, value in box.environment.items() if key.startswith("PRM_EDGE")}
        for name, box in cell.services.items()
    }
    assert {name for name, one in told.items() if one} == set(AT_EDGE)
    for name in AT_EDGE:
        pod = clustered(name)
        assert told[name] == {key: one.value for key, one in pod.variables.items() if key.startswith("PRM_EDGE")}
        assert given(cell.services[name], f"{told[name]['PRM_EDGE_LOGINS_DIR']}/{name}") == ("edge-logins", name)
        assert hosts_in(told[name]["PRM_EDGE_URL"]) == [EDGE]


def test_the_hub_knows_two_cells_and_shows_its_own_certificate(hub: Compose) -> None:
    assert hub.services["certificates"].command == (HUB, ADMINISTRATOR, *CELLS)
    for name in ("logins", "configuration", ADMINISTRATOR):
        assert hub.services[name].command == CELLS
    assert given(hub.services[HUB], HUB_FILES) == ("certificates", HUB)
    assert given(hub.services[ADMINISTRATOR], "/etc/prm/tls") == ("certificates", ADMINISTRATOR)
    assert hosts_in(hub.services[ADMINISTRATOR].environment["PRM_NATS_URL"]) == [HUB]


def test_no_secret_is_written_down(hub: Compose, cell: Compose) -> None:
    for box in (*hub.services.values(), *cell.services.values()):
        assert not any(re.search("PASSWORD|SECRET|TOKEN", name) for name in box.environment)
