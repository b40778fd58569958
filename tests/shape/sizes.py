"""Budgets: how long a file, a slice, a function, a servicer method may be, and how much of it says why."""

import ast
from collections import Counter
from collections.abc import Iterable, Iterator

from tests.shape.tree import Finding, Source

FILE_LINES = 400
SLICE_LINES = 2_000
FUNCTION_LINES = 60
SERVICER_METHOD_LINES = 10
PROTOCOL_METHODS = 5
REASONS = "proto/prm/common/v1/error_reason.proto"
COMMENT_PERCENT = {"services": (4, 14), "libs": (12, 24), "proto": (30, 55)}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def long_files(source: Source) -> Iterator[Finding]:
    """A file above its budget becomes a package of the same name. The reasons are one enum, which no file can share."""
    if source.path != REASONS and source.path.endswith((".py", ".proto", ".sh", ".yaml")):
        long = len(source.lines) > FILE_LINES
        yield source.finding(0, f"{len(source.lines)} lines, {FILE_LINES} are allowed" if long else "")


def large_slices(sources: Iterable[Source]) -> Iterator[Finding]:
    """A slice above its budget becomes two, with an order in `service.py`."""
    lines = Counter[str]()
    for source in sources:
        if source.parts[0] == "services" and len(source.parts) > 3 and source.path.endswith(".py"):
            lines["/".join(source.parts[:3])] += len(source.lines)
    for path, count in sorted(lines.items()):
        large = count > SLICE_LINES
        yield Finding(path, 0, f"{count} lines, {SLICE_LINES} are allowed; it becomes two slices" if large else "")


def long_functions(source: Source) -> Iterator[Finding]:
    """A function does one thing."""
    for node in _functions(source.module):
        yield source.finding(node, _too_long(node, FUNCTION_LINES))


def long_servicer_methods(source: Source) -> Iterator[Finding]:
    """A servicer method decodes, calls one use case, encodes; it decides nothing."""
    for node in servicer_methods(source):
        yield source.finding(node, _too_long(node, SERVICER_METHOD_LINES))
        decides = any(isinstance(below, ast.If | ast.IfExp | ast.Match) for below in ast.walk(node))
        yield source.finding(node, f"{node.name} decides; a servicer method holds no `if`" if decides else "")


def servicer_methods(source: Source) -> Iterator[Function]:
    """The methods of a class in an api file that are named as RPCs are."""
    if source.parts[0] in ("libs", "services") and {"api", "api.py"} & set(source.parts):
        classes = (node for node in source.nodes if isinstance(node, ast.ClassDef))
        found = (node for servicer in classes for node in servicer.body if isinstance(node, Function))
        yield from (node for node in found if node.name[0].isupper())


def wide_protocols(source: Source) -> Iterator[Finding]:
    """A port is small, and its docstring says its limits and failures; a private one stands for a foreign type."""
    for port in _classes(source.module, "Protocol"):
        count = sum(1 for node in port.body if isinstance(node, Function))
        wide = count > PROTOCOL_METHODS
        yield source.finding(port, f"{port.name} has {count} methods, {PROTOCOL_METHODS} are allowed" if wide else "")
        silent = not port.name.startswith("_") and not ast.get_docstring(port)
        yield source.finding(port, f"{port.name} has no docstring" if silent else "")


def undocumented_modules(source: Source) -> Iterator[Finding]:
    """Every module begins with why it exists."""
    if source.text.strip():
        said = ast.get_docstring(source.module)
        yield source.finding(1, "" if said else "no docstring that says why the module exists")


def comment_shares(sources: Iterable[Source]) -> Iterator[Finding]:
    """Comments and docstrings stay within the share of lines that an area is given, taken over all its files."""
    said, lines = Counter[str](), Counter[str]()
    for source in sources:
        area, kind = source.parts[0], ".proto" if source.parts[0] == "proto" else ".py"
        if area in COMMENT_PERCENT and source.path.endswith(kind) and source.parts[:2] != ("libs", "pb"):
            said[area] += python_comments(source) if kind == ".py" else proto_comments(source)
            lines[area] += sum(1 for line in source.lines if line.strip())
    for area, count in lines.items():
        low, high = COMMENT_PERCENT[area]
        share = said[area] * 100 / count
        fair = low <= share <= high
        yield Finding(
            area, 0, "" if fair else f"{share:.1f} % of its lines are comments, {low} to {high} % are expected"
        )


def python_comments(source: Source) -> int:
    """How many lines hold a docstring or nothing but a comment."""
    found = {line for line, _ in source.comments if source.lines[line - 1].lstrip().startswith("#")}
    for node in source.nodes:
        if not isinstance(node, ast.Module | ast.ClassDef | Function) or not ast.get_docstring(node):
            continue
        doc = node.body[0]
        found |= {line for line in range(doc.lineno, (doc.end_lineno or 0) + 1) if source.lines[line - 1].strip()}
    return len(found)


def proto_comments(source: Source) -> int:
    """How many lines are nothing but a comment."""
    return sum(1 for line in source.lines if line.strip().startswith("//"))


def _functions(tree: ast.AST) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def _classes(tree: ast.AST, base: str) -> Iterator[ast.ClassDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and any(_tail(one).endswith(base) for one in node.bases):
            yield node


def _tail(node: ast.expr) -> str:
    node = node.value if isinstance(node, ast.Subscript) else node
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _too_long(node: Function, lines: int) -> str:
    length = (node.end_lineno or node.lineno) - node.lineno + 1
    return f"{node.name} has {length} lines, {lines} are allowed" if length > lines else ""
