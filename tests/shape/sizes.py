"""Budgets: how long a file, a function, a servicer method may be, and how much of it says why."""

import ast
import io
import tokenize
from collections.abc import Iterable, Iterator

from tests.shape.tree import Finding, Source

FILE_LINES = 400
FUNCTION_LINES = 60
SERVICER_METHOD_LINES = 10
PROTOCOL_METHODS = 5
COMMENT_PERCENT = {"services": (4, 14), "libs": (12, 24), "proto": (30, 55)}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def long_files(source: Source) -> Iterator[Finding]:
    """A file above its budget becomes a package of the same name."""
    if source.path.endswith((".py", ".proto", ".sh", ".yaml")) and len(source.lines) > FILE_LINES:
        yield source.finding(0, f"{len(source.lines)} lines, {FILE_LINES} are allowed")


def long_functions(source: Source) -> Iterator[Finding]:
    """A function does one thing."""
    for node in _functions(source.module):
        if (length := _length(node)) > FUNCTION_LINES:
            yield source.finding(node, f"{node.name} has {length} lines, {FUNCTION_LINES} are allowed")


def long_servicer_methods(source: Source) -> Iterator[Finding]:
    """A servicer method decodes, calls one use case, encodes; it decides nothing."""
    if source.parts[0] != "services" or not {"api", "api.py"} & set(source.parts):
        return
    for servicer in _classes(source.module, "Servicer"):
        for node in servicer.body:
            if not isinstance(node, Function):
                continue
            if (length := _length(node)) > SERVICER_METHOD_LINES:
                yield source.finding(node, f"{node.name} has {length} lines, {SERVICER_METHOD_LINES} are allowed")
            if any(isinstance(below, ast.If | ast.IfExp | ast.Match) for below in ast.walk(node)):
                yield source.finding(node, f"{node.name} decides; a servicer method holds no `if`")


def wide_protocols(source: Source) -> Iterator[Finding]:
    """A port is small, and its docstring says its limits and failures; a private one stands for a foreign type."""
    for port in _classes(source.module, "Protocol"):
        methods = [node for node in port.body if isinstance(node, Function)]
        if len(methods) > PROTOCOL_METHODS:
            yield source.finding(port, f"{port.name} has {len(methods)} methods, {PROTOCOL_METHODS} are allowed")
        if not port.name.startswith("_") and not ast.get_docstring(port):
            yield source.finding(port, f"{port.name} has no docstring")


def undocumented_modules(source: Source) -> Iterator[Finding]:
    """Every module begins with why it exists."""
    if source.text.strip() and not ast.get_docstring(source.module):
        yield source.finding(1, "no docstring that says why the module exists")


def comment_share(area: str, sources: Iterable[Source]) -> Iterator[Finding]:
    """Comments and docstrings stay within the share of lines that the area is given, taken over all its files."""
    said = lines = 0
    for source in sources:
        said += python_comments(source) if source.path.endswith(".py") else proto_comments(source)
        lines += sum(1 for line in source.lines if line.strip())
    low, high = COMMENT_PERCENT[area]
    if lines and not low * lines <= said * 100 <= high * lines:
        yield Finding(area, 0, f"{said * 100 / lines:.1f} % of its lines are comments, {low} to {high} % are expected")


def python_comments(source: Source) -> int:
    """How many lines hold a docstring or nothing but a comment."""
    found = set()
    for token in tokenize.generate_tokens(io.StringIO(source.text).readline):
        if token.type == tokenize.COMMENT and token.line.strip().startswith("#"):
            found.add(token.start[0])
    for node in ast.walk(source.module):
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


def _length(node: Function) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1
