"""The cell on one machine states the same facts as the cells on clusters and has the same restrictions."""

import re

import pytest
from typer.testing import CliRunner

from libs.facts import Neighbours, read_own_facts
from libs.messaging.address import servers_of
from libs.store.address import check_url
from services.__main__ import app
from tests.deploy.compose import Compose, Mount, composed
from tests.deploy.manifests import CELLS, DEPLOY, SERVICES, base_image, grpc_services, rendered
from tests.deploy.names import hosts_in, not_taken

PORTS = (7400, 7480)
PROJECTS = (("compose.yaml",), ("compose.yaml", "compose.edge.yaml"), ("compose.hub.yaml",))
# One machine has one store and one broker.
OF_A_CLUSTER = {
    "PRM_STORE_URL",
    "PRM_STORE_PASSWORD_FILE",
    "PRM_NATS_URL",
    "PRM_NATS_REPLICAS",
}


@pytest.fixture(scope="module")
def compose() -> Compose:
    return composed("compose.yaml")


def test_the_cell_is_six_services_a_broker_and_a_replica_set(compose: Compose) -> None:
    made = {"keys", "certificates", "logins", "administrator"}
    assert set(compose.services) == {*SERVICES, *made, "nats", "mongo", "mongo-initiate"}
    assert "--replSet=prm" in compose.services["mongo"].command
    assert "jetstream {" in (DEPLOY / "nats.conf").read_text()
    assert all(box.command == (name,) for name, box in compose.ours.items())


def test_no_container_is_root_writes_its_root_or_keeps_a_capability(compose: Compose) -> None:
    for name, box in compose.services.items():
        said = (box.read_only, box.cap_drop, box.security_opt, box.privileged)
        assert said == (True, ("ALL",), ("no-new-privileges:true",), False), name
        assert box.user.partition(":")[0] not in ("", "0", "root")


def test_only_services_publish_ports_each_its_own_and_on_loopback(compose: Compose) -> None:
    published = [port.rpartition(":") for box in compose.ours.values() for port in box.ports]
    assert {inside for _, _, inside in published} == set(map(str, PORTS))
    assert len({outside for outside, _, _ in published}) == len(SERVICES) * len(PORTS)
    assert all(outside.startswith("127.0.0.1:") for outside, _, _ in published)
    assert compose.networks["cell"].internal
    for name in set(compose.services) - set(SERVICES):
        assert (compose.services[name].ports, compose.services[name].networks) == ((), ("cell",))


def test_health_checks_ask_for_services_that_the_protos_define(compose: Compose) -> None:
    asked = {name: box.healthcheck and box.healthcheck.test for name, box in compose.ours.items()}
    assert asked == {name: ("CMD", "prm-health", f"prm.{name}.v1") for name in grpc_services()}


def test_processes_are_told_what_they_are_told_on_a_cluster(compose: Compose) -> None:
    clustered = rendered(CELLS[0]).services
    for name, box in compose.ours.items():
        [container] = clustered[name].spec.template.spec.containers
        told = {key: one.value for key, one in container.variables.items() if key.startswith("PRM_")}
        assert set(box.environment) | OF_A_CLUSTER == set(told)
        assert {key: value for key, value in box.environment.items() if key not in OF_A_CLUSTER} == {
            key: value for key, value in told.items() if key not in OF_A_CLUSTER
        }
        assert tuple(one.container_port for one in container.ports) == PORTS


def test_store_images_are_those_of_a_cluster(compose: Compose) -> None:
    workloads = rendered(CELLS[0]).workloads
    clustered = {re.sub("-[a-z0-9]{10}$", "", one.metadata.name): one.spec.template.spec for one in workloads}
    for name in ("mongo", "mongo-initiate"):
        assert compose.services[name].image == base_image("mongo")
        assert compose.services[name].user.partition(":")[0] == str(clustered[name].security_context.run_as_user)


def test_every_cell_is_known_and_any_can_be_chosen(compose: Compose) -> None:
    for box in compose.ours.values():
        mounted = box.files
        assert mounted.pop(box.environment["PRM_ISSUERS_FILE"]) == "${ISSUERS:-./cells/${CELL:-de}/issuers.toml}"
        assert mounted.pop(box.environment["PRM_DENY_FILE"].rpartition("/")[0]) == "${DENIED:-./denied}"
        own = mounted.pop(box.environment["PRM_CELL_FILE"])
        assert re.sub(r"\$\{CELL:-(\w+)\}", r"\1", own) == "./cells/de/facts/de.toml"
        assert mounted == {box.environment["PRM_CELLS_DIR"]: "./cells"}
    here = read_own_facts(DEPLOY / "cells" / CELLS[0] / "facts" / f"{CELLS[0]}.toml")
    assert {one.code for one in Neighbours(DEPLOY / "cells", here)} == set(CELLS) - {here.code}


