"""What is wrong with the cells of a deploy folder, before anything is rendered or started."""

import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from libs.country import Cell
from libs.facts import WrongFacts, read_own_facts

FILL_IN = "FILL_IN"
RENDER_SECONDS = 60


def cells(deploy: Path) -> list[str]:
    """The codes of all cells."""
    return sorted(path.name for path in (deploy / "cells").iterdir() if path.is_dir())


def faults(deploy: Path, codes: Sequence[str]) -> list[str]:
    """Everything that is wrong with these cells: facts, what is not filled in, and what contradicts another cell. Each
    begins with the file that it is about."""
    read = {code: _facts(deploy, code) for code in {*cells(deploy), *codes}}
    known = {code: cell for code, (cell, _) in read.items() if cell is not None}
    return [
        one
        for code in codes
        for one in (
            *read[code][1],
            *_left(deploy, code),
            *_contradictions(deploy, code, known),
            *_unlisted(deploy, code),
        )
    ]


def render(deploy: Path, code: str) -> subprocess.CompletedProcess[str]:
    """`kubectl kustomize` of the folder of a cell. FileNotFoundError if there is no kubectl."""
    command = ["kubectl", "kustomize", str(deploy / "cells" / code)]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=RENDER_SECONDS)


def _path(deploy: Path, code: str) -> Path:
    return deploy / "cells" / code / "facts" / f"{code}.toml"


def _facts(deploy: Path, code: str) -> tuple[Cell | None, list[str]]:
    path = _path(deploy, code)
    try:
        cell = read_own_facts(path)
    except WrongFacts as err:
        return None, [f"{path}: {one}" for one in err.violations]
    except OSError as err:
        return None, [f"{path}: {err.strerror}"]
    return cell, [] if cell.code == code else [f"{path}: cell.code: is {cell.code!r}, and the folder is {code!r}"]


def _left(deploy: Path, code: str) -> Iterator[str]:
    """Where something is left to fill in; in the facts it is named as a wrong fact already."""
    for path in sorted((deploy / "cells" / code).rglob("*")):
        if path.is_file() and path != _path(deploy, code):
            for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
                if FILL_IN in line:
                    yield f"{path}:{number}: fill in: {line.strip()}"


def _contradictions(deploy: Path, code: str, known: dict[str, Cell]) -> Iterator[str]:
    own = known.get(code)
    for other, cell in sorted(known.items()):
        if own is None or other == code:
            continue
        if both := sorted(set(own.countries) & set(cell.countries)):
            yield f"{_path(deploy, code)}: cell.countries: {', '.join(both)} is served by {other}"
        if own.endpoint == cell.endpoint:
            yield f"{_path(deploy, code)}: cell.endpoint: is that of {other}"


def _unlisted(deploy: Path, code: str) -> Iterator[str]:
    directory = deploy / "base" / "directory" / "kustomization.yaml"
    if f"/{code}/facts" not in directory.read_text():
        yield f"{directory}: does not name the cell {code}"
