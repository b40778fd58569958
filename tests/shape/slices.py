"""Who may import whom among the slices of a service, as a contract of import-linter.

The order of the slices is read where it is declared, the tuple `SLICES` of `services/<service>/service.py`.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, output

# What a slice shows to higher ones.
PUBLIC = frozenset({"domain", "events", "documents", "reads", "wire"})
# The files of a slice, high to low; those of one line may import each other.
LAYERS = (
    ("__init__",),
    ("api", "consumers", "jobs", "workers"),
    ("wire",),
    ("usecases",),
    ("reads",),
    ("documents",),
    ("events", "domain"),
)
_RANK = {name: len(LAYERS) - place for place, names in enumerate(LAYERS) for name in names}
# Files of a service beside its slices; what of a slice `settings` may know is pure.
_SUM, _SETTINGS = "service", "settings"


class SlicesContract(Contract):
    """Slices import lower ones only, and of those only what is public; files of a slice keep to their layers."""

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Every fault of every service that has a `service.py`."""
        faults = [fault for service in _services() for fault in _faults(graph, service)]
        return ContractCheck(kept=not faults, metadata={"faults": faults})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """One line for each fault."""
        for fault in check.metadata["faults"]:
            output.print_error(fault, bold=False)
        output.new_line()


def declared(service: Path) -> tuple[str, ...]:
    """The slices that a `service.py` names, low to high; empty if it declares none."""
    for node in ast.parse(service.read_text()).body:
        if isinstance(node, ast.Assign) and any(
            isinstance(one, ast.Name) and one.id == "SLICES" for one in node.targets
        ):
            return tuple(ast.literal_eval(node.value))
    return ()


def _services() -> Iterator[str]:
    return (path.parent.name for path in sorted(Path("services").glob("*/service.py")))


def _faults(graph: ImportGraph, service: str) -> Iterator[str]:
    root = f"services.{service}"
    order = declared(Path("services") / service / "service.py")
    folders = {one.rpartition(".")[2] for one in graph.find_children(root)} - {_SUM, _SETTINGS}
    if not order:
        yield f"{root}.service declares no SLICES"
    for missing in sorted(folders - set(order)):
        yield f"{root}.{missing} is not one of SLICES"
    place = {name: number for number, name in enumerate(order)}
    for importer in sorted(graph.find_descendants(root)):
        for imported in sorted(graph.find_modules_directly_imported_by(importer)):
            if imported.startswith(f"{root}.") and (why := _refused(importer, imported, place)):
                yield f"{importer} -> {imported}: {why}"


def _refused(importer: str, imported: str, place: dict[str, int]) -> str:
    """Why an import within a service is not allowed; empty if it is."""
    (above, file), (below, shown) = _parts(importer), _parts(imported)
    if above == _SUM:
        return ""
    if below == _SUM:
        return "a slice does not know the sum"
    if below == _SETTINGS:
        return "" if file not in ("events", "domain") else "a domain knows no settings"
    if above == _SETTINGS:
        return "" if shown == "domain" else "settings know the domains of slices only"
    if above == below:
        return "" if _RANK.get(file, 0) >= _RANK.get(shown, 0) else f"{file} is below {shown}"
    if place.get(above, 0) <= place.get(below, 0):
        return f"{above} is not above {below} in SLICES"
    if shown not in PUBLIC:
        return f"{shown} of a lower slice is its own; {', '.join(sorted(PUBLIC))} are public"
    return "" if _RANK.get(file, 0) >= _RANK.get(shown, 0) else f"{file} is below {shown}"


def _parts(module: str) -> tuple[str, str]:
    """Slice and file of a module, `__init__` where it is the slice itself."""
    _, _, *rest = module.split(".")
    return rest[0], rest[1] if len(rest) > 1 else "__init__"
