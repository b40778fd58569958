"""Names and places: the same files in each service, one class per reason, no drawers for everything."""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from tests.shape.tree import SERVICES, Finding, Source

_DRAWERS = {"utils", "util", "helpers", "helper", "manager", "managers", "common", "base", "misc"}
_SERVICE_FILES = {"__init__", "service", "settings"}
_SLICE_FILES = {
    "__init__", "domain", "events", "documents", "reads", "usecases", "wire", "api", "consumers", "jobs", "workers",
    "generate", "train",
}  # fmt: skip
# Names that were ours alone, and the field's for the same thing.
_RETIRED = {
    "Turns": "KeyedLocks",
    "Held": "Loaded",
    "Told": "a ...Payload",
    "Exchange": "InflightCall",
    "Tail": "OutboxFollower",
    "misfits": "value_violations",
    "refuse_disorder": "date_order_violations",
    "moves": "transitions",
    "takeover": "migration",
    "paper_number": "document_number",
    "peers": "partner_projection",
    "store_away": "on_store_unavailable",
    "aside": "extra_calls",
    "Desk": "Harness",
}
_REASON = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*")
_ROOT_ERROR = "AppError"


def drawers(source: Source) -> Iterator[Finding]:
    """A name says what is inside; these say that nobody knew."""
    if not source.path.endswith(".py") or source.parts[0] not in ("libs", "services", "tests"):
        return
    for part in source.parts:
        found = _DRAWERS & set(part.removesuffix(".py").lower().split("_"))
        yield source.finding(0, f"{part}: a module is not called {found.pop()}" if found else "")
    for node in source.nodes:
        if isinstance(node, ast.ClassDef):
            odd = re.search(r"(Utils?|Helpers?|Manager)$", node.name)
            yield source.finding(node, f"{node.name}: a class is not called that" if odd else "")


def retired_names(source: Source) -> Iterator[Finding]:
    """A thing has the name that the field gives it, and not the one that we used to give it."""
    if not source.path.endswith(".py") or source.parts[0] not in ("libs", "services"):
        return
    for node, name in _defined(source.module):
        text = f"{name} is called {_RETIRED[name]}" if name in _RETIRED else ""
        yield source.finding(node, text)


def _defined(module: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    """Every name that a file gives to a class, function, parameter, field or variable."""
    for node in ast.walk(module):
        match node:
            case ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
                yield node, node.name
            case ast.arg():
                yield node, node.arg
            case ast.Name(ctx=ast.Store()):
                yield node, node.id


def strange_service_files(source: Source) -> Iterator[Finding]:
    """A service has its slices, their sum and its settings; each slice has the same file names, and a file above its
    budget is a package of that name."""
    if source.parts[0] != "services" or len(source.parts) < 3 or source.parts[1] not in SERVICES:
        return
    if not source.path.endswith(".py"):
        return
    own = len(source.parts) == 3
    name = source.parts[2 if own else 3].removesuffix(".py")
    known = _SERVICE_FILES if own else _SLICE_FILES
    yield source.finding(0, "" if name in known else f"{name} is not one of {', '.join(sorted(known))}")
    if own and name == "__init__" and len(source.module.body) != 1:
        yield source.finding(0, "holds a docstring only: what the service owns, what it never does")


def shadowed_annotations(source: Source) -> Iterator[Finding]:
    """A field or method of a class is not named as something that an annotation in that class refers to: `date: date`.
    From Python 3.14 on an annotation is evaluated when it is asked for, and then finds what the class has."""
    for node in source.nodes:
        if isinstance(node, ast.ClassDef):
            for annotation in _annotations(node):
                hidden = sorted(_names(annotation) & _members(node))
                text = f"{', '.join(hidden)} is a member of {node.name}, and means another thing in this annotation"
                yield source.finding(annotation, text if hidden else "")


def _members(node: ast.ClassDef) -> set[str]:
    fields = {one.target.id for one in node.body if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)}
    return fields | {one.name for one in node.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)}


