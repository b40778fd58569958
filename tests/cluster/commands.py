"""Builds the commands of a cluster and fetches the definitions of resources, once, into a cache folder.

`python -m tests.cluster.commands` does it; later runs find everything there. The versions stand in `tools/go.mod` and
`crds.toml`; a change of either makes another folder.
"""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from hashlib import sha256
from pathlib import Path

import msgspec

HERE = Path(__file__).parent
TOOLS = HERE / "tools"
DNS = TOOLS / "dns"
# The package of each command, and the folder of the module that names its version.
PACKAGES = {
    "etcd": ("go.etcd.io/etcd/server/v3", TOOLS),
    **{
        name: (f"k8s.io/kubernetes/cmd/{name}", TOOLS)
        for name in ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy")
    },
    "dns": (".", DNS),
}
BUILD_SECONDS = 3 * 3600
FETCH_SECONDS = 600
_DONE = "crds.done"


class Module(msgspec.Struct, frozen=True):
    """A Go module with definitions of resources in one of its folders. sum: its checksum, as `go.sum` has it."""

    module: str
    version: str
    folder: str
    sum: str


class Absent(msgspec.Struct, frozen=True):
    """A kind whose definition could not be had, and why."""

    kind: str
    why: str


class Definitions(msgspec.Struct, frozen=True):
    """What crds.toml says."""

    served: tuple[Module, ...]
    absent: tuple[Absent, ...]


def definitions() -> Definitions:
    """What crds.toml says."""
    return msgspec.convert(tomllib.loads((HERE / "crds.toml").read_text()), Definitions)


def kubernetes_version() -> str:
    """The version that `tools/go.mod` requires: v1.35.4."""
    [found] = re.findall(r"^\s+k8s\.io/kubernetes (v\S+)", (TOOLS / "go.mod").read_text(), re.MULTILINE)
    return str(found)


def folder() -> Path:
    """Where the commands lie, and the definitions in `crds`. PRM_TEST_CLUSTER_DIR names another place than the user's
    cache."""
    given = os.environ.get("PRM_TEST_CLUSTER_DIR") or Path.home() / ".cache" / "prm-cluster"
    read = (*(where / name for where in (TOOLS, DNS) for name in ("go.mod", "go.sum")), HERE / "crds.toml")
    digest = sha256(b"".join(path.read_bytes() for path in read)).hexdigest()[:8]
    return Path(given) / f"{kubernetes_version()}-{digest}"


def unbuilt(*names: str) -> list[str]:
    """What is not in the folder yet, of these commands and the definitions."""
    return [one for one in (*names, _DONE) if not (folder() / one).exists()]


def build() -> None:
    """Build what is not there. FileNotFoundError if there is no Go; CalledProcessError if it cannot build or fetch."""
    folder().mkdir(parents=True, exist_ok=True)
    if unbuilt():
        for one in definitions().served:
            _fetch(one)
        (folder() / _DONE).touch()
    for name in PACKAGES:
        if unbuilt(name):
            sys.stdout.write(f"building {name} in {folder()}\n")
            sys.stdout.flush()
            _build(name)


def _build(name: str) -> None:
    version = kubernetes_version()
    major, minor, _ = version.removeprefix("v").split(".")
    said = {"gitVersion": version, "gitMajor": major, "gitMinor": minor}
    flags = " ".join(["-s -w", *(f"-X k8s.io/component-base/version.{key}={value}" for key, value in said.items())])
    package, where = PACKAGES[name]
    made = folder() / f"{name}.part"
    subprocess.run(
        ["go", "build", "-trimpath", "-ldflags", flags, "-o", str(made), package],
        check=True,
        cwd=where,
        env={**os.environ, "CGO_ENABLED": "0"},
        timeout=BUILD_SECONDS,
    )
    made.rename(folder() / name)


def _fetch(one: Module) -> None:
    """Copy the definitions of a module."""
    done = subprocess.run(
        ["go", "mod", "download", "-json", f"{one.module}@{one.version}"],
        check=True,
        capture_output=True,
        timeout=FETCH_SECONDS,
    )
    told = msgspec.json.decode(done.stdout, type=dict[str, object])
    if told["Sum"] != one.sum:
        raise ValueError(f"{one.module} {one.version} has the checksum {told['Sum']}, and not {one.sum}")
    into = folder() / "crds" / one.module.rpartition("/")[2]
    into.mkdir(parents=True, exist_ok=True)
    for path in sorted((Path(str(told["Dir"])) / one.folder).glob("*_*.yaml")):
        (into / path.name).write_bytes(path.read_bytes())


if __name__ == "__main__":
    if shutil.which("go"):
        build()
    else:
        sys.stdout.write("Go is not installed, so nothing is built\n")
