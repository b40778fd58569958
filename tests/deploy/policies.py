"""The rules that every rendered cell must keep. Each is a function from a cell to its faults, so that a test can show
that it finds the fault in a cell that breaks it."""

import re
import tomllib
from collections.abc import Callable, Iterator

from tests.deploy.manifests import Cell, Container, Workload, dig
from tests.deploy.traffic import traffic

Rule = Callable[[Cell], Iterator[str]]

_LABEL = "pod-security.kubernetes.io"
RESTRICTED = ("enforce", "warn", "audit")
# Workloads without probes, and why.
UNPROBED = {"administrator": "it serves nobody, and ends when it fails"}
_DIGEST = re.compile(r"(?P<registry>[\w.-]+(:\d+)?)/[\w./-]+@sha256:[0-9a-f]{64}")
_SECRET = re.compile("PASSWORD|SECRET|TOKEN|KEYFILE")
_KEYS = "prm-keys"
_BACKUP = "backup"
_MADE_BY_CERT_MANAGER = "prm-tls-"
_PATH = re.compile(r"/[\w./-]+")


def containers(cell: Cell) -> Iterator[tuple[str, Workload, Container]]:
    """Each container, with how faults name it."""
    for one in cell.workloads:
        pod = one.spec.template.spec
        for box in (*pod.containers, *pod.init_containers):
            yield f"{one.kind} {one.metadata.name}, container {box.name}", one, box


def pod_security(cell: Cell) -> Iterator[str]:
    """The namespace forbids, warns of and records pods that are not restricted, each by the rules of a version."""
    for namespace in cell.of("Namespace"):
        labels = dig(namespace, "metadata", "labels", as_=dict[str, str])
        for mode in RESTRICTED:
            said = (
                labels.get(f"pod-security.kubernetes.io/{mode}"),
                labels.get(f"pod-security.kubernetes.io/{mode}-version"),
            )
            if said[0] != "restricted" or not re.fullmatch(r"v1\.\d+", said[1] or ""):
                yield f"the namespace does not {mode} `restricted` of a version"
    if len(cell.of("Namespace")) != 1:
        yield "there is not one namespace"


def non_root(cell: Cell) -> Iterator[str]:
    """No container is root, writes its root or keeps a capability."""
    for name, workload, box in containers(cell):
        pod, own = workload.spec.template.spec, box.security_context
        kept = (
            pod.security_context.run_as_non_root is True,
            bool(pod.security_context.run_as_user),
            (pod.security_context.seccomp_profile and pod.security_context.seccomp_profile.type) == "RuntimeDefault",
            own.read_only_root_filesystem is True,
            own.allow_privilege_escalation is False,
            own.capabilities == {"drop": ["ALL"]},
            not own.privileged,
            not pod.host_network,
            not pod.enable_service_links,
        )
        if not all(kept):
            yield f"{name}: is not restricted"


def own_account(cell: Cell) -> Iterator[str]:
    """Every workload has an account of its own, and no token of it."""
    accounts = {dig(one, "metadata", "name", as_=str): one for one in cell.of("ServiceAccount")}
    used = [one.spec.template.spec.service_account_name for one in cell.workloads]
    for one in cell.workloads:
        account = one.spec.template.spec.service_account_name
        if account not in accounts or used.count(account) > 1:
            yield f"{one.metadata.name}: has no account of its own"
        elif accounts[account].get("automountServiceAccountToken") is not False:
            yield f"{one.metadata.name}: its account mounts a token"
        if one.spec.template.spec.automount_service_account_token:
            yield f"{one.metadata.name}: mounts a token"


def resources(cell: Cell) -> Iterator[str]:
    """Every container says what it needs and what it may take."""
    for name, _, box in containers(cell):
        if set(box.resources.get("requests", {})) != {"cpu", "memory"} or "memory" not in box.resources.get(
            "limits", {}
        ):
            yield f"{name}: does not say what it needs and what it may take"


def probes(cell: Cell) -> Iterator[str]:
    """Whatever serves others is asked whether it lives and whether it is ready."""
    for name, workload, box in containers(cell):
        if workload.kind in ("Job", "CronJob") or workload.metadata.name in UNPROBED:
            continue
        if not (box.liveness_probe.asks and box.readiness_probe.asks):
            yield f"{name}: is not asked whether it lives and is ready"


def digests(cell: Cell) -> Iterator[str]:
    """Every image comes from the registry of the cell, and is named by its digest."""
    registries = set()
    for name, _, box in containers(cell):
        found = _DIGEST.fullmatch(box.image)
        if found is None:
            yield f"{name}: {box.image} is not named by its registry and digest"
        else:
            registries.add(found["registry"])
    if len(registries) > 1:
        yield f"images come from {', '.join(sorted(registries))}"