def test_everybody_is_given_the_certificate_that_names_him_and_nobody_the_authority(compose: Compose) -> None:
    made = {one.partition("=")[0]: one.split("=") for one in compose.services["certificates"].command}
    for name in (*SERVICES, "administrator", "nats", "mongo"):
        given = [one for one in _mounts(compose, name) if one.source == "certificates"]
        assert all(one.read_only for one in given)
        assert [made[one.volume["subpath"]] for one in given] == [[name]] * len(given)
    for box in compose.ours.values():
        servers_of(box.environment["PRM_NATS_URL"], identity=True)
        check_url(box.environment["PRM_STORE_URL"])
    assert "--tlsMode=requireTLS" in compose.services["mongo"].command
    broker = (DEPLOY / "nats.conf").read_text()
    assert "include tls.conf" in broker
    assert "include users.conf" in broker


def test_each_is_given_its_own_password_for_the_broker(compose: Compose) -> None:
    for name in (*SERVICES, "administrator"):
        [given] = [one for one in _mounts(compose, name) if one.source == "logins"]
        folder = compose.services[name].environment["PRM_NATS_LOGINS_DIR"]
        assert (given.volume, given.target, given.read_only) == ({"subpath": name}, f"{folder}/{name}", True)


def test_each_is_given_its_own_keys(compose: Compose) -> None:
    target = compose.services["keys"].entrypoint[-1]
    for name in SERVICES:
        [given] = [one for one in _mounts(compose, name) if one.source == "keys"]
        folder = compose.services[name].environment["PRM_KEYS_DIR"]
        assert (given.target, given.read_only) == (folder, True)
        assert f"/data/{given.volume['subpath']}" == f"{target}/{name}"


def _mounts(compose: Compose, name: str) -> list[Mount]:
    return list(compose.services[name].mounts)


def test_every_host_of_every_url_is_a_name_of_the_certificate_that_it_meets(compose: Compose) -> None:
    made = {one.split("=")[0]: one.split("=") for one in compose.services["certificates"].command}
    told = [value for box in compose.services.values() for value in box.environment.values()]
    asked = {host for text in told for host in hosts_in(text)}
    assert asked == {"mongo", "nats"}
    for host in asked:
        shown = compose.services[host].mounts
        assert {tuple(not_taken([host], made[one.volume["subpath"]])) for one in shown} == {()}


def by_default(text: str) -> str:
    """A text with the defaults of its variables; they may contain others."""
    while (found := re.sub(r"\$\{\w+:-([^${}]*)\}", r"\1", text)) != text:
        text = found
    return text


@pytest.mark.parametrize("files", PROJECTS)
def test_whoever_and_whatever_a_container_names_is_there(files: tuple[str, ...]) -> None:
    project = composed(*files)
    for name, box in project.services.items():
        assert set(box.depends_on) <= set(project.services), name
        assert set(box.networks) <= set(project.networks), name
        assert {one.source for one in box.mounts} <= set(project.volumes), name
        shown = [by_default(one).split(":")[:2] for one in box.volumes if isinstance(one, str)]
        for source, _ in shown:
            assert (DEPLOY / source).exists() if source.startswith(".") else source in project.volumes, (name, source)
        places = {one.target: "" for one in box.mounts} | {inside: outside for outside, inside in shown}
        for path in (one for one in (*box.entrypoint, *box.command) if re.fullmatch(r"/etc/\S+", one)):
            [inside] = [one for one in places if path == one or path.startswith(f"{one}/")]
            if places[inside].startswith("."):
                assert (DEPLOY / places[inside] / path.removeprefix(inside).lstrip("/")).exists(), (name, path)


@pytest.mark.parametrize("files", PROJECTS)
def test_every_command_of_ours_is_one(files: tuple[str, ...]) -> None:
    for name, box in composed(*files).services.items():
        program, *words = box.entrypoint or ("prm", "run")
        if program == "prm":
            command = [one for one in words if re.fullmatch("[a-z][a-z-]*", one)]
            assert CliRunner().invoke(app, [*command, "--help"]).exit_code == 0, name


def test_no_secret_is_written_down(compose: Compose) -> None:
    for box in compose.services.values():
        assert not any(re.search("PASSWORD|SECRET|TOKEN", name) for name in box.environment)
        assert not any(re.search("//[^/]*@", value) for value in box.environment.values())
