"""Every field that the services store, in a file that a release promises to the next one: `make stored`.

A line is `service kind path type`; the path is `lines[].quantity` in a list, `amounts{}` in a mapping. `?` after the
type says that a document without the field can be read. `= VALUE` is a value of an enumeration.
"""

import asyncio
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from msgspec import inspect

from libs.config import Settings
from libs.privacy.ledger.documents import LEDGER_KINDS
from libs.privacy.sealing.store import OWN_KINDS
from libs.privacy.vault.documents import KEY_STORE_KINDS
from libs.runtime.inspection import kinds_of
from libs.runtime.platform import BASIC_KINDS, directory_of
from libs.store.port import Kind
from services.__main__ import builders

PROMISED = Path(__file__).parents[2] / "services" / "stored.txt"
EVERY = "*"
_DEPTH = 12


def lines_of(service: str, kind: str, type: Any) -> Iterator[str]:
    """The lines of one kind."""
    for path, told in _fields(inspect.type_info(type), "", 0):
        yield f"{service} {kind} {path} {told}"


def stored() -> list[str]:
    """The lines of all kinds of all services, as they are in the source; those that every service has once."""
    shared = {kind.name: kind for kind in (*BASIC_KINDS, *OWN_KINDS, *KEY_STORE_KINDS, *LEDGER_KINDS)}
    found = {(EVERY, name): kind for name, kind in shared.items()}
    for service, kinds in asyncio.run(_own()).items():
        found |= {(service, kind.name): kind for kind in kinds if kind.name not in shared}
    return sorted(line for (service, name), kind in found.items() for line in lines_of(service, name, kind.type))


def breaches(promised: list[str], found: list[str]) -> list[str]:
    """What a process of the release that promised could not read or would lose, a sentence each."""
    known, now = _by_path(promised), _by_path(found)
    kinds = {tuple(key.split(" ")[:2]) for key in known}
    wrong = [f"{key} is gone" for key in sorted(known.keys() - now.keys())]
    for key, told in sorted(now.items()):
        before = known.get(key)
        if before is None:
            parent = key.rpartition(".")[0].rstrip("[]{}")
            is_new = tuple(key.split(" ")[:2]) not in kinds or (parent and parent not in known)
            if not is_new and not told.endswith("?") and not told.startswith("="):
                wrong.append(f"{key} is new and has no default, so documents without it cannot be read")
        elif before.rstrip("?") != told.rstrip("?"):
            wrong.append(f"{key} was {before} and is {told}")
        elif before.endswith("?") and not told.endswith("?"):
            wrong.append(f"{key} had a default")
    return wrong


def _by_path(lines: list[str]) -> dict[str, str]:
    found = {}
    for line in lines:
        service, kind, path, told = line.split(" ", 3)
        place = f"{service} {kind} {path}"
        found[f"{place} {told}" if told.startswith("=") else place] = told
    return found


async def _own() -> Mapping[str, list[Kind[Any]]]:
    with TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder))
        directory = directory_of(settings)
        return {name: [*await kinds_of(build, settings, directory)] for name, build in builders().items()}


def _fields(type: inspect.Type, path: str, depth: int) -> Iterator[tuple[str, str]]:
    """The paths below a type, each with what it is."""
    assert depth < _DEPTH, f"{path} contains itself"
    match type:
        case inspect.StructType():
            for field in type.fields:
                place = f"{path}.{field.encode_name}".lstrip(".")
                yield place, _name(field.type) + ("" if field.required else "?")
                yield from _fields(field.type, place, depth + 1)
        case inspect.UnionType():
            for one in type.types:
                yield from _fields(one, path, depth)
        case inspect.VarTupleType() | inspect.ListType() | inspect.SetType() | inspect.FrozenSetType():
            yield from _fields(type.item_type, f"{path}[]", depth)
        case inspect.DictType():
            yield from _fields(type.key_type, f"{path}<>", depth)
            yield from _fields(type.value_type, f"{path}{{}}", depth)
        case inspect.EnumType():
            yield from ((path, f"= {one.value}") for one in type.cls)
        case _:
            return


def _name(type: inspect.Type) -> str:
    match type:
        case inspect.StructType():
            return "object"
        case inspect.EnumType():
            return "enum"
        case inspect.UnionType():
            return "|".join(sorted(_name(one) for one in type.types))
        case inspect.VarTupleType() | inspect.ListType() | inspect.SetType() | inspect.FrozenSetType():
            return f"[{_name(type.item_type)}]"
        case inspect.TupleType():
            return "[" + ",".join(map(_name, type.item_types)) + "]"
        case inspect.DictType():
            return f"{{{_name(type.key_type)}: {_name(type.value_type)}}}"
        case _:
            return type.__class__.__name__.removesuffix("Type").lower()


def main() -> int:
    """Write the file; 1 if that would break what it promises."""
    found = stored()
    promised = PROMISED.read_text().splitlines() if PROMISED.exists() else []
    if wrong := breaches(promised, found):
        sys.stderr.write("\n".join([*wrong, ""]))
        return 1
    PROMISED.write_text("".join(f"{line}\n" for line in found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
