"""What a function may reach: the clock, randomness and the environment in one file each; no state in a module."""

import ast
import re
import sys
from collections.abc import Iterator

from tests.shape.tree import SERVICES, Finding, Source

CLOCK, IDS, CONFIG = "libs/clock.py", "libs/ids.py", "libs/config.py"
_READERS: dict[str, dict[str, set[str] | None]] = {
    CLOCK: {"time": None, "datetime": {"now", "utcnow", "today"}},
    IDS: {"random": None, "secrets": None, "uuid": None, "os": {"urandom", "getrandom"}},
    CONFIG: {"os": {"environ", "environb", "getenv", "getenvb", "putenv", "unsetenv"}},
}
_CATCH_ALL = ("libs/runtime.py", "libs/runtime/", "libs/rpc/method.py", "libs/messaging/intake.py")
_DOMAIN_LIBS = {
    "libs.errors",
    "libs.money",
    "libs.country",
    "libs.cross_checks.domain",
    "libs.day",
    "libs.deadlines",
    "libs.document",
    "libs.exchange",
    "libs.retention",
    "libs.lane_head",
    "libs.handover_row",
    "libs.measure_act",
    "libs.person",
    "libs.organisation",
    "libs.company_name",
    "libs.matching",
    "libs.partner",
    "libs.quarters",
    "libs.rights",
    "libs.segmentation",
    "libs.versions",
}
_FRESH = {"list", "dict", "set", "bytearray", "defaultdict", "deque", "Counter", "OrderedDict", "WeakValueDictionary"}
_REGISTRIES = {"Typer"}  # filled by decorators while its module is imported, constant from then on
_MUTATORS = {
    "append",
    "extend",
    "insert",
    "add",
    "update",
    "setdefault",
    "pop",
    "popitem",
    "remove",
    "clear",
    "discard",
}


def hidden_inputs(source: Source) -> Iterator[Finding]:
    """Clock, randomness and environment are read in one file each, so that everything else can be handed another."""
    if source.parts[0] not in ("libs", "services"):
        return
    for owner, modules in _READERS.items():
        if source.path == owner:
            continue
        for node in source.nodes:
            if isinstance(node, ast.Import | ast.ImportFrom | ast.Attribute):
                reached = _reaches(node, modules)
                yield source.finding(node, f"{reached} is read only in {owner}" if reached else "")


def _reaches(node: ast.AST, modules: dict[str, set[str] | None]) -> str:
    """The forbidden name a node reads or imports; empty for none. None forbids the module as a whole."""
    if isinstance(node, ast.Import):
        return next((one.name for one in node.names if modules.get(one.name, set()) is None), "")
    if isinstance(node, ast.ImportFrom) and node.module in modules:
        names = modules[node.module]
        wanted = [one.name for one in node.names if names is None or one.name in names]
        return f"{node.module}.{wanted[0]}" if wanted else ""
    if isinstance(node, ast.Attribute):
        dotted = ast.unparse(node)
        for module, names in modules.items():
            heads = (f"{module}.{module}.", f"{module}.") + (("date.", "dt.") if module == "datetime" else ())
            if any(dotted == head + name for head in heads for name in names or ()):
                return dotted
    return ""


def unscoped_listings(source: Source) -> Iterator[Finding]:
    """A service lists through its environment, which narrows a partner's people to their own rows."""
    if source.parts[0] != "services" and source.parts[:2] != ("libs", "decisions"):
        return
    for node in source.nodes:
        if isinstance(node, ast.Import):
            named = {one.name for one in node.names}
        elif isinstance(node, ast.ImportFrom):
            named = {f"{node.module}.{one.name}" for one in node.names}
        else:
            continue
        for name in sorted(one for one in named if one.startswith("libs.store.")):
            behind = name in ("libs.store.listing", "libs.store.listing.listing")
            yield source.finding(node, "lists behind the back of Env.listing" if behind else "")


def reads_one_by_one(source: Source) -> Iterator[Finding]:
    """What a call reads of several documents it reads at once: no read of one id is made for each of several."""
    if source.parts[0] not in ("libs", "services"):
        return
    each: dict[ast.AST, set[str]] = {}
    for loop in source.nodes:
        for names, repeated in _repeated(loop):
            for node in ast.walk(repeated):
                each.setdefault(node, set()).update(names)
    for node in source.nodes:
        if isinstance(node, ast.Await) and isinstance(node.value, ast.Call) and _reads_one(node.value.func):
            given = {one.id for one in ast.walk(node.value) if isinstance(one, ast.Name)}
            again = given & each.get(node, set())
            yield source.finding(node, f"one read for each {min(again)}; see Store.get_many" if again else "")


def _repeated(loop: ast.AST) -> Iterator[tuple[set[str], ast.AST]]:
    """The names that a loop or comprehension binds anew in each turn, with what it does in each."""
    if isinstance(loop, ast.For | ast.AsyncFor):
        yield from ((_names(loop.target), one) for one in loop.body)
    elif isinstance(loop, ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp):
        names = {name for one in loop.generators for name in _names(one.target)}
        done = (loop.key, loop.value) if isinstance(loop, ast.DictComp) else (loop.elt,)
        yield from ((names, one) for one in (*done, *(one for over in loop.generators for one in over.ifs)))


def _names(target: ast.expr) -> set[str]:
    return {one.id for one in ast.walk(target) if isinstance(one, ast.Name)}


def _reads_one(function: ast.expr) -> bool:
    """Whether it is `get` of the port, or `load` or `show` of the environment."""
    name = ast.unparse(function)
    return name == "get" or name in ("env.load", "env.show", "self._env.load", "self._env.show")


