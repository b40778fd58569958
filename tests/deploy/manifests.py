"""The manifests of deploy/, rendered and parsed into types as far as the tests need them."""

import re
import shutil
import tomllib
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import msgspec
import pytest
import yaml
from google.protobuf.descriptor_pb2 import FileDescriptorSet

from services.cells.checking import faults, render

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
CELLS = tuple(sorted(path.name for path in (DEPLOY / "cells").iterdir() if path.is_dir()))
SERVICES = tuple(sorted(path.parent.name for path in (ROOT / "services").glob("*/service.py")))
EVERYTHING = "everything"
OVERLAYS = (*CELLS, EVERYTHING)
"""What is rendered: every cell, and the first one with every component."""
SIZES = ("large", "medium", "small")
AFTER_THE_SIZE = {"autoscaling", "new-authority/switch"}
"""Components that change what `tls` or the size has said."""

Manifest = dict[str, object]
T = TypeVar("T")


class _Read(msgspec.Struct, frozen=True, rename="camel"):
    """Base of the parsed types: fields that a type does not name are ignored."""


class Meta(_Read, frozen=True):
    name: str
    namespace: str = ""
    labels: dict[str, str] = {}


class Reference(_Read, frozen=True):
    name: str
    key: str = ""


class ValueFrom(_Read, frozen=True):
    secret_key_ref: Reference | None = None


class Variable(_Read, frozen=True):
    name: str
    value: str = ""
    value_from: ValueFrom = ValueFrom()


class Command(_Read, frozen=True):
    command: tuple[str, ...] = ()


class Http(_Read, frozen=True):
    scheme: str = "HTTP"


class Socket(_Read, frozen=True):
    port: str


class Probe(_Read, frozen=True):
    exec: Command = Command()
    http_get: Http | None = None
    tcp_socket: Socket | None = None

    @property
    def asks(self) -> bool:
        """Whether the probe is there."""
        return bool(self.exec.command or self.http_get or self.tcp_socket)


class Sleep(_Read, frozen=True):
    seconds: int = 0


class Hook(_Read, frozen=True):
    sleep: Sleep = Sleep()


class Lifecycle(_Read, frozen=True):
    pre_stop: Hook = Hook()


class Port(_Read, frozen=True):
    container_port: int
    name: str


class Seccomp(_Read, frozen=True):
    type: str


class Security(_Read, frozen=True):
    """The security context of a pod or a container; None where the manifest does not set a field."""

    run_as_non_root: bool | None = None
    run_as_user: int | None = None
    seccomp_profile: Seccomp | None = None
    allow_privilege_escalation: bool | None = None
    read_only_root_filesystem: bool | None = None
    privileged: bool | None = None
    capabilities: dict[str, list[str]] | None = None


class Mount(_Read, frozen=True):
    name: str
    mount_path: str


class Container(_Read, frozen=True):
    name: str
    image: str
    command: tuple[str, ...] = ()
    args: tuple[str, ...] = ()
    env: tuple[Variable, ...] = ()
    ports: tuple[Port, ...] = ()
    volume_mounts: tuple[Mount, ...] = ()
    resources: dict[str, dict[str, str]] = {}
    security_context: Security = Security()
    startup_probe: Probe = Probe()
    liveness_probe: Probe = Probe()
    readiness_probe: Probe = Probe()
    lifecycle: Lifecycle = Lifecycle()

    @property
    def variables(self) -> dict[str, Variable]:
        """The environment variables by name."""
        return {one.name: one for one in self.env}


class Item(_Read, frozen=True):
    key: str
    path: str


class SecretVolume(_Read, frozen=True):
    secret_name: str
    items: tuple[Item, ...] = ()


class SecretSource(_Read, frozen=True):
    name: str
    items: tuple[Item, ...] = ()
    optional: bool = False


class Source(_Read, frozen=True):
    secret: SecretSource | None = None


class Projected(_Read, frozen=True):
    sources: tuple[Source, ...] = ()


class Volume(_Read, frozen=True):
    name: str
    config_map: Reference | None = None
    secret: SecretVolume | None = None
    projected: Projected | None = None

    @property
    def secrets(self) -> tuple[SecretSource, ...]:
        """Every secret that it shows, alone or beside others."""
        alone = (SecretSource(self.secret.secret_name, self.secret.items),) if self.secret else ()
        beside = self.projected.sources if self.projected else ()
        return (*alone, *(one.secret for one in beside if one.secret))


class Pod(_Read, frozen=True):
    containers: tuple[Container, ...]
    init_containers: tuple[Container, ...] = ()
    security_context: Security = Security()
    service_account_name: str = ""
    automount_service_account_token: bool = True
    enable_service_links: bool = True
    host_network: bool = False
    termination_grace_period_seconds: int = 30
    volumes: tuple[Volume, ...] = ()


class Template(_Read, frozen=True):
    metadata: dict[str, dict[str, str]]
    spec: Pod


class WorkloadSpec(_Read, frozen=True):
    template: Template
    replicas: int | None = None
    selector: dict[str, dict[str, str]] = {}


