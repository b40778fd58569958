"""Builds the image from the Dockerfile and runs one cell of containers from it.

All containers share one network, and only the ports of the services are published. The store (the stand-in for MongoDB
of the test environment) and the keys of an issuer are on the loopback of that network.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from libs.messaging.logins import ADMINISTRATOR
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

# As deploy/compose.yaml and the cells restrict a container. The limits are low: raising one, as the engine would do,
# fails on a machine that is itself restricted.
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

    The base and the installed dependencies are cached for the next run; later layers are not.
    """
    base = _run(str(DEPLOY / "image" / "base.sh"), seconds=BUILD_SECONDS).stdout.strip()
    script = str(DEPLOY / "image" / "build.sh")
    for tag, options in ((DEPENDENCIES, ("--target=dependencies",)), (TAG, ())):
        _run("env", f"BASE={base}", "ENGINE=buildah", script, tag, *options, seconds=BUILD_SECONDS)
    title = "--filter=label=org.opencontainers.image.title=prm"
    _run("podman", "image", "prune", "--force", title, check=False)  # what stays behind harms nothing
    return _run("podman", "image", "inspect", "--format={{.Id}}", TAG).stdout.strip()


class Running:
    """One cell of containers."""

    def __init__(self, prefix: str, addresses: dict[str, str]) -> None:
        self._prefix = prefix
        self.addresses = addresses

    def logs(self, name: str) -> str:
        """The log of a container so far."""
        done = _run("podman", "logs", self._prefix + name, check=False)
        return done.stdout + done.stderr

    def inside(self, name: str, *command: str) -> str:
        """What a command prints inside a container; also if the command fails."""
        done = _run("podman", "exec", self._prefix + name, *command, check=False)
        return (done.stdout + done.stderr).strip()

    def restart(self, name: str) -> None:
        """Stop a container as an engine would, and start it again."""
        _run("podman", "restart", f"--time={STOP_SECONDS}", self._prefix + name)


class Mounted(NamedTuple):
    """Folders that containers read. cells: the facts of all cells, with its own as `cell.toml`. keys: the files that
    `prm keys` made. tls: a folder of certificates for each service, the administrator and `nats`. issuers:
    `issuers.toml`, and the `keys.json` to which it refers. logins: the files that `prm broker passwords` made."""

    cells: Path
    keys: Path
    tls: Path
    issuers: Path
    logins: Path


@contextmanager
def cell(folder: Path, mounted: Mounted) -> Iterator[Running]:
    """The five services with a broker and a store, removed after the block. folder: for the store's files and logs."""
    prefix = f"prm-test-{os.getpid()}-"
    inside = {name: FIRST_PORT + number for number, name in enumerate(SERVICES)}
    outside = dict(zip(SERVICES, free_ports(len(SERVICES)), strict=True))
    publish = [f"--publish=127.0.0.1:{outside[name]}:{inside[name]}" for name in SERVICES]
    mounts = [f"--volume={getattr(mounted, what)}:/etc/prm/{what}:ro" for what in ("cells", "keys", "issuers")]
    with ExitStack() as stack:
        stack.enter_context(_container(f"{prefix}nats", [*publish, *_broker(mounted)], BROKER_ARGUMENTS))
        network = _run("podman", "inspect", "--format={{.State.Pid}}", f"{prefix}nats").stdout.strip()
        stack.enter_context(_beside(network, folder / "store.out", _store(folder)))
        stack.enter_context(_beside(network, folder / "issuer.out", _issuer(mounted.issuers)))
        joined = f"--network=container:{prefix}nats"
        stack.enter_context(
            _container(
                f"{prefix}{ADMINISTRATOR}",
                [joined, "--entrypoint=prm", *mounts, *_connected(mounted, ADMINISTRATOR)],
                ["broker", "administer"],
            )
        )
        for name in SERVICES:
            told = {
                "PRM_KEYS_DIR": "/etc/prm/keys",
                "PRM_LISTEN": f"0.0.0.0:{inside[name]}",
                "PRM_HEALTH_LISTEN": f"127.0.0.1:{inside[name] + len(SERVICES)}",
                "PRM_ISSUERS_FILE": "/etc/prm/issuers/issuers.toml",
                "PRM_STORE_URL": f"mongodb://127.0.0.1:{STORE_PORT}/",
            }
            environment = [f"--env={key}={value}" for key, value in told.items()]
            options = [joined, *mounts, *_connected(mounted, name), *environment]
            stack.enter_context(_container(f"{prefix}{name}", options, [name]))
        yield Running(prefix, {name: f"127.0.0.1:{port}" for name, port in outside.items()})


@contextmanager
def _container(name: str, options: list[str], arguments: list[str]) -> Iterator[None]:
    try:
        _run("podman", "--runtime=runc", "run", "--detach", f"--name={name}", *RESTRICTED, *options, TAG, *arguments)
        yield
    finally:
        _run("podman", "rm", "--force", "--volumes", "--ignore", f"--time={STOP_SECONDS}", name)


def _connected(mounted: Mounted, user: str) -> list[str]:
    """The environment and mounts with which a process connects to the broker as this user."""
    told = {
        "PRM_CELL_FILE": "/etc/prm/cells/cell.toml",
        "PRM_TLS_CERT": "/etc/prm/tls/tls.crt",
        "PRM_TLS_KEY": "/etc/prm/tls/tls.key",
        "PRM_TLS_CA": "/etc/prm/tls/ca.crt",
        "PRM_NATS_URL": "tls://127.0.0.1:4222",
        "PRM_NATS_LOGINS_DIR": "/etc/prm/nats",
    }
    shown = {mounted.tls / user: "tls", mounted.logins / user: f"nats/{user}"}
    return [
        *(f"--volume={outside}:/etc/prm/{inside}:ro" for outside, inside in shown.items()),
        *(f"--env={key}={value}" for key, value in told.items()),
    ]


def _broker(mounted: Mounted) -> list[str]:
    """The broker, started as in deploy/compose.yaml."""
    config = {"nats.conf": DEPLOY / "nats.conf"}
    config |= {name: DEPLOY / "base" / "nats" / name for name in ("tls.conf", "users.conf", "start.sh")}
    files = [f"--volume={path}:/etc/nats/{name}:ro" for name, path in config.items()]
    shown = {mounted.tls / "nats": "nats-tls", mounted.logins: "nats-passwords"}
    folders = [f"--volume={outside}:/etc/{inside}:ro" for outside, inside in shown.items()]
    return ["--entrypoint=sh", "--env=NATS_LOGINS=/etc/nats-passwords", *folders, *files]


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
def _beside(container: str, log: Path, command: list[str]) -> Iterator[None]:
    """Run a process of this machine in the network of a container, which is given by the id of its process."""
    with log.open("wb") as out:
        inside = ["nsenter", f"--target={container}", "--net", "--", *command]
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
