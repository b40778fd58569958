"""The container engine: builds the image from the Dockerfile, and runs restricted containers from it."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from tests.deploy.manifests import DEPLOY

TAG = "localhost/prm:test"
DEPENDENCIES = "localhost/prm-test-dependencies"
TOOLS = ("mmdebstrap", "buildah", "podman", "runc", "nsenter")
BUILD_SECONDS = 600
RUN_SECONDS = 60
STOP_SECONDS = 10
USER = 10001
"""The user of every container, who must own what it is shown."""

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


@cache
def build() -> str:
    """Build the image from this tree on a plain Debian without Python, once in a run; the id of the image.

    The base and the installed dependencies are cached for the next run; later layers are not.
    """
    base = run(str(DEPLOY / "image" / "base.sh"), seconds=BUILD_SECONDS).stdout.strip()
    script = str(DEPLOY / "image" / "build.sh")
    for tag, options in ((DEPENDENCIES, ("--target=dependencies",)), (TAG, ())):
        run("env", f"BASE={base}", "ENGINE=buildah", script, tag, *options, seconds=BUILD_SECONDS)
    title = "--filter=label=org.opencontainers.image.title=prm"
    run("podman", "image", "prune", "--force", title, check=False)  # what stays behind harms nothing
    return run("podman", "image", "inspect", "--format={{.Id}}", TAG).stdout.strip()


def run(*command: str, seconds: float = RUN_SECONDS, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run a command until it ends; the test fails if `check` and the command does."""
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=seconds)
    assert not check or done.returncode == 0, f"{' '.join(command)}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return done


def own(folder: Path) -> None:
    """Give a folder, with all that is in it, to the user of the containers."""
    for path in (folder, *folder.rglob("*")):
        os.chown(path, USER, USER)


def shown(paths: dict[str, Path], *, written: bool = False) -> list[str]:
    """The options that show a container files and folders of this machine, by the path at which it sees them."""
    return [f"--volume={outside}:{inside}{'' if written else ':ro'}" for inside, outside in paths.items()]


def told(variables: dict[str, str]) -> list[str]:
    """The options that set the environment of a container."""
    return [f"--env={key}={value}" for key, value in variables.items()]


@contextmanager
def container(name: str, options: Sequence[str], arguments: Sequence[str]) -> Iterator[None]:
    """A restricted container of the image that runs while the block runs, and is removed with its volumes."""
    try:
        run("podman", "--runtime=runc", "run", "--detach", f"--name={name}", *RESTRICTED, *options, TAG, *arguments)
        yield
    finally:
        run("podman", "rm", "--force", "--volumes", "--ignore", f"--time={STOP_SECONDS}", name)


@contextmanager
def beside(name: str, log: Path, command: Sequence[str]) -> Iterator[None]:
    """Run a process of this machine in the network of a container while the block runs."""
    pid = run("podman", "inspect", "--format={{.State.Pid}}", name).stdout.strip()
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


def log_of(name: str) -> str:
    """The log of a container so far."""
    done = run("podman", "logs", name, check=False)
    return done.stdout + done.stderr


def inside(name: str, *command: str) -> str:
    """What a command prints inside a container; also if the command fails."""
    done = run("podman", "exec", name, *command, check=False)
    return (done.stdout + done.stderr).strip()


def stop(name: str) -> None:
    """Stop a container as an engine would; its files stay."""
    run("podman", "stop", f"--time={STOP_SECONDS}", name)


def start(name: str) -> None:
    """Start a container that was stopped."""
    run("podman", "--runtime=runc", "start", name)
