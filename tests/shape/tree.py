"""The files that a commit of this tree would hold, and what the checks say about them."""

import ast
import io
import subprocess
import tokenize
from functools import cache, cached_property
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
SERVICES = tuple(sorted(path.parent.name for path in (ROOT / "services").glob("*/service.py")))


class Finding(NamedTuple):
    """One place that a rule looked at; line 0 is the file as a whole. what: the breach, empty for what is lawful, which
    is told as well so that a rule shows that it looked at something."""

    path: str
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.what}"


class Source:
    """One file: `path` from the root of the tree with forward slashes, and its text."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text

    @cached_property
    def lines(self) -> list[str]:
        """The lines without their ends."""
        return self.text.splitlines()

    @cached_property
    def module(self) -> ast.Module:
        """The syntax tree; SyntaxError if there is none."""
        return ast.parse(self.text)

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """All nodes of the syntax tree, outer ones first."""
        return tuple(ast.walk(self.module))

    @cached_property
    def comments(self) -> tuple[tuple[int, str], ...]:
        """The comments with the numbers of their lines."""
        tokens = tokenize.generate_tokens(io.StringIO(self.text).readline)
        return tuple((one.start[0], one.string) for one in tokens if one.type == tokenize.COMMENT)

    @property
    def parts(self) -> tuple[str, ...]:
        """The path taken apart."""
        return tuple(self.path.split("/"))

    def finding(self, node: ast.AST | int, what: str) -> Finding:
        """What a rule says to a node or a line of this file."""
        return Finding(self.path, node if isinstance(node, int) else getattr(node, "lineno", 0), what)


@cache
def tracked() -> tuple[Source, ...]:
    """Every file of the tree that git tracks or would track, of one that is no text the path alone; without git, every
    file outside dot folders."""
    found = []
    for path in _paths():
        try:
            found.append(Source(path, (ROOT / path).read_text(encoding="utf-8")))
        except UnicodeDecodeError:
            found.append(Source(path, ""))
        except (FileNotFoundError, IsADirectoryError):
            continue
    return tuple(found)


def python(*tops: str) -> tuple[Source, ...]:
    """The Python files below these folders, what is generated left out."""
    return tuple(
        one
        for one in tracked()
        if one.path.endswith(".py") and one.parts[0] in tops and one.parts[:2] != ("libs", "pb")
    )


def _paths() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"],  # whichever git is installed
        cwd=ROOT,
        capture_output=True,
        check=False,
        timeout=60,
    )
    if listed.returncode == 0:
        return sorted(set(listed.stdout.decode().split("\0")) - {""})
    files = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
    return sorted(path.as_posix() for path in files if not any(part.startswith(".") for part in path.parts[:-1]))