def no_secret_values(cell: Cell) -> Iterator[str]:
    """Secrets are mounted; no manifest, variable or URL has the value of one."""
    for one in cell.of("Secret"):
        yield f"Secret {dig(one, 'metadata', 'name', as_=str)} is written down"
    for name, _, box in containers(cell):
        for variable in box.env:
            if variable.value_from.secret_key_ref:
                yield f"{name}: {variable.name} is a secret in the environment; mount a file"
            if _SECRET.search(variable.name) and not _PATH.fullmatch(variable.value):
                yield f"{name}: {variable.name} is no file"
            if any(":" in login for login in re.findall(r"//([^/@]*)@", variable.value)):
                yield f"{name}: {variable.name} has a password"
        if any(re.search(r"-----BEGIN [A-Z ]*PRIVATE KEY", text) for text in (*box.command, *box.args)):
            yield f"{name}: has a key in its command"
    for one in cell.of("ConfigMap"):
        if any("PRIVATE KEY-----" in text for text in dig(one, "data", as_=dict[str, str]).values()):
            yield f"ConfigMap {dig(one, 'metadata', 'name', as_=str)} has a key"


def is_the_folders_cell(cell: Cell) -> Iterator[str]:
    """A process reads the facts of the cell whose folder this is, and no variable says otherwise."""
    code = tomllib.loads(cell.config("cell")["cell.toml"])["cell"]["code"]
    if code != cell.name:
        yield f"the facts are those of {code}, and the folder is that of {cell.name}"
    for name, _, box in containers(cell):
        for variable in box.env:
            if variable.name == "PRM_CELL" and variable.value != cell.name:
                yield f"{name}: PRM_CELL is {variable.value}"
        if any(one.name == "PRM_CELL_FILE" and one.value != "/etc/prm/cell/cell.toml" for one in box.env):
            yield f"{name}: reads the facts of another file"


def no_count(cell: Cell) -> Iterator[str]:
    """No deployment states how many pods it has: an apply would undo what was scaled."""
    scaled = {
        dig(one, "spec", "scaleTargetRef", "name", as_=str): dig(one, "spec", "minReplicas", as_=int)
        for one in cell.of("HorizontalPodAutoscaler")
    }
    for one in cell.workloads:
        if one.kind == "Deployment" and one.spec.replicas is not None:
            yield f"{one.metadata.name}: states how many pods it has"
    for name in cell.services:
        if scaled.get(name, 0) < 2:
            yield f"{name}: nothing keeps two pods of it"


def default_deny(cell: Cell) -> Iterator[str]:
    """Traffic that no policy allows is refused, both ways, for every pod."""
    wanted: dict[str, object] = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    if not any(one["spec"] == wanted for one in cell.of("NetworkPolicy")):
        yield "no policy denies what none allows"


def own_keys(cell: Cell) -> Iterator[str]:
    """A service is shown the keys that all share and its own, and the job of backups those of everybody; nobody else is
    shown any."""
    for one in cell.workloads:
        name, pod = one.metadata.name, one.spec.template.spec
        shown = [each for volume in pod.volumes for each in volume.secrets if each.name.startswith(_KEYS)]
        owners = [*cell.services, name] if name == _BACKUP else [name] if name in cell.services else []
        wanted = sorted([_KEYS, *(f"{_KEYS}-{owner}" for owner in owners)]) if owners else []
        if sorted(each.name for each in shown) != wanted:
            yield f"{name}: is shown {', '.join(each.name for each in shown) or 'no keys'}"
        for each in (own for own in shown if own.name != _KEYS):
            owner = each.name.removeprefix(f"{_KEYS}-")
            if not each.items or any(item.path != f"{owner}/{item.key}" for item in each.items):
                yield f"{name}: {each.name} is not in the folder {owner}"


def from_the_vault(cell: Cell) -> Iterator[str]:
    """A cell with a vault takes from it every secret that a person would make otherwise, and no other. A vault that is
    away, or a component that is taken out, does not take them with it."""
    brought = {dig(one, "spec", "target", "name", as_=str): one for one in cell.of("ExternalSecret")}
    if not brought:
        return
    [gateway] = cell.of("Gateway")
    shown = {
        one.name for each in cell.workloads for volume in each.spec.template.spec.volumes for one in volume.secrets
    }
    shown |= {dig(gateway, "spec", "listeners", 0, "tls", "certificateRefs", 0, "name", as_=str)}
    wanted = {name for name in shown if not name.startswith(_MADE_BY_CERT_MANAGER)}
    yield from (f"the vault does not bring {name}" for name in sorted(wanted - set(brought)))
    yield from (f"the vault is asked for {name}, which nobody is shown" for name in sorted(set(brought) - wanted))
    for name, one in brought.items():
        if dig(one, "spec", "target", "deletionPolicy", as_=str) != "Retain":
            yield f"{name}: goes away with the vault"


RULES: tuple[Rule, ...] = (
    pod_security,
    non_root,
    own_account,
    resources,
    probes,
    digests,
    no_secret_values,
    own_keys,
    is_the_folders_cell,
    no_count,
    default_deny,
    from_the_vault,
    traffic,
)
