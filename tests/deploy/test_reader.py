"""What the component of a reader adds: an ERP has a login of its own on the broker, and reaches nothing else."""

import pytest

from libs.messaging.events import senders
from libs.messaging.logins import ADMINISTRATOR, ANY_CELL, all_logins, read_readers, users_conf
from services.__main__ import durables
from tests.deploy.manifests import CELLS, DEPLOY, EVERYTHING, Cell, Manifest, dig, is_named, rendered

COMPONENT = DEPLOY / "components" / "reader"
READER = "erp"
POD = {"matchLabels": {"prm-reader": READER}}
BROKER = {"matchLabels": {"app.kubernetes.io/name": "nats"}}
PORTS = [{"protocol": "TCP", "port": 4222}]


@pytest.fixture
def cell() -> Cell:
    """The cell with every component."""
    return rendered(EVERYTHING)


def named(cell: Cell, kind: str, name: str) -> Manifest:
    [found] = [one for one in cell.of(kind) if dig(one, "metadata", "name", as_=str) == name]
    return found


def test_the_broker_knows_the_reader_that_the_file_declares() -> None:
    readers = read_readers(COMPONENT / "readers.toml", senders())
    assert set(readers) == {READER}
    logins = all_logins(ANY_CELL, durables(), readers)
    written = users_conf(logins, lambda user: f"$NATS_PASSWORD_{user.upper()}")
    assert (COMPONENT / "users.conf").read_text() == written, (
        "prm broker users --readers deploy/components/reader/readers.toml > deploy/components/reader/users.conf"
    )


def test_broker_and_administrator_are_shown_the_same_readers(cell: Cell) -> None:
    assert cell.config("nats")["users.conf"] == (COMPONENT / "users.conf").read_text()
    assert cell.config("readers") == {"readers.toml": (COMPONENT / "readers.toml").read_text()}
    assert cell.readers == [READER]
    pod = cell.deployment(ADMINISTRATOR).spec.template.spec
    [box] = pod.containers
    [mounted] = [one.mount_path for one in box.volume_mounts if one.name == "readers"]
    assert box.variables["PRM_READERS_FILE"].value == f"{mounted}/readers.toml"
    [volume] = [one.config_map.name for one in pod.volumes if one.name == "readers" and one.config_map]
    assert is_named(named(cell, "ConfigMap", volume), "readers")


@pytest.mark.parametrize("name", CELLS)
def test_no_cell_has_a_reader_without_the_component(name: str) -> None:
    assert rendered(name).readers == []
    assert f"user: {READER}," not in rendered(name).config("nats")["users.conf"]


def test_the_certificate_of_the_reader_names_the_user_also_where_it_is_made_by_hand(cell: Cell) -> None:
    certificate = named(cell, "Certificate", f"prm-tls-{READER}")
    assert dig(certificate, "spec", "dnsNames", as_=list[str]) == [READER]
    assert dig(certificate, "spec", "secretName", as_=str) == f"prm-tls-{READER}"
    assert f"`prm certificates tls {READER}`" in (COMPONENT / "README.md").read_text()


def test_of_other_pods_only_those_of_the_reader_reach_the_broker(cell: Cell) -> None:
    elsewhere = {"podSelector": POD, "namespaceSelector": {"matchLabels": {"prm-readers": "true"}}}
    assert named(cell, "NetworkPolicy", "nats-readers")["spec"] == {
        "podSelector": BROKER,
        "policyTypes": ["Ingress"],
        "ingress": [{"from": [{"podSelector": POD}, elsewhere], "ports": PORTS}],
    }


def test_a_pod_of_the_reader_reaches_the_broker_and_nothing_else(cell: Cell) -> None:
    assert named(cell, "NetworkPolicy", READER)["spec"] == {
        "podSelector": POD,
        "policyTypes": ["Egress"],
        "egress": [{"to": [{"podSelector": BROKER}], "ports": PORTS}],
    }
