"""Every rendered cell keeps every rule; and of each rule, that it finds the fault in a copy that breaks it."""

import copy
from collections.abc import Callable

import pytest

from tests.deploy import policies
from tests.deploy.manifests import OVERLAYS, Cell, Manifest, dig, is_named, rendered
from tests.deploy.policies import RULES, Rule
from tests.deploy.traffic import traffic

Broken = tuple[Rule, str, Callable[[list[Manifest]], None], str]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("name", OVERLAYS)
def test_every_cell_keeps(name: str, rule: Rule) -> None:
    assert list(rule(rendered(name))) == []


def the(manifests: list[Manifest], kind: str, name: str) -> Manifest:
    [found] = [one for one in manifests if one["kind"] == kind and is_named(one, name)]
    return found


def at(manifest: object, *path: str | int) -> dict[str, object]:
    """The mapping under these keys, to be changed."""
    for step in path:
        manifest = manifest[step]  # type: ignore[index]  # a tree of YAML: wrong steps fail the test that took them
    assert isinstance(manifest, dict)
    return manifest


POD = ("spec", "template", "spec")
BOX = (*POD, "containers", 0)
OWN_KEYS = (*POD, "volumes", 4, "projected", "sources", 1, "secret")


def put(kind: str, name: str, *path: str | int, value: object) -> Callable[[list[Manifest]], None]:
    """A change that sets what is under these keys."""

    def change(manifests: list[Manifest]) -> None:
        *before, last = path
        at(the(manifests, kind, name), *before)[str(last)] = value

    return change


def cut(kind: str, name: str, *path: str | int) -> Callable[[list[Manifest]], None]:
    """A change that removes what is under these keys."""

    def change(manifests: list[Manifest]) -> None:
        *before, last = path
        del at(the(manifests, kind, name), *before)[str(last)]

    return change


def drop(kind: str, name: str) -> Callable[[list[Manifest]], None]:
    return lambda manifests: manifests.remove(the(manifests, kind, name))


def add(**manifest: object) -> Callable[[list[Manifest]], None]:
    return lambda manifests: manifests.append(manifest)


def both(*changes: Callable[[list[Manifest]], None]) -> Callable[[list[Manifest]], None]:
    def change(manifests: list[Manifest]) -> None:
        for one in changes:
            one(manifests)

    return change


def told(kind: str, workload: str, **variable: object) -> Callable[[list[Manifest]], None]:
    """A change that gives a container one variable more."""

    def change(manifests: list[Manifest]) -> None:
        box = at(the(manifests, kind, workload), *BOX)
        box["env"] = [*dig(box, "env", as_=list[object]), variable]

    return change


def policy(name: str, **spec: object) -> Callable[[list[Manifest]], None]:
    return add(
        kind="NetworkPolicy", metadata={"name": name}, spec={"podSelector": {}, "policyTypes": ["Egress"], **spec}
    )


def readers_on(port: int) -> dict[str, object]:
    """An entry of `ingress` that lets the namespaces of readers reach a port."""
    return {
        "from": [{"namespaceSelector": {"matchLabels": {"prm-readers": "true"}}}],
        "ports": [{"port": port, "protocol": "TCP"}],
    }


ANYWHERE = {"to": [{"ipBlock": {"cidr": "0.0.0.0/0"}}], "ports": [{"port": 443, "protocol": "TCP"}]}
GOOGLE = {"to": [{"namespaceSelector": {}}], "ports": [{"port": 443, "protocol": "TCP"}]}
MONGO = {"to": [{"podSelector": {"matchLabels": {"app.kubernetes.io/name": "mongo"}}}]}
LABELS = ("metadata", "labels")
SECURITY = "pod-security.kubernetes.io"


def receivers(**block: object) -> Callable[[list[Manifest]], None]:
    """A change of where webhooks may go."""
    rule = {"to": [{"ipBlock": block}], "ports": [{"port": 443, "protocol": "TCP"}]}
    return put("NetworkPolicy", "receivers", "spec", "egress", value=[rule])


