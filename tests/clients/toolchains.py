"""Toolchains of other languages: how each fetches, generates, builds and runs its client."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from services.protos.tree import Packages, write

SOURCES = Path(__file__).parent
BUILD = SOURCES.parents[1] / ".build" / "clients"
BUF = str(Path(sys.executable).parent / "buf")
DOCUMENT = SOURCES.parents[1] / "libs" / "pb" / "openapi.json"
GENERATOR = "openapi-python-client==0.29.1"
FETCH_SECONDS, BUILD_SECONDS, RUN_SECONDS = 300, 600, 120

Command = tuple[str, ...]


class Toolchain(NamedTuple):
    """needs: programs that must be on the path. fetch: gets packages, and may fail where there is no registry.
    generate: run in the tree of protos. build: run in the folder of the client, and so is `run`. in_json: whether it
    calls the JSON face, and is generated from its document."""

    needs: tuple[str, ...]
    packages: Packages
    fetch: Command
    generate: Command | None
    build: Command
    run: Command
    in_json: bool = False


TOOLCHAINS: Mapping[str, Toolchain] = {
    "go": Toolchain(
        needs=("go",),
        packages=Packages(go="example.com/erp/gen/go"),
        fetch=("go", "install", "tool"),
        generate=(BUF, "generate", "--template", "buf.gen.go.yaml", "-o", ".."),
        build=("go", "build", "-o", "bin/client", "."),
        run=("bin/client",),
    ),
    "typescript": Toolchain(
        needs=("node", "npm"),
        packages=Packages(),
        fetch=("npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--prefer-offline"),
        generate=(BUF, "generate", "-o", ".."),
        build=("node_modules/.bin/tsc",),
        run=("node", "out/src/main.js"),
    ),
    "openapi": Toolchain(
        needs=("sh",),
        packages=Packages(),
        fetch=("sh", "-c", f"{sys.executable} -m venv venv && venv/bin/pip install -q {GENERATOR}"),
        generate=(
            *("sh", "-c"),
            f"PATH=$PWD/../venv/bin:$PATH exec openapi-python-client generate --path {DOCUMENT} --output-path ../gen "
            "--meta none --overwrite",
        ),
        build=("venv/bin/python", "-c", "import gen.models"),
        run=("venv/bin/python", "main.py"),
        in_json=True,
    ),
    "java": Toolchain(
        needs=("java", "mvn"),
        packages=Packages(java="com.example.erp"),
        fetch=("mvn", "-q", "-B", "dependency:build-classpath", "-Dmdep.outputFile=classpath"),
        generate=None,
        build=("mvn", "-q", "-B", "compile"),
        run=("sh", "-c", 'exec java -cp "target/classes:$(cat classpath)" com.example.erp.Main'),
    ),
}


class Missing(Exception):
    """What is not on this machine, or cannot be fetched to it."""


def build(language: str) -> None:
    """Build the client from its sources and the protos. Missing; AssertionError, if it does not build."""
    chain, folder = TOOLCHAINS[language], BUILD / language
    if absent := [one for one in chain.needs if shutil.which(one) is None]:
        raise Missing(f"{', '.join(absent)} not on the path")
    write(folder / "protos", chain.packages)
    shutil.copytree(SOURCES / language, folder, dirs_exist_ok=True)
    inputs, stamp = _digest(SOURCES / language, folder / "protos", DOCUMENT), folder / "built"
    if stamp.exists() and stamp.read_text() == inputs:
        return
    fetched = _run(chain.fetch, folder, FETCH_SECONDS)
    if fetched.returncode:
        raise Missing(f"packages for {language} cannot be fetched: {_end(fetched)}")
    if chain.generate:
        generated = _run(chain.generate, folder / "protos", BUILD_SECONDS)
        assert generated.returncode == 0, _end(generated)
    built = _run(chain.build, folder, BUILD_SECONDS)
    assert built.returncode == 0, _end(built)
    stamp.write_text(inputs)


def play(language: str, address: str, token: str) -> list[str]:
    """The words that the client prints: partner, registration, order, ticket, and the reason of a refusal."""
    folder = BUILD / language
    done = _run(TOOLCHAINS[language].run, folder, RUN_SECONDS, PRM_ADDRESS=address, PRM_TOKEN=token)
    assert done.returncode == 0, _end(done)
    return done.stdout.split()


def _digest(*places: Path) -> str:
    digest = hashlib.sha256()
    everything = (path for place in places for path in (place, *place.rglob("*")))
    for path in sorted(path for path in everything if path.is_file()):
        digest.update(path.as_posix().encode() + path.read_bytes())
    return digest.hexdigest()


def _run(command: Command, folder: Path, seconds: int, **extra: str) -> subprocess.CompletedProcess[str]:
    binaries = (folder / ".." / "bin", folder / ".." / "node_modules" / ".bin")
    path = os.pathsep.join([*(str(one.resolve()) for one in binaries), os.environ.get("PATH", "")])
    env = {**os.environ, "PATH": path, "GOBIN": str(folder / "bin"), **extra}
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=seconds, check=False)


def _end(done: subprocess.CompletedProcess[str]) -> str:
    return (done.stdout + done.stderr)[-2_000:]