def _annotations(node: ast.ClassDef) -> Iterator[ast.expr]:
    """Those of the fields and of the methods' signatures."""
    for one in node.body:
        if isinstance(one, ast.AnnAssign):
            yield one.annotation
        elif isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef):
            found = [arg.annotation for arg in ast.walk(one.args) if isinstance(arg, ast.arg)]
            yield from filter(None, (*found, one.returns))


def _names(annotation: ast.expr) -> set[str]:
    """What an annotation refers to, also in quotes."""
    found: set[str] = set()
    for node in ast.walk(annotation):
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isidentifier():
            found.add(node.value)
    return found


def missing_readmes(sources: Iterable[Source]) -> Iterator[Finding]:
    """Every folder of libs and services that holds code says what it is; of a service's slices its own README tells."""
    files = {PurePosixPath(one.path) for one in sources}
    for folder in sorted({path.parent for path in files if path.suffix in (".py", ".yaml")}):
        if folder.parts[0] not in ("libs", "services") or folder.parts[:2] == ("libs", "pb"):
            continue
        if len(folder.parts) < 3 or folder.parts[0] != "services" or folder.parts[1] not in SERVICES:
            yield Finding(str(folder), 0, "" if folder / "README.md" in files else "has no README.md")


def error_classes(sources: Iterable[Source]) -> Iterator[Finding]:
    """Every refusal has its own class and its own reason, UPPER_SNAKE, and a code of its own or of its base."""
    code = [one for one in sources if one.path.endswith(".py") and one.parts[0] in ("libs", "services")]
    nodes = ((source, node) for source in code for node in source.module.body)
    classes = {node.name: (source, node) for source, node in nodes if isinstance(node, ast.ClassDef)}
    seen: dict[str, str] = {}
    for name, (source, node) in sorted(classes.items()):
        if name == _ROOT_ERROR or _ROOT_ERROR not in _ancestors(node, classes):
            continue
        values = _assigned(node)
        if (reason := values.get("reason", "")) == "":
            yield source.finding(node, f"{name} has no reason of its own")
        elif not _REASON.fullmatch(reason):
            yield source.finding(node, f"{name}: reason {reason} is not UPPER_SNAKE")
        elif seen.setdefault(reason, name) != name:
            yield source.finding(node, f"{name} and {seen[reason]} share the reason {reason}")
        chain = [node, *(classes[one][1] for one in _ancestors(node, classes) if one in classes)]
        coded = any("code" in _assigned(one) for one in chain)
        yield source.finding(node, "" if coded else f"{name} has no code")


def _ancestors(node: ast.ClassDef, classes: dict[str, tuple[Source, ast.ClassDef]]) -> list[str]:
    """Names of the bases, nearest first, as far as the tree defines them."""
    found: list[str] = []
    todo = [node]
    while todo:
        one = todo.pop(0)
        for base in one.bases:
            name = ast.unparse(base).split("[")[0].split(".")[-1]
            if name not in found:
                found.append(name)
                todo += [classes[name][1]] if name in classes else []
    return found


def _assigned(node: ast.ClassDef) -> dict[str, str]:
    """Class attributes given a value; that of a string constant, else its source."""
    found: dict[str, str] = {}
    for line in node.body:
        if isinstance(line, ast.AnnAssign) and line.value is not None and isinstance(line.target, ast.Name):
            found[line.target.id] = _text(line.value)
        if not isinstance(line, ast.Assign):
            continue
        for target in line.targets:
            if isinstance(target, ast.Name):
                found[target.id] = _text(line.value)
            elif isinstance(target, ast.Tuple) and isinstance(line.value, ast.Tuple):
                pairs = zip(target.elts, line.value.elts, strict=False)
                found |= {one.id: _text(value) for one, value in pairs if isinstance(one, ast.Name)}
    return found


def _text(value: ast.expr) -> str:
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else ast.unparse(value)