BROKEN: list[Broken] = [
    (policies.pod_security, "no warning", cut("Namespace", "prm", *LABELS, f"{SECURITY}/warn"), "does not warn"),
    (
        policies.pod_security,
        "no version",
        cut("Namespace", "prm", *LABELS, f"{SECURITY}/audit-version"),
        "does not audit",
    ),
    (
        policies.pod_security,
        "baseline",
        put("Namespace", "prm", *LABELS, f"{SECURITY}/enforce", value="baseline"),
        "enforce",
    ),
    (policies.pod_security, "no namespace", drop("Namespace", "prm"), "not one namespace"),
    (
        policies.non_root,
        "root",
        put("Deployment", "deals", *POD, "securityContext", "runAsNonRoot", value=False),
        "deals",
    ),
    (policies.non_root, "user 0", put("StatefulSet", "mongo", *POD, "securityContext", "runAsUser", value=0), "mongo"),
    (policies.non_root, "no seccomp", cut("StatefulSet", "nats", *POD, "securityContext", "seccompProfile"), "nats"),
    (
        policies.non_root,
        "writable root",
        put("Job", "mongo-initiate", *BOX, "securityContext", "readOnlyRootFilesystem", value=False),
        "mongo-initiate",
    ),
    (policies.non_root, "capabilities", cut("Deployment", "orders", *BOX, "securityContext", "capabilities"), "orders"),
    (policies.non_root, "the host's network", put("Deployment", "orders", *POD, "hostNetwork", value=True), "orders"),
    (policies.own_account, "the default account", cut("StatefulSet", "nats", *POD, "serviceAccountName"), "of its own"),
    (
        policies.own_account,
        "another's account",
        put("Deployment", "administrator", *POD, "serviceAccountName", value="deals"),
        "of its own",
    ),
    (policies.own_account, "no such account", drop("ServiceAccount", "tickets"), "tickets"),
    (
        policies.own_account,
        "a token of the account",
        cut("ServiceAccount", "tickets", "automountServiceAccountToken"),
        "its account mounts a token",
    ),
    (
        policies.own_account,
        "a token",
        put("Deployment", "deals", *POD, "automountServiceAccountToken", value=True),
        "deals: mounts a token",
    ),
    (policies.resources, "no request", cut("StatefulSet", "mongo", *BOX, "resources", "requests", "cpu"), "mongo"),
    (policies.resources, "no limit", cut("Deployment", "deals", *BOX, "resources", "limits"), "deals"),
    (policies.probes, "no readiness", cut("StatefulSet", "mongo", *BOX, "readinessProbe"), "mongo"),
    (policies.probes, "no liveness", cut("Deployment", "deals", *BOX, "livenessProbe"), "deals"),
    (policies.digests, "a tag", put("StatefulSet", "nats", *BOX, "image", value="registry.x/nats:2"), "not named"),
    (
        policies.digests,
        "no registry",
        put("StatefulSet", "nats", *BOX, "image", value=f"nats@sha256:{'0' * 64}"),
        "not named",
    ),
    (
        policies.digests,
        "another registry",
        put("StatefulSet", "nats", *BOX, "image", value=f"elsewhere.example/nats@sha256:{'0' * 64}"),
        "images come from",
    ),
    (policies.no_secret_values, "a Secret", add(kind="Secret", metadata={"name": "prm-store"}), "written down"),
    (
        policies.no_secret_values,
        "a variable from a secret",
        told("Deployment", "deals", name="X", valueFrom={"secretKeyRef": {"name": "prm-store", "key": "deals"}}),
        "mount a file",
    ),
    (policies.no_secret_values, "a password", told("Deployment", "deals", name="A_PASSWORD", value="x"), "is no file"),
    (
        policies.no_secret_values,
        "a login",
        told("Deployment", "deals", name="A_URL", value="x://me:pw@host"),
        "password",
    ),
    (
        policies.no_secret_values,
        "a key in a ConfigMap",
        add(kind="ConfigMap", metadata={"name": "x"}, data={"k": "-----BEGIN PRIVATE KEY-----"}),
        "has a key",
    ),
    (
        policies.own_keys,
        "the keys of another service",
        put("Deployment", "deals", *OWN_KEYS, "name", value="prm-keys-orders"),
        "deals: is shown prm-keys, prm-keys-orders",
    ),
    (
        policies.own_keys,
        "the keys of all",
        put("Deployment", "deals", *POD, "volumes", value=[{"name": "x", "secret": {"secretName": "prm-keys-orders"}}]),
        "deals: is shown prm-keys-orders",
    ),
    (
        policies.own_keys,
        "its keys in the folder of another",
        put("Deployment", "deals", *OWN_KEYS, "items", value=[{"key": "signing.json", "path": "orders/signing.json"}]),
        "is not in the folder deals",
    ),
    (
        policies.own_keys,
        "keys in the broker",
        put("StatefulSet", "nats", *POD, "volumes", value=[{"name": "x", "secret": {"secretName": "prm-keys"}}]),
        "nats: is shown prm-keys",
    ),
    (
        policies.is_the_folders_cell,
        "facts of another",
        put("ConfigMap", "cell", "data", "cell.toml", value='[cell]\ncode = "xx"\n'),
        "those of xx",
    ),
    (
        policies.is_the_folders_cell,
        "another PRM_CELL",
        told("Deployment", "deals", name="PRM_CELL", value="xx"),
        "is xx",
    ),
    (
        policies.is_the_folders_cell,
        "another file",
        told("Deployment", "deals", name="PRM_CELL_FILE", value="/etc/prm/cells/de.toml"),
        "another file",
    ),
    (policies.no_count, "a count", put("Deployment", "deals", "spec", "replicas", value=2), "states how many"),
    (
        policies.no_count,
        "one pod",
        put("HorizontalPodAutoscaler", "deals", "spec", "minReplicas", value=1),
        "keeps two",
    ),
    (policies.no_count, "no autoscaler", drop("HorizontalPodAutoscaler", "deals"), "keeps two"),
    (policies.default_deny, "none", drop("NetworkPolicy", "default-deny"), "no policy denies"),
    (
        policies.default_deny,
        "one way only",
        put("NetworkPolicy", "default-deny", "spec", "policyTypes", value=["Ingress"]),
        "no policy denies",
    ),
    (
        policies.from_the_vault,
        "one secret alone",
        add(kind="ExternalSecret", metadata={"name": "x"}, spec={"target": {"name": "x", "deletionPolicy": "Delete"}}),
        "does not bring prm-store",
    ),
    (
        policies.from_the_vault,
        "a secret that nobody needs",
        add(kind="ExternalSecret", metadata={"name": "x"}, spec={"target": {"name": "x", "deletionPolicy": "Delete"}}),
        "asked for x",
    ),
    (
        policies.from_the_vault,
        "a secret that is deleted",
        add(kind="ExternalSecret", metadata={"name": "x"}, spec={"target": {"name": "x", "deletionPolicy": "Delete"}}),
        "x: goes away",
    ),
    (traffic, "the internet", policy("x", egress=[ANYWHERE]), "reach 0.0.0.0/0"),
    (
        traffic,
        "every issuer",
        put("NetworkPolicy", "issuers", "spec", "egress", value=[ANYWHERE]),
        "reach 0.0.0.0/0",
    ),
    (
        traffic,
        "keys from anywhere",
        policy("kms", egress=[ANYWHERE]),
        "reach 0.0.0.0/0",
    ),
    (
        traffic,
        "another port of where the keys are",
        policy(
            "kms",
            egress=[{"to": [{"ipBlock": {"cidr": "198.51.100.9/32"}}], "ports": [{"port": 22, "protocol": "TCP"}]}],
        ),
        "reach 198.51.100.9/32",
    ),
    (traffic, "webhooks into the cluster", receivers(cidr="0.0.0.0/0"), "more than the internet"),
    (
        traffic,
        "webhooks to a private network",
        receivers(cidr="0.0.0.0/0", **{"except": ["10.0.0.0/8", "172.16.0.0/12", "169.254.0.0/16"]}),
        "more than the internet",
    ),
    (traffic, "webhooks to any IPv6 address", receivers(cidr="::/0"), "more than the internet"),
    (traffic, "every namespace", policy("x", egress=[GOOGLE]), "the namespace of anybody"),
    (traffic, "every port", policy("x", egress=[MONGO]), "every port"),
    (traffic, "everybody", policy("x", egress=[{"ports": ANYWHERE["ports"]}]), "every peer"),
    (
        traffic,
        "a namespace lets itself in",
        policy("x", ingress=[{"from": [{"namespaceSelector": {}}], "ports": [{"port": 27017, "protocol": "TCP"}]}]),
        "anybody in",
    ),
    (
        traffic,
        "readers reach the store",
        policy("nats-readers", ingress=[readers_on(27017)]),
        "prm-readers reach port 27017",
    ),
    (traffic, "another policy lets readers in", policy("x", ingress=[readers_on(4222)]), "prm-readers reach port 4222"),
    (
        traffic,
        "the administrator reaches the store",
        both(
            policy("x", egress=[{**MONGO, "ports": [{"port": 27017, "protocol": "TCP"}]}]),
            put("NetworkPolicy", "mongo", "spec", "ingress", 0, "from", value=[{"podSelector": {}}]),
        ),
        "administrator may reach mongo:27017",
    ),
    (traffic, "the store is closed", drop("NetworkPolicy", "mongo"), "deals may not reach mongo:27017"),
    (traffic, "the broker is closed", drop("NetworkPolicy", "nats"), "nats may not reach nats:6222"),
]


@pytest.mark.parametrize(
    ("rule", "change", "said"),
    [(r, c, s) for r, _, c, s in BROKEN],
    ids=[f"{r.__name__}: {w}" for r, w, _, _ in BROKEN],
)
def test_a_copy_that_breaks_a_rule_is_found(rule: Rule, change: Callable[[list[Manifest]], None], said: str) -> None:
    whole = rendered("de")
    manifests = copy.deepcopy(list(whole.manifests))
    change(manifests)
    faults = list(rule(Cell("de", tuple(manifests))))
    assert any(said in one for one in faults), faults


def test_every_rule_is_shown_to_find_something() -> None:
    assert {rule for rule, _, _, _ in BROKEN} == set(RULES)


def test_no_excuse_is_left_that_nothing_needs() -> None:
    assert set(policies.UNPROBED) <= {one.metadata.name for one in rendered("de").workloads}
