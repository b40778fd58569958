"""A cell for a cluster of one node: its manifests as far as this machine can run them, and the secrets that
deploy/README.md lets a person make."""

import copy
from collections.abc import Iterable
from pathlib import Path

from libs.authority import AUTHORITY_FILE, CERTIFICATE_FILE, KEY_FILE, issue_all
from libs.messaging.logins import all_logins, create_passwords
from libs.privacy.keys import create_keys
from services.__main__ import durables
from tests.cluster.kubectl import Kubectl
from tests.cluster.node.beside import STORE
from tests.cluster.node.running import ADDRESS
from tests.deploy.manifests import SERVICES, Cell, Manifest, dig, is_named

CODE = "de"
OPERATOR, BESIDE = "operator", "beside"
PODS = (*SERVICES, "administrator", "gateway")
NATS = ("nats", "nats-0.nats-peers", "nats-1.nats-peers", "nats-2.nats-peers")
CERTIFICATE_DAYS = 2
PROBE_SECONDS = 30
PROBES_THAT_MAY_FAIL = 120
# The store is beside the cluster, so nothing of the cell's own is started.
_LEFT_OUT = {"StatefulSet/mongo", "PodDisruptionBudget/mongo", "Job"}
_STORE_VARIABLES = {"STORE_USER", "PRM_STORE_PASSWORD_FILE", "PRM_STORE_URL"}
_VOLUMES = {"mongo": 0, "nats": 3}


def manifests(cell: Cell, issuers: str) -> list[Manifest]:
    """The manifests of a cell whose store and issuer are beside the cluster."""
    made = []
    for one in copy.deepcopy(cell.manifests):
        kind, name = dig(one, "kind", as_=str), dig(one, "metadata", "name", as_=str)
        if {kind, f"{kind}/{name}"} & _LEFT_OUT:
            continue
        if kind == "Deployment" and name in SERVICES:
            _point_to_the_store(one)
        _give_time(one)
        if kind == "ConfigMap" and is_named(one, "issuers"):
            one["data"] = {"issuers.toml": issuers}
        made.append(one)
    return made


def _point_to_the_store(deployment: Manifest) -> None:
    box = deployment["spec"]["template"]["spec"]["containers"][0]  # type: ignore[index]  # a tree of YAML
    box["env"] = [
        *(one for one in box["env"] if one["name"] not in _STORE_VARIABLES),
        {"name": "PRM_STORE_URL", "value": f"mongodb://{STORE}/?tls=true&tlsCAFile=/etc/prm/trust/ca.crt"},
        {"name": "SSL_CERT_FILE", "value": "/etc/prm/trust/ca.crt"},  # for the keys of the issuer
    ]


def _give_time(one: Manifest) -> None:
    """Let probes take longer than a busy machine of two cores needs for them."""
    if one["kind"] in ("Deployment", "StatefulSet"):
        for box in one["spec"]["template"]["spec"]["containers"]:  # type: ignore[index]  # a tree of YAML
            for name in {"startupProbe", "livenessProbe", "readinessProbe"} & set(box):
                box[name]["timeoutSeconds"] = PROBE_SECONDS
            for name in {"startupProbe", "livenessProbe"} & set(box):
                box[name]["failureThreshold"] = PROBES_THAT_MAY_FAIL


def volumes(folder: Path) -> list[Manifest]:
    """A default class of volumes, and a volume for each node of the broker."""
    storage: Manifest = {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": "local", "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}},
        "provisioner": "kubernetes.io/no-provisioner",
    }
    made = [storage]
    for name, count in _VOLUMES.items():
        for number in range(count):
            path = folder / "volumes" / f"{name}-{number}"
            path.mkdir(parents=True)
            path.chmod(0o777)  # the kubelet changes the owner of no such folder
            spec = {
                "capacity": {"storage": "10Gi"},
                "accessModes": ["ReadWriteOnce"],
                "storageClassName": "local",
                "hostPath": {"path": str(path)},
            }
            metadata = {"name": f"{name}-{number}"}
            made.append({"apiVersion": "v1", "kind": "PersistentVolume", "metadata": metadata, "spec": spec})
    return made


def make_secrets(kubectl: Kubectl, folder: Path) -> Path:
    """Make keys, passwords and certificates, and hand them to the cluster; the folder of certificates."""
    tls, keys, logins = folder / "certificates", folder / "keys", folder / "logins"
    issue_all(tls, [*PODS, OPERATOR, "=".join(NATS), f"{BESIDE}={ADDRESS}"], days=CERTIFICATE_DAYS)
    create_keys(keys, SERVICES)
    create_passwords(logins, [one.name for one in all_logins(CODE, durables())])
    _secret(kubectl, "prm-keys", _files(keys))
    for name in SERVICES:
        _secret(kubectl, f"prm-keys-{name}", _files(keys / name))
    _secret(kubectl, "prm-nats", {path.parent.name: path for path in logins.rglob("*") if path.is_file()})
    _secret(kubectl, "prm-store", dict.fromkeys(SERVICES, logins / "administrator" / "password"))
    for name in (*PODS, "nats"):
        files = {file: tls / name / file for file in (CERTIFICATE_FILE, KEY_FILE, AUTHORITY_FILE)}
        _secret(kubectl, f"prm-tls-{name}", files, "--type=kubernetes.io/tls")
    _create(kubectl, ("configmap", "prm-ca"), {AUTHORITY_FILE: tls / AUTHORITY_FILE})
    return tls


def _files(folder: Path) -> dict[str, Path]:
    return {path.name: path for path in folder.iterdir() if path.is_file()}


def _secret(kubectl: Kubectl, name: str, files: dict[str, Path], *options: str) -> None:
    _create(kubectl, ("secret", "generic", name), files, options)


def _create(kubectl: Kubectl, what: Iterable[str], files: dict[str, Path], options: Iterable[str] = ()) -> None:
    given = [f"--from-file={key}={path}" for key, path in files.items()]
    kubectl.call("create", "--namespace=prm", *what, *given, *options)
