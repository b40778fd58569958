"""What the text of a file may not hold: exceptions without a reason, work without an issue, places of one machine,
links that lead nowhere."""

import ast
import re
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from posixpath import normpath

from tests.shape.tree import ROOT, Finding, Source

_IGNORE = re.compile(r"#\s*type:\s*ignore(?P<code>\[[a-z0-9, -]+\])?(?P<rest>.*)")
_OPEN_WORK = re.compile(r"\b(TODO|FIXME|HACK|XXX(?=:))\b(?!\s*\(#\d+\))")  # XXX alone is a currency
_REGISTRIES = (
    "pypi",
    "pythonhosted",
    "artifactory",
    "devpi",
    "nexus",
    "registry",
    "docker.io",
    "ghcr.io",
    "quay.io",
    "gcr.io",
)
_URL = re.compile(r"https?://([^/\s\"'<>)`]+)")
_OPTION = re.compile(r"--(extra-)?index-url|--find-links|--trusted-host")
_LINK = re.compile(r"\]\((?![a-z]+:|#)([^)\s#]+)")  # [text](path#part), not to another site nor inside the page
_HOME = re.compile(r"(/home/\w+/|/Users/\w+/|/root/(?!\.cache)|[A-Z]:\\\\?Users\\)")
_PATCHERS = {"unittest.mock", "mock", "pytest_mock"}
_PATCHING = {"setattr", "delattr", "setitem", "delitem"}


def unexplained_ignores(source: Source) -> Iterator[Finding]:
    """`# type: ignore[code]  # reason`: what is ignored, and why that is right."""
    for line, comment in source.comments:
        if (found := _IGNORE.search(comment)) is None:
            continue
        explained = re.match(r"\s*#\s*\w+", found["rest"])
        missing = "a code" if not found["code"] else "" if explained else "a reason"
        yield source.finding(line, f"type: ignore without {missing}" if missing else "")


def open_work(source: Source) -> Iterator[Finding]:
    """What is left to do has an issue, and names it: `TO-DO (#12)`, written as one word."""
    if source.parts[:2] == ("tests", "shape"):
        return
    for line, text in enumerate(source.lines, 1):
        found = _OPEN_WORK.search(text)
        yield source.finding(line, f"{found[1]} without the number of an issue" if found else "")


def machine_places(source: Source) -> Iterator[Finding]:
    """Nothing that is tracked knows the machine it was written on, or where packages come from there."""
    if source.parts[:2] == ("tests", "shape"):
        return
    for line, text in enumerate(source.lines, 1):
        found = _HOME.search(text)
        yield source.finding(line, f"{found[1]} is a place of one machine" if found else "")
        if len(ROOT.parts) > 2 and str(ROOT) + "/" in text + "/":
            yield source.finding(line, "names the folder of this checkout")
        if _OPTION.search(text):
            yield source.finding(line, "says where packages come from")
        for host in _URL.findall(text):
            if any(one in host.lower() for one in (*_REGISTRIES, *_own_indexes())):
                yield source.finding(line, f"{host} is a registry")


def broken_links(sources: Sequence[Source]) -> Iterator[Finding]:
    """A relative link of a Markdown file leads to a file or folder of the tree."""
    files = {PurePosixPath(one.path) for one in sources}
    places = {str(place) for one in files for place in (one, *one.parents)}
    for source in sources:
        if not source.path.endswith(".md"):
            continue
        for line, text in enumerate(source.lines, 1):
            for link in _LINK.findall(text):
                leads = normpath(PurePosixPath(source.path).parent / link)
                yield source.finding(line, "" if leads in places else f"{link} is not in the tree")


def _own_indexes() -> tuple[str, ...]:
    """The hosts this machine installs from, as its pip configuration says."""
    files = (Path("/etc/pip.conf"), Path.home() / ".pip/pip.conf", Path.home() / ".config/pip/pip.conf")
    text = "\n".join(one.read_text() for one in files if one.is_file())
    return tuple(host.split("@")[-1].lower() for host in _URL.findall(text))


def patched_tests(source: Source) -> Iterator[Finding]:
    """A test runs the real thing: nothing is patched."""
    if source.parts[0] != "tests":
        return
    for node in source.nodes:
        if isinstance(node, ast.Import):
            named = {one.name for one in node.names}
        elif isinstance(node, ast.ImportFrom):
            named = {node.module or "", *(f"{node.module}.{one.name}" for one in node.names)}
        else:
            named = set()
        if named:
            patchers = named & _PATCHERS
            yield source.finding(node, f"imports {patchers.pop()}; a test patches nothing" if patchers else "")
        if isinstance(node, ast.arg) and node.arg == "mocker":
            yield source.finding(node, "takes mocker; a test patches nothing")
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "monkeypatch":
            patches = node.attr in _PATCHING
            yield source.finding(node, f"monkeypatch.{node.attr}; a test patches nothing" if patches else "")


def sleeping_tests(source: Source) -> Iterator[Finding]:
    """A test waits for what it waits for, never for a while; `sleep(0)` only gives way."""
    if source.parts[0] != "tests" or source.path == "tests/waiting.py":
        return
    for node in source.nodes:
        if not isinstance(node, ast.Call) or ast.unparse(node.func).split(".")[-1] != "sleep":
            continue
        gives_way = [ast.unparse(one) for one in node.args] == ["0"]
        yield source.finding(node, "" if gives_way else "sleeps; wait for the condition (tests/waiting.py)")