class Workload(_Read, frozen=True):
    """A Deployment, StatefulSet or Job; or a CronJob, with the template of its jobs."""

    kind: str
    metadata: Meta
    spec: WorkloadSpec


class Cell:
    """The resources of a cell's folder, as a cluster would receive them."""

    def __init__(self, name: str, manifests: tuple[Manifest, ...]) -> None:
        self.name = name
        self.manifests = manifests

    def of(self, *kinds: str) -> list[Manifest]:
        """The manifests of these kinds."""
        return [one for one in self.manifests if one["kind"] in kinds]

    @property
    def workloads(self) -> list[Workload]:
        """Every resource that runs containers."""
        scheduled = [{**one, **dig(one, "spec", "jobTemplate", as_=Manifest)} for one in self.of("CronJob")]
        return msgspec.convert(
            [*self.of("Deployment", "StatefulSet", "Job", "DaemonSet", "Pod"), *scheduled], list[Workload]
        )

    @property
    def services(self) -> dict[str, Workload]:
        """Our six services by name."""
        return {name: self.deployment(name) for name in SERVICES}

    def deployment(self, name: str) -> Workload:
        """The deployment with this name."""
        [found] = [one for one in self.workloads if one.kind == "Deployment" and one.metadata.name == name]
        return found

    @property
    def readers(self) -> list[str]:
        """The names of the readers that the administrator is told of; none without the component."""
        return [
            name
            for one in self.of("ConfigMap")
            if is_named(one, "readers")
            for name in tomllib.loads(dig(one, "data", "readers.toml", as_=str))
        ]

    def config(self, prefix: str) -> dict[str, str]:
        """The data of the only ConfigMap of this name, with or without a hash behind it."""
        found = [one for one in self.of("ConfigMap") if is_named(one, prefix)]
        assert len(found) == 1, prefix
        return dig(found[0], "data", as_=dict[str, str])


def dig(manifest: object, *path: str | int, as_: type[T]) -> T:
    """The value under these keys; ValidationError if it is not of the type."""
    for step in path:
        manifest = manifest[step]  # type: ignore[index]  # a tree of YAML: wrong steps fail the test that took them
    return msgspec.convert(manifest, as_)


def is_named(manifest: Manifest, name: str) -> bool:
    """Whether this is its name, with or without a hash behind it."""
    return bool(re.fullmatch(rf"{name}(-[a-z0-9]{{10}})?", dig(manifest, "metadata", "name", as_=str)))


@cache
def rendered(name: str) -> Cell:
    """A cell, or EVERYTHING, as `prm cell render` prints it; skips the test if there is no kubectl."""
    if name != EVERYTHING:
        return render_cell(DEPLOY, name)
    with TemporaryDirectory() as folder:
        deploy = Path(folder) / "deploy"
        shutil.copytree(DEPLOY, deploy)
        include(deploy, CELLS[0], *components(deploy), size="large")
        return render_cell(deploy, CELLS[0])


def render_cell(deploy: Path, code: str) -> Cell:
    """The folder of a cell of this deploy folder, rendered; the test fails if its facts are wrong."""
    if shutil.which("kubectl") is None:
        pytest.skip("kubectl is not installed")
    assert faults(deploy, [code]) == []
    done = render(deploy, code)
    assert done.returncode == 0, done.stderr
    assert "deprecated" not in done.stderr
    return Cell(code, tuple(yaml.load_all(done.stdout, yaml.CSafeLoader)))


def base_image(name: str) -> str:
    """The image of the store or the broker with its version, as the base has it; a cell names the digest."""
    manifest = yaml.safe_load((DEPLOY / "base" / name / "statefulset.yaml").read_text())
    return dig(manifest, "spec", "template", "spec", "containers", 0, "image", as_=str)


def components(deploy: Path) -> list[str]:
    """The names of all components that no cell must have: `zones`, `new-authority/switch`."""
    folder = deploy / "components"
    found = sorted(str(one.parent.relative_to(folder)) for one in folder.rglob("kustomization.yaml"))
    return [one for one in found if one not in {"naming", "tls", *SIZES}]


def include(deploy: Path, code: str, *names: str, size: str = "small") -> None:
    """Let a cell of this deploy folder include these components, in the order that their READMEs ask for."""
    path = deploy / "cells" / code / "kustomization.yaml"
    manifest = yaml.safe_load(path.read_text())
    before, after = (sorted(set(names) - AFTER_THE_SIZE), sorted(set(names) & AFTER_THE_SIZE))
    listed = [f"../../components/{one}" for one in (*before, "tls", size, *after)]
    manifest["components"] = ["../../base/directory", *listed, "release", "../../components/naming"]
    path.write_text(yaml.safe_dump(manifest))


@cache
def grpc_services() -> dict[str, frozenset[str]]:
    """The full names of the gRPC services of each of our packages, by the name of the service, read from the
    descriptors."""
    image = FileDescriptorSet.FromString((ROOT / "libs" / "pb" / "image.binpb").read_bytes())
    full = [
        f"{file.package}.{one.name}" for file in image.file for one in file.service if file.package.startswith("prm.")
    ]
    return {
        name: frozenset(one for one in full if one.split(".")[1] == name)
        for name in {one.split(".")[1] for one in full}
    }