def wide_excepts(source: Source) -> Iterator[Finding]:
    """Only the outermost loops catch everything; anywhere else it must be raised on, as when cleaning up."""
    if source.parts[0] not in ("libs", "services") or source.path.startswith(_CATCH_ALL):
        return
    for node in source.nodes:
        if not isinstance(node, ast.ExceptHandler):
            continue
        caught = _caught(node)
        raised_on = isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None
        everything = caught & {"", "Exception", "BaseException"} and not raised_on
        yield source.finding(node, "catches everything; name the errors that are expected here" if everything else "")


def _caught(node: ast.ExceptHandler) -> set[str]:
    if node.type is None:
        return {""}
    types = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
    return {ast.unparse(one) for one in types}


def module_state(source: Source) -> Iterator[Finding]:
    """A module holds constants, loggers and types; what changes or is connected to something belongs to an object."""
    if source.parts[0] not in ("libs", "services"):
        return
    for node in source.module.body:
        for name, value in _bindings(node):
            why = _state(name, value)
            yield source.finding(node, f"{name} {why}" if why else "")
    constants = {name for node in source.module.body for name, _ in _bindings(node)}
    for inner in source.nodes:
        if isinstance(inner, ast.Global):
            yield source.finding(inner, f"global {', '.join(inner.names)}: a module has no state")
        elif (name := _mutated(inner)) in constants and not _shadowed(source.module, inner, name):
            yield source.finding(inner, f"{name} is changed; a module has no state")


def _bindings(node: ast.stmt) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(node, ast.Assign):
        yield from ((target.id, node.value) for target in node.targets if isinstance(target, ast.Name))
    elif isinstance(node, ast.AnnAssign) and node.value is not None and isinstance(node.target, ast.Name):
        yield node.target.id, node.value


def _state(name: str, value: ast.expr) -> str:
    """Why a module-level binding is state; empty if it is a constant, a logger, a type or a dunder."""
    if name.startswith("__") and name.endswith("__"):
        return ""
    call = _callee(value)
    if call in _FRESH and not _arguments(value):
        return "starts empty, so it is meant to be filled"
    if isinstance(value, ast.Dict | ast.List | ast.Set) and not ast.unparse(value).strip("{}[]"):
        return "starts empty, so it is meant to be filled"
    bare = name.lstrip("_")
    if bare.isupper() or call in _REGISTRIES or name in ("log", "_log") or bare[:1].isupper():
        return ""
    return "is neither a constant (UPPER_CASE), a logger (log) nor a type"


def _callee(value: ast.expr) -> str:
    if not isinstance(value, ast.Call):
        return ""
    return value.func.id if isinstance(value.func, ast.Name) else getattr(value.func, "attr", "")


def _arguments(value: ast.expr) -> bool:
    if not isinstance(value, ast.Call):
        return False
    name = _callee(value)
    return bool(value.args or value.keywords) and name not in ("defaultdict", "deque", "WeakValueDictionary")


def _mutated(node: ast.AST) -> str:
    """The name whose object a node changes in place."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _MUTATORS:
        return node.func.value.id if isinstance(node.func.value, ast.Name) else ""
    targets: list[ast.expr] = []
    if isinstance(node, ast.Assign | ast.Delete):
        targets = node.targets
    elif isinstance(node, ast.AugAssign):
        targets = [node.target]
    for target in targets:
        if isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name):
            return target.value.id
    return ""


def _shadowed(module: ast.Module, node: ast.AST, name: str) -> bool:
    """Whether the innermost function around a node binds the name itself."""
    for function in ast.walk(module):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef) and node in ast.walk(function):
            bound = {one.arg for one in ast.walk(function.args) if isinstance(one, ast.arg)}
            bound |= {
                one.id for one in ast.walk(function) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)
            }
            if name in bound:
                return True
    return False


def impure_domains(source: Source) -> Iterator[Finding]:
    """A domain is synchronous and knows the standard library, msgspec and the values of libs."""
    if (
        source.parts[0] != "services"
        or source.parts[1] not in SERVICES
        or not {"domain", "domain.py", "events.py"} & {*source.parts[3:4]}
    ):
        return
    for node in source.nodes:
        if isinstance(node, ast.AsyncFunctionDef | ast.Await | ast.AsyncFor | ast.AsyncWith):
            yield source.finding(node, "a domain is never async")
        if isinstance(node, ast.Import):
            for one in node.names:
                may = _domain_may(one.name, set(), source)
                yield source.finding(node, "" if may else f"a domain does not import {one.name}")
        elif isinstance(node, ast.ImportFrom):
            names = {one.name for one in node.names}
            may = _domain_may(node.module or "", names, source)
            unlawful = f"a domain does not import {', '.join(sorted(names))} from {node.module}"
            yield source.finding(node, "" if may else unlawful)


def _domain_may(module: str, names: set[str], source: Source) -> bool:
    top = module.split(".", maxsplit=1)[0]
    if top == "msgspec" or (top in sys.stdlib_module_names and top not in ("asyncio", "sqlite3")):
        return True
    paths = {f"libs.{name}" for name in names} if module == "libs" else {module}
    own = re.compile(rf"services\.{source.parts[1]}\.\w+(\.(domain|events)\b.*)?")
    return all(
        own.fullmatch(path) or path.startswith(tuple(f"{one}." for one in _DOMAIN_LIBS)) or path in _DOMAIN_LIBS
        for path in paths
    )
