"""Builds the image from the Dockerfile and runs one cell of containers from it.

All containers share one network namespace, which publishes only the ports of the services. Two processes of this
machine join the namespace and listen on its loopback: the store (nx-27017 in place of MongoDB) and an HTTP server with
the keys of an issuer.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.deploy.manifests import DEPLOY, SERVICES
from tests.system.processes import free_ports

TAG = "localhost/prm:test"
DEPENDENCIES = "localhost/prm-test-dependencies"
TOOLS = ("mmdebstrap", "buildah", "podman", "runc", "nsenter")
FIRST_PORT = 7401
STORE_PORT = 27017
ISSUER_PORT = 8099
KEYS_URL = f"http://127.0.0.1:{ISSUER_PORT}/keys.json"
BUILD_SECONDS = 600
RUN_SECONDS = 60
BROKER_ARGUMENTS = ["/etc/nats/start.sh", "/etc/nats/nats.conf", "/etc/nats-tls/tls.crt"]
STOP_SECONDS = 10

# The restrictions of deploy/compose.yaml and of the cells. The ulimits are low, because a machine that is itself
# restricted does not let podman raise them to its defaults.
RESTRICTED = (
    *("--read-only", "--read-only-tmpfs=false", "--tmpfs=/tmp", "--cap-drop=all", "--security-opt=no-new-privileges"),
    *("--ulimit=nofile=1024:1024", "--ulimit=nproc=1024:1024", "--log-driver=k8s-file"),
)


def missing() -> str:
    """Why containers cannot be built and run here; "" if they can."""
    if os.geteuid() != 0:
        return "building and running containers needs root"
    absent = [tool for tool in TOOLS if shutil.which(tool) is None]
    return f"not installed: {', '.join(absent)}" if absent else ""


def build() -> str:
    """Build the image from this tree on a plain Debian without Python; the id of the image.

    The base and the layer of installed dependencies stay as a cache for the next run; later layers do not.
    """
    base = _run(str(DEPLOY / "image" / "base.sh"), seconds=BUILD_SECONDS).stdout.strip()
    script = str(DEPLOY / "image" / "build.sh")
    for tag, options in ((DEPENDENCIES, ("--target=dependencies",)), (TAG, ())):
        _run("env", f"BASE={base}", "ENGINE=buildah", script, tag, *options, seconds=BUILD_SECONDS)
    title = "--filter=label=org.opencontainers.image.title=prm"
    _run("podman", "image", "prune", "--force", title, check=False)  # an image that stays does no harm
    return _run("podman", "image", "inspect", "--format={{.Id}}", TAG).stdout.strip()


class Running:
    """A running cell of containers. addresses: `host:port` of each service, as this machine reaches it."""

    def __init__(self, prefix: str, addresses: dict[str, str]) -> None:
        self._prefix = prefix
        self.addresses = addresses

    def logs(self, name: str) -> str:
        """The stdout and then the stderr of a container so far."""
        done = _run("podman", "logs", self._prefix + name, check=False)
        return done.stdout + done.stderr

    def inside(self, name: str, *command: str) -> str:
        """Run a command inside a container; its stdout and stderr, also if it fails."""
        done = _run("podman", "exec", self._prefix + name, *command, check=False)
        return (done.stdout + done.stderr).strip()

    def restart(self, name: str) -> None:
        """Stop a container as an engine would, and start it again."""
        _run("podman", "restart", f"--time={STOP_SECONDS}", self._prefix + name)


class Mounted(NamedTuple):
    """Folders that containers read. cells: the facts of all cells; `cell.toml` is about this one. keys: the files of
    `prm keys`. tls: one folder of certificates per service, and one for `nats`. issuers: `issuers.toml`, and the
    `keys.json` that it points to."""

    cells: Path
    keys: Path
    tls: Path
    issuers: Path


@contextmanager
def cell(folder: Path, mounted: Mounted) -> Iterator[Running]:
    """Run the five services, a broker and a store while the block runs, then remove them all. folder: where the store
    writes its files and logs."""
    prefix = f"prm-test-{os.getpid()}-"
    inside = {name: FIRST_PORT + number for number, name in enumerate(SERVICES)}
    outside = dict(zip(SERVICES, free_ports(len(SERVICES)), strict=True))
    publish = [f"--publish=127.0.0.1:{outside[name]}:{inside[name]}" for name in SERVICES]
    mounts = [f"--volume={getattr(mounted, what)}:/etc/prm/{what}:ro" for what in ("cells", "keys", "issuers")]
    with ExitStack() as stack:
        stack.enter_context(_container(f"{prefix}nats", [*publish, *_broker(mounted.tls)], BROKER_ARGUMENTS))
        pid = _run("podman", "inspect", "--format={{.State.Pid}}", f"{prefix}nats").stdout.strip()
        stack.enter_context(_beside(pid, folder / "store.out", _store(folder)))
        stack.enter_context(_beside(pid, folder / "issuer.out", _issuer(mounted.issuers)))
        for name in SERVICES:
            told = {
                "PRM_CELL_FILE": "/etc/prm/cells/cell.toml",
                "PRM_KEYS_DIR": "/etc/prm/keys",
                "PRM_LISTEN": f"0.0.0.0:{inside[name]}",
                "PRM_HEALTH_LISTEN": f"127.0.0.1:{inside[name] + len(SERVICES)}",
                "PRM_TLS_CERT": "/etc/prm/tls/tls.crt",
                "PRM_TLS_KEY": "/etc/prm/tls/tls.key",
                "PRM_TLS_CA": "/etc/prm/tls/ca.crt",
                "PRM_ISSUERS_FILE": "/etc/prm/issuers/issuers.toml",
                "PRM_STORE_URL": f"mongodb://127.0.0.1:{STORE_PORT}/",
                "PRM_NATS_URL": "tls://127.0.0.1:4222",
            }
            shown = f"--volume={mounted.tls / name}:/etc/prm/tls:ro"
            environment = [f"--env={key}={value}" for key, value in told.items()]
            joined = [f"--network=container:{prefix}nats", *mounts, shown, *environment]
            stack.enter_context(_container(f"{prefix}{name}", joined, [name]))
        yield Running(prefix, {name: f"127.0.0.1:{port}" for name, port in outside.items()})


@contextmanager
def _container(name: str, options: list[str], arguments: list[str]) -> Iterator[None]:
    try:
        _run("podman", "--runtime=runc", "run", "--detach", f"--name={name}", *RESTRICTED, *options, TAG, *arguments)
        yield
    finally:
        _run("podman", "rm", "--force", "--volumes", "--ignore", f"--time={STOP_SECONDS}", name)


def _broker(tls: Path) -> list[str]:
    """The podman options that start the broker as deploy/compose.yaml does."""
    config = {"nats.conf": DEPLOY / "nats.conf"}
    config |= {name: DEPLOY / "base" / "nats" / name for name in ("tls.conf", "start.sh")}
    files = [f"--volume={path}:/etc/nats/{name}:ro" for name, path in config.items()]
    return ["--entrypoint=sh", f"--volume={tls / 'nats'}:/etc/nats-tls:ro", *files]


def _store(folder: Path) -> list[str]:
    return [
        *(str(Path(sys.executable).parent / "nx-27017"), "--host", "127.0.0.1", "--port", str(STORE_PORT)),
        *("--data-dir", str(folder / "store"), "--log-file", str(folder / "store.log")),
        *("--pid-file", str(folder / "store.pid")),
    ]


def _issuer(keys: Path) -> list[str]:
    server = [sys.executable, "-m", "http.server", str(ISSUER_PORT), "--bind", "127.0.0.1"]
    return [*server, "--directory", str(keys)]


@contextmanager
def _beside(pid: str, log: Path, command: list[str]) -> Iterator[None]:
    """Run a command of this machine in the network namespace of a container while the block runs. pid: of a process of
    that container."""
    with log.open("wb") as out:
        inside = ["nsenter", f"--target={pid}", "--net", "--", *command]
        process = subprocess.Popen(inside, stdout=out, stderr=subprocess.STDOUT)
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _run(*command: str, seconds: float = RUN_SECONDS, check: bool = True) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=seconds)
    assert not check or done.returncode == 0, f"{' '.join(command)}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return done
